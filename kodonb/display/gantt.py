"""The timeline of a run as an SVG picture that needs nothing but itself."""

from __future__ import annotations

from typing import Final

from kodonb.display.format import brief, clip, duration, line
from kodonb.display.records import ENDED
from kodonb.display.svg import esc, num
from kodonb.display.theme import look, tokens, tone_rules
from kodonb.display.timeline import Chart, Row, Span, chart, summary, ticks
from kodonb.display.view import RunView

_WIDTH: Final = 820.0
_LEFT: Final = 128.0
_RIGHT: Final = 16.0
_ROW: Final = 20.0
_TOP: Final = 6.0
_SCOPE = ".kodonb-timeline"

STYLE = "".join([
    tokens(_SCOPE),
    tone_rules(_SCOPE),
    f"{_SCOPE} text{{font:12px var(--kn-ui);fill:currentColor}}",
    f"{_SCOPE} .kn-sub{{font-size:11px;fill:var(--kn-mute)}}",
    f"{_SCOPE} .kn-grid{{stroke:var(--kn-line)}}",
    f"{_SCOPE} .kn-span{{fill:color-mix(in srgb,var(--kn-tone) 34%,transparent);stroke:var(--kn-tone)}}",
    f"{_SCOPE} .kn-going{{stroke-dasharray:3 2}}",
    f"{_SCOPE} .kn-cross{{fill:none;stroke:var(--kn-tone);stroke-width:1.6;stroke-linecap:round}}",
    f"{_SCOPE} .kn-queue{{stroke:var(--kn-mute);stroke-dasharray:1 3;stroke-linecap:round}}",
    f"{_SCOPE} .kn-pause{{fill:color-mix(in srgb,var(--kn-tone) 12%,transparent)}}",
])  # fmt: skip
"""Rules of the picture; equal in every picture, so several on a page do not disturb each other."""


def timeline_svg(view: RunView) -> str:
    """Return the picture of when a run's steps ran; empty text if none has begun."""
    return draw(chart(view), view.title)


def draw(found: Chart, title: str) -> str:
    """Return a chart as a picture; empty text if it has no rows."""
    if not found.rows:
        return ""
    bottom = _TOP + _ROW * len(found.rows)
    width, height = num(_WIDTH), num(bottom + 22)
    return (
        f'<svg class="kodonb-timeline" xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}"><title>Timeline of {esc(title)}</title>'
        f"<desc>{esc(summary(found))} over {duration(found.length)}</desc><style>{STYLE}</style>"
        f"{_axis(found, bottom)}{_pauses(found, bottom)}"
        f"{''.join(_row(found, index, row) for index, row in enumerate(found.rows))}</svg>"
    )


def _x(found: Chart, seconds: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * seconds / found.length


def _axis(found: Chart, bottom: float) -> str:
    parts = []
    for tick in ticks(found.length):
        x, label = num(_x(found, tick)), brief(tick) if tick else "0"
        parts.append(f'<path class="kn-grid" d="M{x} {num(_TOP)}V{num(bottom + 3)}"/>')
        parts.append(
            f'<text class="kn-sub" text-anchor="middle" x="{x}" y="{num(bottom + 17)}">{label}</text>'
        )
    return "".join(parts)


def _pauses(found: Chart, bottom: float) -> str:
    return "".join(_pause(found, start, end, bottom) for start, end in found.waits)


def _pause(found: Chart, start: float, end: float, bottom: float) -> str:
    left, right = _x(found, start), _x(found, end)
    wide, high = num(max(2.0, right - left)), num(bottom - _TOP)
    return (
        f'<g class="kn-wait"><title>‖ awaiting an answer, {duration(end - start)}</title>'
        f'<rect class="kn-pause" x="{num(left)}" y="{num(_TOP)}" width="{wide}" height="{high}"/></g>'
    )


def _row(found: Chart, index: int, row: Row) -> str:
    y = _TOP + _ROW * index
    label = esc(clip(line(row.label, 60), 18))
    parts, free = [f'<text x="0" y="{num(y + 14)}">{label}</text>' if label else ""], 0.0
    for span in row.spans:
        parts.append(_span(found, y, span, free))
        free = span.end
    return "".join(parts)


def _span(found: Chart, y: float, span: Span, free: float) -> str:
    left = _x(found, span.start)
    wide = max(3.0, _x(found, span.end) - left)
    going = "" if span.state in ENDED else " kn-going"
    return (
        f'<g class="kn-{look(span.state).tone}"><title>{esc(_title(span))}</title>'
        f"{_queue(_x(found, max(free, span.start - span.waited)), left, y + 10)}"
        f'<rect class="kn-span{going}" x="{num(left)}" y="{num(y + 4)}" width="{num(wide)}" height="12" '
        f'rx="2.5"/>{_cross(left + wide / 2, y + 10) if span.state == "error" else ""}</g>'
    )


def _queue(left: float, right: float, y: float) -> str:
    return f'<path class="kn-queue" d="M{num(left)} {num(y)}H{num(right)}"/>' if right - left > 6 else ""


def _cross(x: float, y: float) -> str:
    return f'<path class="kn-cross" d="M{num(x - 3)} {num(y - 3)}l6 6m0-6l-6 6"/>'


def _title(span: Span) -> str:
    shown = look(span.state)
    tries = f", try {span.number}" if span.number > 1 else ""
    waited = f", waited {duration(span.waited)}" if span.waited >= 0.001 else ""
    return f"{shown.symbol} {span.step}: {shown.word}{tries}, {duration(span.end - span.start)}{waited}"
