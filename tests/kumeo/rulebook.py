"""Reads `rules/*.txt`: texts of Kumeo, each below a sentence that says what it shows.

    === a sentence: E110 W170
    workflow …

The codes after the colon are all that the text leads to, no more and no fewer. `$S`, `$T` and `$A` stand for a source, a
target and an agent, `$SUB` for a subworkflow.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

_AGENTS = 'agents: [LLM(id: "a", engine: "ollama/llama3", prompt: "p {{data}}")]'
_SHORT = {
    "$SUB": f'subworkflow S {{ input: ["x"] output: ["y"] {_AGENTS} }}',
    "$S": 'source: NATS("in")',
    "$T": 'target: NATS("out")',
    "$A": _AGENTS,
    "$BOM": "\ufeff",
    "$CR": "\r",
    "$DEEP": "[" * 150 + "]" * 150,
}
_HEAD = re.compile(r"(?P<sentence>.*?)(?:: (?P<codes>[EW]\d{3}(?: [EW]\d{3})*))?\Z")


class Rule(NamedTuple):
    sentence: str
    codes: list[str]
    text: str


def rules() -> list[Rule]:
    found = []
    for path in sorted((Path(__file__).parent / "rules").glob("*.txt")):
        for part in path.read_text(encoding="utf-8").split("=== ")[1:]:
            head, _, body = part.partition("\n")
            match = _HEAD.match(head)
            assert match is not None
            found.append(
                Rule(f"{path.stem}: {match['sentence']}", sorted((match["codes"] or "").split()), _full(body))
            )
    return found


def _full(body: str) -> str:
    return re.sub(r"\$(?:SUB|BOM|CR|DEEP|[STA]\b)", lambda short: _SHORT[short[0]], body.rstrip("\n"))
