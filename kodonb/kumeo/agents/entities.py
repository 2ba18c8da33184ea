"""Letters that HTML spells as entities, in texts that anybody may have written."""

from __future__ import annotations

import html
import re
from typing import Final

_NO_LETTER: Final = re.compile(r"&#[0-9]{100,};?")  # more digits than Python reads as a number


def unescaped(text: str) -> str:
    """Return a text with its letters, whatever numbers it takes for some."""
    return html.unescape(_NO_LETTER.sub("\ufffd", text))
