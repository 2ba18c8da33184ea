"""What a run displayed, as HTML that can do no harm.

HTML of a flow goes into a sandboxed frame without scripts and without network, images into ``data:``
addresses, everything else is text. A page keeps every output for ever, so all of it together is bounded.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from typing import Any, Final

from kodonb.display.format import anonymous, line, reference
from kodonb.display.markdown import markdown
from kodonb.display.markup import more, note, pre
from kodonb.display.read import mapping, text
from kodonb.display.records import Item
from kodonb.display.svg import esc

MAX_SHOWN: Final = 6
"""Most displays that are shown; the last ones are."""

BUDGET: Final = 96 * 1024
"""Most characters of all displays of a run together."""

_TEXT: Final = 6_000
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_IMAGES: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
_HEAD: Final = (
    "<!doctype html><meta charset=utf-8>"
    "<meta http-equiv=Content-Security-Policy content=\"default-src 'none';img-src data:;font-src data:;"
    "style-src 'unsafe-inline'\">"
    "<style>:root{color-scheme:light}"
    "body{margin:8px 10px;font:13px/1.45 system-ui,sans-serif;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;border:0;font-variant-numeric:tabular-nums}"
    "th,td{padding:3px 12px;border:0;border-bottom:1px solid #e4e4e4;text-align:right}"
    "thead th{color:#555}</style>"
)


def displays(items: Iterable[Item]) -> str:
    """Return the last displays in their order, and how many are left out."""
    found, left = list(items), BUDGET
    shown: list[str] = []
    for item in reversed(found[-MAX_SHOWN:]):
        figure = f"<figure>{_media(item, left)}<figcaption>{esc(item.source)}</figcaption></figure>"
        left -= len(figure)
        shown.insert(0, figure)
    return more(len(found) - len(shown), "earlier displays are") + "".join(shown)


def _media(item: Item, left: int) -> str:
    payload = mapping(item.payload)
    bundle = mapping(payload.get("mime")) or {"text/plain": payload.get("repr", item.payload)}
    plain = text(bundle.get("text/plain"))
    shown = _rich(bundle, line(anonymous(plain), 160), item.source)
    if shown is not None and len(shown) <= left:
        return shown
    small = _plain(bundle, plain)
    return small if shown is None else small + note("The rich display is too large to be shown here.")


def _rich(bundle: dict[str, Any], plain: str, source: str) -> str | None:
    for mime in ("image/svg+xml", *_IMAGES, "text/html"):
        content = bundle.get(mime)
        if "artifact" in mapping(content):
            return _reference(mime, mapping(content))
        if isinstance(content, str) and content.strip():
            return _frame(content, source) if mime == "text/html" else _image(mime, content, plain)
    return None


def _image(mime: str, content: str, plain: str) -> str | None:
    data = "".join(content.split())
    if mime == "image/svg+xml":
        data = base64.b64encode(content.encode(errors="replace")).decode()
    if not _BASE64.fullmatch(data):
        return None
    return f'<img alt="{esc(plain or "image")}" src="data:{mime};base64,{data}">'


def _frame(content: str, source: str) -> str:
    rows, lines = content.count("<tr"), content.count("<br") + content.count("<p") + content.count("<li")
    height = min(360, max(64, 27 * rows + 22 * lines + 40))
    return (
        f'<iframe sandbox="" loading="lazy" title="display of {esc(source)}" height="{height}" '
        f'srcdoc="{esc(_HEAD + content)}"></iframe>'
    )


def _plain(bundle: dict[str, Any], plain: str) -> str:
    for mime in ("text/markdown", "text/latex", "application/json"):
        content = bundle.get(mime)
        if isinstance(content, str) and content:
            return markdown(content) if mime == "text/markdown" else pre(content, _TEXT)
        if "artifact" in mapping(content):
            return _reference(mime, mapping(content))
        if content:
            return pre(json.dumps(content, indent=2, ensure_ascii=False), _TEXT)
    if plain:
        return pre(anonymous(plain), _TEXT)
    return note(f"Nothing to show of {line(', '.join(bundle), 200) or 'it'}.")


def _reference(mime: str, form: dict[str, Any]) -> str:
    return f'<p class="kn-text">{esc(mime)}, {esc(reference(form))}</p>'
