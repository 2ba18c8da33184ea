"""For editors: what may be typed at a place, and what stands there.

    place ← knowledge ← complete, hover

All of it is functions of a text and an offset; nothing is kept between two of them.
"""

from __future__ import annotations

from kodonb.kumeo.editing.complete import Item, complete
from kodonb.kumeo.editing.hover import Hover, hover

__all__ = ["Hover", "Item", "complete", "hover"]
