"""Exports flows from a notebook, a file or a module as a service.

service ← flows ← reading; cases, pinning ← making → targets; writing, checking (→ isolated) ← exporting
"""

from __future__ import annotations

from kodonb.export.exporting import Exported, export, render
from kodonb.export.service import Case, Exposed, Files, Service, Target

__all__ = ["Case", "Exported", "Exposed", "Files", "Service", "Target", "export", "render"]
