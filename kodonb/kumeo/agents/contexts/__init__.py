"""Knowledge that agents share: files, a full-text index, a Bayesian network, databases; all of it read-only.

statement ← duck ← query ← files ← knowledge · alchemy ← database · passages ← index ← knowledge_base · network
"""

from __future__ import annotations
