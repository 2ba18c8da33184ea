"""Notebooks without a person: parameters in; an executed notebook, a report and an exit code out.

cells ← declared, flow, namespace ← typed ← parameters ← injection ← plan
told ← relay (in the kernel) · told ← channel ← client ← execution ← job
"""

from __future__ import annotations
