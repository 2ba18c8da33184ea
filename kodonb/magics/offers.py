"""What completion may offer: flows, runs, parameters and their values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from kodonb.flows import register
from kodonb.magics.grammar import COMMANDS
from kodonb.model.errors import KodonbError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.model.run import Lock

_RUNS: Final = 30
_STATUSES: Final[dict[str, tuple[str, ...] | None]] = {
    "run": None,
    "run going": ("starting", "running", "awaiting"),
    "run awaiting": ("awaiting",),
    "run ended": ("finished", "error", "cancelled"),
}


class Offers:
    """What there is to choose from in a notebook.

    Args:
        shell: The notebook.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def of(self, what: str, places: Sequence[str] = ()) -> Iterable[str]:
        """Return all words of a sort (see `kodonb.magics.terms.Argument`).

        Args:
            what: The sort.
            places: Arguments that are typed already.
        """
        if what == "flow":
            return register.flows()
        if what in {"command", "workflow", "agent", "command of kumeo"}:
            return COMMANDS if what == "command" else _of_kumeo(what)
        if what == "variable":
            return self._variables()
        if what == "lock":
            return [lock.id for lock in _locks(places)]
        if what == "flow run":
            return [*register.flows(), *_runs(None)]
        return _runs(_STATUSES[what]) if what in _STATUSES else ()

    def keys(self, whose: str, places: Sequence[str]) -> Iterable[str]:
        """Return the names of the inputs of a flow, or of the fields of an answer."""
        if whose == "lock":
            return _fields(places)
        flow = register.flows().get(places[0]) if places else None
        return flow.form.names if flow is not None else ()

    def values(self, whose: str, places: Sequence[str], key: str) -> Iterable[str]:
        """Return what may be typed behind ``key=``."""
        variables = [f"${name}" for name in self._variables()]
        return [*(_choices(places, key) if whose == "flow" else _field_choices(places, key)), *variables]

    def _variables(self) -> list[str]:
        hidden = self._shell.user_ns_hidden
        return [name for name in self._shell.user_ns if not name.startswith("_") and name not in hidden]


def _of_kumeo(what: str) -> Iterable[str]:
    from kodonb.magics.kumeo import grammar, texts  # noqa: PLC0415 - loading the extension stays cheap

    if what == "command of kumeo":
        return grammar.COMMANDS
    return texts.agents() if what == "agent" else texts.names()


def _choices(places: Sequence[str], key: str) -> list[str]:
    flow = register.flows().get(places[0]) if places else None
    try:
        return flow.form.choices(key) if flow is not None and key in flow.form.names else []
    except KodonbError:
        return []  # a form that cannot be made says so when the flow is run


def _runs(statuses: tuple[str, ...] | None) -> list[str]:
    from kodonb import session  # noqa: PLC0415 - loading the extension stays cheap

    try:
        return ["last", *(record.id for record in session.select(status=statuses, limit=_RUNS))]
    except KodonbError:
        return ["last"]  # a store that cannot be read says so when it is asked for


def _locks(places: Sequence[str]) -> list[Lock]:
    from kodonb import session  # noqa: PLC0415 - loading the extension stays cheap

    try:
        return session.attach(places[0]).locks() if places else []
    except KodonbError:
        return []  # as above


def _fields(places: Sequence[str]) -> dict[str, Any]:
    meant = [lock for lock in _locks(places) if len(places) < 2 or lock.id == places[1]]
    return {name: field for lock in meant for name, field in lock.schema.get("properties", {}).items()}


def _field_choices(places: Sequence[str], key: str) -> list[str]:
    field = _fields(places).get(key, {})
    return (
        ["true", "false"]
        if field.get("type") == "boolean"
        else [str(choice) for choice in field.get("enum", ())]
    )
