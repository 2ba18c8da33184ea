"""Markdown of a flow as HTML that can do no harm: no HTML of its own, no images from elsewhere, no strange links."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from markdown_it import MarkdownIt

from kodonb.display.format import clean
from kodonb.display.svg import esc

if TYPE_CHECKING:
    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token

_MAX: Final = 20_000  # characters that are rendered; the rest is cut


def markdown(said: str) -> str:
    """Return Markdown (CommonMark with tables) as HTML."""
    return f'<div class="kn-md">{_renderer().render(clean(said[:_MAX]))}</div>'


@cache
def _renderer() -> MarkdownIt:
    made = MarkdownIt("js-default", {"html": False, "linkify": False}).disable("image")
    made.add_render_rule("text", _text)
    made.add_render_rule("heading_open", _open)
    made.add_render_rule("heading_close", _close)
    made.add_render_rule("link_open", _link)
    return made


def _text(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    return esc(tokens[index].content)


# An ``<h…>`` element would be listed in the notebook's table of contents.


def _open(_: RendererHTML, tokens: Sequence[Token], index: int, *__: Any) -> str:
    level = min(6, 4 + int(tokens[index].tag[1:]))
    return f'<div class="kn-md-h" role="heading" aria-level="{level}">'


def _close(*_: Any) -> str:
    return "</div>"


def _link(renderer: RendererHTML, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer nofollow")
    tokens[index].attrSet("target", "_blank")
    return renderer.renderToken(tokens, index, options, env)
