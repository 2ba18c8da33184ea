"""Style rules of what is shown as HTML, scoped to it."""

from __future__ import annotations

import re
from typing import Final

from kodonb.display.theme import icon_rules, tokens, tone_rules

# Twice the class, so that the rules win over JupyterLab's for rendered HTML without shouting.
_S: Final = ".kodonb-run.kodonb-run"

_SHEET: Final = """
& { box-sizing:border-box; max-width:860px; margin:4px 0; padding:14px 18px;
  border:1px solid var(--kn-line); border-radius:10px; font:13px/1.5 var(--kn-ui);
  font-variant-numeric:tabular-nums }
header { display:flex; flex-wrap:wrap; align-items:center; gap:2px 10px }
.kn-icon { flex:none; vertical-align:-3px }
.kn-word { color:var(--kn-tone); font-weight:600 }
.kn-title { font-weight:600; font-size:15px }
.kn-time { margin-left:auto; font-weight:500 }
.kn-facts { margin:2px 0 0; color:var(--kn-mute) }
code { font:12px var(--kn-code); padding:1px 5px; border-radius:4px; background:var(--kn-soft);
  color:inherit }
section { margin:16px 0 0 }
.kn-h { margin:0 0 6px; font-size:11px; font-weight:600; letter-spacing:.04em; text-transform:uppercase;
  color:var(--kn-mute) }
.kn-scroll { overflow:auto; max-height:440px }
.kn-scroll>svg { display:block; max-width:100%; height:auto }
.kn-fit svg { display:block; max-width:100%; height:auto }
.kn-pairs { display:grid; grid-template-columns:fit-content(220px) 1fr; gap:2px 16px; margin:0 }
dt { margin:0; width:auto; float:none; color:var(--kn-mute); font-weight:400; overflow-wrap:break-word }
dd { margin:0; width:auto; float:none; font:12px/1.65 var(--kn-code); overflow-wrap:anywhere }
table { border-collapse:collapse; margin:0; font-size:13px; color:inherit; table-layout:auto; border:0 }
tbody tr { background:none }
th { padding:3px 20px 3px 0; text-align:left; font-weight:500; color:var(--kn-mute);
  border-bottom:1px solid var(--kn-line); white-space:nowrap; background:none }
td { padding:3px 20px 3px 0; text-align:left; vertical-align:middle; background:none; max-width:420px;
  white-space:normal; overflow-wrap:break-word }
.kn-num { text-align:right }
pre { margin:4px 0 0; padding:8px 10px; border-radius:6px; background:var(--kn-soft); color:inherit;
  font:12px/1.5 var(--kn-code); white-space:pre-wrap; overflow-wrap:anywhere; overflow:auto;
  max-height:420px }
.kn-note { margin:4px 0 0; font-size:12px; color:var(--kn-mute) }
.kn-call { margin:14px 0 0; padding:10px 14px; border-left:3px solid var(--kn-tone); border-radius:6px;
  background:color-mix(in srgb,var(--kn-tone) 8%,transparent) }
.kn-call>strong { display:block; overflow-wrap:anywhere }
.kn-rows { display:grid; grid-template-columns:fit-content(220px) minmax(80px,1fr) max-content;
  gap:5px 14px; align-items:center }
.kn-track { height:6px; border-radius:3px; background:var(--kn-line); overflow:hidden }
.kn-track i { display:block; height:100%; border-radius:3px; background:var(--kn-tone) }
.kn-track.kn-vague i { width:100%;
  background:repeating-linear-gradient(90deg,var(--kn-tone) 0 8px,transparent 8px 14px) }
.kn-spark { display:block; overflow:visible }
.kn-spark path { fill:none; stroke:var(--kn-live); stroke-width:1.5; stroke-linejoin:round }
.kn-spark circle { fill:var(--kn-live) }
figure { margin:0 0 12px }
figcaption { margin:3px 0 0; font-size:12px; color:var(--kn-mute) }
figure img { display:block; max-width:100%; height:auto; border-radius:6px; background:#fff }
iframe { display:block; box-sizing:border-box; width:100%;
  border:1px solid var(--kn-line); border-radius:6px; background:#fff }
details { margin:12px 0 0 }
summary { cursor:pointer; font-size:12px; font-weight:500; color:var(--kn-mute) }
summary:focus-visible { outline:2px solid var(--kn-live); outline-offset:2px }
.kn-tags span { display:inline-block; margin:6px 6px 0 0; padding:0 8px; border-radius:9px;
  background:var(--kn-soft); font-size:12px }
.kn-call table { margin:6px 0 }
.kn-call .kn-pairs { margin:6px 0 }
.kn-text { margin:6px 0 0 }
.kn-about { margin:6px 0 0; white-space:pre-wrap; overflow-wrap:anywhere }
.kn-asked { max-height:260px; margin:6px 0 10px }
.kn-asked dd { white-space:pre-wrap }
.kn-md-h { margin:10px 0 4px; font-weight:600 }
.kn-md p { margin:4px 0 }
.kn-md ul, .kn-md ol { margin:4px 0; padding-left:22px }
.kn-md blockquote { margin:4px 0; padding-left:12px; border-left:3px solid var(--kn-line); color:var(--kn-mute) }
.kn-md a { color:var(--kn-live); text-decoration:underline }
"""

_RULE: Final = re.compile(r"([^{}\n]+?) \{([^}]*)\}")


def _scoped(sheet: str) -> str:
    """Return the rules of a sheet for everything within the scope, without needless blanks."""
    rules = [(selector, re.sub(r";\s+", ";", body).strip()) for selector, body in _RULE.findall(sheet)]
    return "".join(f"{_S}{'' if selector == '&' else ' ' + selector}{{{body}}}" for selector, body in rules)


STYLE: Final = tokens(".kodonb-run") + tone_rules(".kodonb-run") + icon_rules(".kodonb-run") + _scoped(_SHEET)
"""Rules of everything of class ``kodonb-run``; equal each time, so two on a page do not clash."""


def framed(body: str) -> str:
    """Return markup as a fragment with its rules."""
    return f'<div class="kodonb-run"><style>{STYLE}</style>{body}</div>'
