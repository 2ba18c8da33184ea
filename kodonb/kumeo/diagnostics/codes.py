"""All codes of the language, each with a title. `E…` stops a workflow, `W…` does not.

`docs/reference/kumeo-diagnostics.md` has an entry for every one of them.
"""

from __future__ import annotations

from typing import Final, Literal

Severity = Literal["error", "warning"]

CODES: Final[dict[str, str]] = {
    "E001": "syntax error",
    "E002": "unknown top-level word",
    "E003": "unknown section",
    "E004": "section is repeated",
    "E005": "agents are not a list",
    "E006": "source or target is not TYPE(…)",
    "E007": "input or output is not a list of texts",
    "E009": "argument or key is repeated, or stands after named ones",
    "E010": "element is not an agent",
    "E101": "name is missing",
    "E103": "name is taken",
    "E110": "source is missing",
    "E111": "target is missing",
    "W111": "target is missing, in block form",
    "E112": "subject is blank",
    "W113": "custom source or target",
    "E114": "subject is malformed",
    "E115": "wildcard on a target",
    "W120": "id is missing",
    "E121": "id is repeated",
    "E122": "id is empty",
    "E130": "needed argument is missing",
    "E131": "unknown agent type, in block form",
    "W131": "unknown agent type",
    "E132": "LLM without prompt",
    "W132": "LLM without prompt, in block form",
    "E140": "input or output of a subworkflow is missing",
    "W140": "input or output of a subworkflow is missing, in block form",
    "E150": "workflow or subworkflow is not defined",
    "E153": "mapping key is not in the subworkflow's lists",
    "E160": "unknown reference",
    "W160": "unknown reference in quotes",
    "W170": "orphan agent",
    "E171": "agents wait for each other",
    "E180": "output does not fit the input",
    "W181": "placeholder is not in the input",
    "E182": "malformed duration, cpu or memory",
    "W183": "Router without default, or with an unknown target",
}
"""All codes with their titles."""


def severity(code: str) -> Severity:
    """Return whether a code stops a workflow."""
    return "error" if code.startswith("E") else "warning"
