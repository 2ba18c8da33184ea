"""What states look like: a word, a symbol, a shape and a colour each, never a colour alone.

Colours follow JupyterLab's theme through its CSS variables. Its status colours are too light for text
on white (its orange has a contrast of 2.8 : 1), so each is mixed with the colour of text around it:
that darkens them on light pages and lightens them on dark ones, also where no theme is at hand.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Look(NamedTuple):
    """How a state is shown.

    Attributes:
        word: What people read.
        symbol: One character, for plain text.
        tone: Name of its colour, one of `TONES`.
        shape: SVG elements on a field of 16 by 16 units.
    """

    word: str
    symbol: str
    tone: str
    shape: str


_RING: Final = '<circle cx="8" cy="8" r="6.5"/>'
_CHECK: Final = '<path d="M5 8.3l2.1 2.1L11.2 6"/>'

LOOKS: Final[dict[str, Look]] = {
    "starting": Look("starting", "◌", "mute", '<circle cx="8" cy="8" r="6.5" stroke-dasharray="2.2 2.9"/>'),
    "submitted": Look("submitted", "◌", "mute", '<circle cx="8" cy="8" r="6.5" stroke-dasharray="2.2 2.9"/>'),
    "running": Look("running", "●", "live", _RING + '<circle cx="8" cy="8" r="2.9" class="kn-dot"/>'),
    "awaiting": Look("awaiting", "‖", "wait", _RING + '<path d="M6.3 5.3v5.4M9.7 5.3v5.4"/>'),
    "finished": Look("finished", "✓", "ok", _RING + _CHECK),
    "error": Look("error", "✗", "bad", _RING + '<path d="M5.6 5.6l4.8 4.8M10.4 5.6l-4.8 4.8"/>'),
    "cancelled": Look("cancelled", "⊘", "mute", _RING + '<path d="M3.6 12.4l8.8-8.8"/>'),
    "replayed": Look(
        "replayed", "↺", "ok", '<rect x="1.8" y="1.8" width="12.4" height="12.4" rx="3"/>' + _CHECK
    ),
    "cached": Look("cached", "◆", "ok", '<path d="M8 .9L15.1 8 8 15.1.9 8z"/>' + _CHECK),
}
"""The looks of all statuses of runs and states of steps."""

TONES: Final[dict[str, tuple[str, str]]] = {
    "ok": ("--jp-success-color1", "#2e7d32"),
    "bad": ("--jp-error-color1", "#c62828"),
    "live": ("--jp-brand-color1", "#1565c0"),
    "wait": ("--jp-warn-color1", "#b45309"),
}
"""Tone -> the theme's variable and the colour where there is no theme."""

INK: Final = "var(--jp-ui-font-color1,currentColor)"

SHARE: Final[dict[str, int]] = {"ok": 68, "bad": 68, "live": 68, "wait": 55}
"""Tone -> percentage of the status colour in its mix with the colour of text."""


def look(state: str) -> Look:
    """Return how a state is shown; one that is not known is shown by its name."""
    return LOOKS.get(state) or Look(state, "●", "mute", LOOKS["running"].shape)


def tokens(scope: str) -> str:
    """Return the CSS rule that defines the colours for everything under a selector."""
    mixes = (
        f"--kn-{tone}:color-mix(in srgb,var({variable},{fallback}) {SHARE[tone]}%,{INK});"
        for tone, (variable, fallback) in TONES.items()
    )
    return (
        f"{scope}{{color:{INK};{''.join(mixes)}"
        f"--kn-mute:color-mix(in srgb,{INK} 72%,transparent);"
        f"--kn-line:color-mix(in srgb,{INK} 16%,transparent);"
        f"--kn-soft:color-mix(in srgb,{INK} 5%,transparent);"
        "--kn-ui:var(--jp-ui-font-family,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif);"
        "--kn-code:var(--jp-code-font-family,ui-monospace,SFMono-Regular,Menlo,Consolas,monospace)}"
    )


def tone_rules(scope: str) -> str:
    """Return CSS rules that give elements of class ``kn-ok``, ``kn-bad`` … the variable ``--kn-tone``."""
    return "".join(f"{scope} .kn-{tone}{{--kn-tone:var(--kn-{tone})}}" for tone in (*TONES, "mute"))


def icon_rules(scope: str) -> str:
    """Return CSS rules for the shapes of `Look`."""
    return (
        f"{scope} .kn-icon{{fill:none;stroke:var(--kn-tone);stroke-width:1.5;stroke-linecap:round;"
        f"stroke-linejoin:round}}{scope} .kn-dot{{fill:var(--kn-tone);stroke:none}}"
    )


def icon(state: str, pixels: int = 16) -> str:
    """Return a state's shape as an inline picture; the word stands beside it, so it is decoration."""
    shown = look(state)
    return (
        f'<svg class="kn-icon kn-{shown.tone}" width="{pixels}" height="{pixels}" viewBox="0 0 16 16" '
        f'aria-hidden="true" focusable="false">{shown.shape}</svg>'
    )
