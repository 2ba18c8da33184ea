"""The formatter: one way to write a program, with all its comments.

pieces ← comments, layout · lines ← turning ← definitions ← formatting
"""

from __future__ import annotations

from kodonb.kumeo.writing.formatting import Unformattable, formatted

__all__ = ["Unformattable", "formatted"]
