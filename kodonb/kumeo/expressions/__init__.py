"""Conditions and features: parsed once, evaluated fast, and unable to reach Python, to loop for ever, or to hang.

nodes, malformed ← lexis ← parsing · semantics, patterns ← functions ← budget ← compiling ← condition · paths, features
"""

from __future__ import annotations

from kodonb.kumeo.expressions.condition import Condition, condition, picker
from kodonb.kumeo.expressions.features import Feature, feature, is_plain
from kodonb.kumeo.expressions.malformed import Malformed

__all__ = ["Condition", "Feature", "Malformed", "condition", "feature", "is_plain", "picker"]
