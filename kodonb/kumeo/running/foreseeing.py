"""What a text alone does not tell, but will keep its workflows from being set going where it lies.

Missing files may yet come, and a program elsewhere may bring others: all of this is told as warnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from kodonb.kumeo.catalogue import people
from kodonb.kumeo.catalogue.sections import WORKFLOW
from kodonb.kumeo.checks.checking import MOST, Checked
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic, Finding, finding, placed
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import AgentDraft, Draft
from kodonb.kumeo.outline.values import entries, is_missing
from kodonb.kumeo.ports.http.place import is_address
from kodonb.kumeo.references.scope import ENTRIES, Scope
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.planning.planning import plan
from kodonb.kumeo.syntax.tree import Ref, Text, Value

_FILE: Final = re.compile(
    r"[^\s{}$:]+\.(?:json|onnx|pt|pth|pt2|ts|pkl|pickle|joblib|bif|xmlbif|xml|py|wasm|wat)\Z"
)
_TAKEN_FROM_FILES: Final = (
    "model", "model_path", "network", "network_path", "module", "rules", "routing_rules", "matrix",
    "matrix_definition", "config", "input_schema", "output_schema",
)  # fmt: skip
_SECTIONS: Final = ("models", "data", "schemas")
_CONTEXTS: Final = frozenset({"KnowledgeBase", "BayesianNetwork"})


def foreseen(checked: Checked, folder: Path | None) -> tuple[Diagnostic, ...]:
    """Return what will keep the workflows of a text from being set going, in the order of the text.

    Args:
        checked: The text; of one with errors nothing is foreseen.
        folder: Where it lies, and relative paths start; `None` if that is not known.
    """
    found: list[Finding] = []
    if checked.ok:
        for draft in checked.book.drafts:
            found += _of_ends(draft)
            found += [each for agent in draft.everyone for each in _escalation(agent)]
            found += _unplanned(draft, checked)
            found += _missing(draft, folder) if folder is not None else ()
    return placed(found, checked.tree.source, MOST)


def _unplanned(draft: Draft, checked: Checked) -> Iterator[Finding]:
    if draft.kind == WORKFLOW:
        try:
            plan(checked.program, draft.name)
        except WorkflowError as error:
            yield finding(error.code, draft.head, error.message, error.remedy or "")


def _of_ends(draft: Draft) -> Iterator[Finding]:
    """Yield sources and targets over HTTP that are neither a path nor an address of a kind that can be served."""
    for ends, schemes in ((draft.sources, ("http",)), (draft.targets, ("http", "https"))):
        wanted = " or ".join(f"{name}://" for name in schemes)
        for said in [each.address for each in ends if each.known is not None and each.known.name == "HTTP"]:
            if isinstance(said, Text) and not _can_be_address(said.value, schemes):
                message = f"`{said.value}` is neither a path nor an address that begins with {wanted}"
                yield finding("KN821", said, message, 'write e.g. HTTP("/orders"), or a whole address')


def _can_be_address(said: str, schemes: tuple[str, ...]) -> bool:
    return said.startswith("/") or "${" in said or is_address(said, *schemes)


def _escalation(agent: AgentDraft) -> Iterator[Finding]:
    """Yield that people have nobody to escalate to when time is up; what is said in a file is not known."""
    if not issubclass(agent.model, people.HumanReview | people.HumanInLoop):
        return
    said = [agent.arguments, *(entries(agent.arguments.get(name)) for name in ("interface", "config"))]
    way = next((each["on_timeout"] for each in said if not is_missing(each.get("on_timeout"))), None)
    is_timed, is_named = (
        any(not is_missing(each.get(name)) for each in said) for name in ("timeout", "escalation_path")
    )
    is_known = not isinstance(agent.arguments.get("config"), Text | Ref)
    if isinstance(way, Text) and way.value == "escalate" and is_timed and is_known and not is_named:
        message = f"the {agent.type} escalates when time is up, and nobody is named to escalate to"
        yield finding("KN802", way, message, 'write e.g. escalation_path: "team@example.org"')


def _missing(draft: Draft, folder: Path) -> Iterator[Finding]:
    for text in _named(draft):
        said = text.value
        if "${" not in said and not _is_there(said, folder):
            remedy = meant(
                Path(said).name, _beside(said, folder), "put it there: it is looked for beside this text"
            )
            yield finding("KN804", text, f"there is no file `{said}`", remedy)


def _is_there(said: str, folder: Path) -> bool:
    try:
        path = Path(said).expanduser()
        if any(sign in said for sign in "*?["):
            return path.is_absolute() or any(folder.glob(said))
        return (folder / path).exists()
    except (OSError, ValueError, RuntimeError):  # no file can be called so
        return False


def _beside(said: str, folder: Path) -> list[str]:
    place = (folder / said).parent
    return sorted(each.name for each in place.iterdir()) if "\0" not in said and place.is_dir() else []


def _named(draft: Draft) -> Iterator[Text]:
    """Yield the texts that name files which are read."""
    for section in _SECTIONS:
        inside = entries(draft.sections[section].value) if section in draft.sections else {}
        yield from (file for value in inside.values() for file in _file(value))
    settings = entries(draft.sections["config"].value) if "config" in draft.sections else {}
    yield from (file for value in settings.values() for file in _file(value) if file.value.endswith(".json"))
    declared = Scope(draft).entries
    for context in draft.contexts:
        path = context.arguments.get("path")
        if context.type in _CONTEXTS and isinstance(path, Text) and not _is_entry(path.value, declared):
            yield path
    for agent in draft.everyone:
        yield from (text for text in _of_agent(agent) if not _is_entry(text.value, declared))


def _of_agent(agent: AgentDraft) -> Iterator[Text]:
    for name in _TAKEN_FROM_FILES if agent.known is not None else ():
        value = agent.arguments.get(name)
        if isinstance(value, Text):
            yield from [value] if _FILE.match(value.value) else []
        elif name in {"model", "network"}:
            yield from _file(value)


def _file(value: Value | None) -> Iterator[Text]:
    """Yield the file of an entry: a text alone, or what stands under `file`."""
    said = entries(value).get("file", value)
    if isinstance(said, Text):
        yield said


def _is_entry(said: str, declared: Mapping[str, Mapping[str, Value]]) -> bool:
    return said.partition(".")[0] in ENTRIES or any(said in inside for inside in declared.values())
