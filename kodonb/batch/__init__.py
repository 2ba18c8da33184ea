"""Notebooks without a person: parameters in; an executed notebook, a report and an exit code out.

cells ← declared, flow, namespace ← typed ← parameters ← injection ← plan
told ← relay (in the kernel) · told ← channel; client, plan ← execution ← job ← many ← spread · job ← matrix
"""

from __future__ import annotations
