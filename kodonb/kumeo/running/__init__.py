"""Workflows at work: what a checked program becomes when it is set going.

nothing ← flight ← planning, telling ← engine ← staffing ← carrying ← surrounding ← entry ← compiling: a flow
alone, sending: what can be asked of one from outside · foreseeing: what will keep one from being set going
"""

from __future__ import annotations

from kodonb.kumeo.running.alone import Trial, hops, recorded, run_agent
from kodonb.kumeo.running.compiling import compiled
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.planning.planning import plan
from kodonb.kumeo.running.sending import send

__all__ = ["Trial", "WorkflowError", "compiled", "hops", "plan", "recorded", "run_agent", "send"]
