"""Texts with places to be filled in: prompts with ``{{name}}``, and settings with ``${env.NAME}``.

    parts ← prompt · interpolation

Whatever is filled in is never read again, so data cannot smuggle placeholders in.
"""

from __future__ import annotations

from kodonb.kumeo.templates.interpolation import Interpolated, blank, interpolated
from kodonb.kumeo.templates.prompt import Prompt, prompt

__all__ = ["Interpolated", "Prompt", "blank", "interpolated", "prompt"]
