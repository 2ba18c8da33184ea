"""How an Aggregator gathers: outright, in windows, or by joining parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.processing.joins import Join
from kodonb.kumeo.agents.processing.totals import Columns, Sink, hashable
from kodonb.kumeo.agents.processing.weights import Pairs
from kodonb.kumeo.agents.processing.windows import Ended, Windows, refuse_more
from kodonb.kumeo.agents.protocol import Dropped, Several, Site
from kodonb.kumeo.expressions import Condition

Fields = Mapping[str, Any]
Result = Any  # a value, or Several, or Dropped

_OPEN: Final = Dropped("the window is open")
_LATE: Final = Dropped("the message comes too late for its window")
_WAITS: Final = Dropped("other parts are awaited")
_NOTHING: Final = Dropped("nothing has ended")
_AHEAD: Final = 3600.0  # seconds that clocks may be apart


class Gathering(Protocol):
    """A way to gather."""

    @property
    def expressions(self) -> Iterable[Condition]:
        """All expressions that are evaluated."""

    @property
    def due(self) -> float | None:
        """When `lapse` should be called, in seconds since 1970."""

    def take(self, inputs: Any, fields: Fields) -> Result:
        """Take a message."""

    def lapse(self, now: float | None) -> Result:
        """Return what has ended by a time; all there is for `None`."""


def _told(results: list[Any], nothing: Dropped) -> Result:
    return nothing if not results else results[0] if len(results) == 1 else Several(tuple(results))


class Outright:
    """One result of the values in each message: those of a list, or of an object's fields.

    Args:
        columns: What is calculated.
        parts: Whether an object's fields are parts, of which each has the fields that are calculated with.
    """

    due: Final = None

    def __init__(self, columns: Columns, *, parts: bool = False) -> None:
        self._columns = columns
        self._parts = parts
        self.expressions = list(columns.expressions())

    def take(self, inputs: Any, fields: Fields) -> Result:
        """Calculate: of a list's elements, or of all fields if no field is named."""
        sink = self._columns.sink()
        for row in self._rows(inputs, fields):
            sink.add(row)
        return self._columns.told((), sink)

    def _rows(self, inputs: Any, fields: Fields) -> Iterable[list[Any]]:
        if type(inputs) is dict and not self.expressions:
            return [self._columns.part(name, each) for name, each in inputs.items()]
        return [self._columns.row(values, seen) for values, seen in self._items(inputs, fields)]

    def _items(self, inputs: Any, fields: Fields) -> Iterable[tuple[Any, Fields]]:
        if self._parts and type(inputs) is dict:
            inputs = list(inputs.values())
        if type(inputs) is list:
            return [(each, {**fields, **each} if type(each) is dict else fields) for each in inputs]
        return [(inputs, fields)]

    def lapse(self, now: float | None) -> Result:
        """Return nothing: nothing waits here."""
        del now
        return _NOTHING


class Weighing:
    """One result of the parts of each message, which do not count the same.

    Args:
        method: What is done with values and weights.
        of: What is taken of each part; `None` for the part itself.
        weights: Name of a part -> its weight; 1 for others.
    """

    due: Final = None

    def __init__(
        self, method: Callable[[Pairs], Any], of: Condition | None, weights: Mapping[str, float]
    ) -> None:
        self._method = method
        self._of = of
        self._weights = dict(weights)
        self.expressions = [] if of is None else [of]

    def take(self, inputs: Any, fields: Fields) -> Result:
        """Calculate."""
        parts = inputs if type(inputs) is dict else {"value": inputs}
        pairs = [(self._value(part, fields), self._weights.get(name, 1.0)) for name, part in parts.items()]
        return {"count": len(pairs), "value": self._method(pairs)}

    def _value(self, part: Any, fields: Fields) -> Any:
        if self._of is None:
            return part
        return self._of.value({**fields, **part} if type(part) is dict else fields)

    def lapse(self, now: float | None) -> Result:
        """Return nothing: nothing waits here."""
        del now
        return _NOTHING


class Windowing:
    """A result for each window of messages.

    Args:
        columns: What is calculated.
        windows: The windows; `None` for one that goes on, with a result after each message.
        site: Where the agent is.
        time: Field with the time at which a message happened.
        lateness: Seconds that windows wait for those that come late.
        running: How many groups there may be in one that goes on.
    """

    def __init__(
        self,
        columns: Columns,
        windows: Windows[Sink] | None,
        site: Site,
        *,
        time: str | None = None,
        lateness: float = 0.0,
        running: int = 0,
    ) -> None:
        self._columns = columns
        self._windows = windows
        self._site = site
        self._time = None if time is None else expression(time, f"agent {site.agent}")
        self._lateness = lateness
        self._sinks: dict[Any, Sink] = {}
        self._most = running
        self._mark = float("-inf")
        self._last = 0.0  # when a message came
        self.expressions = [*columns.expressions(), *([self._time] if self._time else [])]

    @property
    def due(self) -> float | None:
        """When the next window ends; by the clock, as far as the clock says anything about it."""
        end = None if self._windows is None else self._windows.next
        if end is None or self._time is None:
            return None if end is None else end + self._lateness
        # Times in messages may be of any day. If no more come, their windows end as if time had gone on from the last.
        return self._last + max(end - self._mark, 0.0) + self._lateness

    def take(self, inputs: Any, fields: Fields) -> Result:
        """Take a message into its windows; return those that have ended by then."""
        key, row = self._columns.key(fields), self._columns.row(inputs, fields)
        if self._windows is None:
            return self._gone_on(key, row)
        self._last = self._site.now().timestamp()
        at = self._last if self._time is None else self._happened(self._time.value(fields))
        self._mark = max(self._mark, at - self._lateness)
        ended = self._windows.end(self._mark)
        full = self._windows.add(key, at, row)
        if full is None:
            self._site.metric("aggregator.late", 1)
            return self._results(ended, _LATE)
        return self._results([*ended, *full], _OPEN)

    def _gone_on(self, key: tuple[Any, ...], row: list[Any]) -> dict[str, Any]:
        sink = self._sinks.get(key)
        if sink is None:
            refuse_more(len(self._sinks), self._most)
            sink = self._sinks[key] = self._columns.sink()
        sink.add(row)
        return self._columns.told(key, sink)

    def _happened(self, said: Any) -> float:
        at = moment(said)
        if at is None or at > self._last + _AHEAD:
            why = "is no time" if at is None else "lies ahead"
            remedy = "give seconds since 1970, or 2026-01-31T12:00:00Z"
            raise AgentError(f"{said!r:.60} {why}", code="KN805", where=self._site.agent, remedy=remedy)
        return at

    def lapse(self, now: float | None) -> Result:
        """Return what has ended by a time of the clock; all there is for `None`."""
        if self._windows is None:
            return _NOTHING
        if now is None:
            return self._results(self._windows.end(None), _NOTHING)
        passed = now if self._time is None else self._mark + max(now - self._last, 0.0)
        self._mark = max(self._mark, passed - self._lateness)
        return self._results(self._windows.end(self._mark), _NOTHING)

    def _results(self, ended: list[Ended[Sink]], nothing: Dropped) -> Result:
        return _told([self._result(each) for each in ended], nothing)

    def _result(self, ended: Ended[Sink]) -> dict[str, Any]:
        told = self._columns.told(ended.key, ended.sink)
        if ended.start is None or ended.end is None:
            return told
        return {**told, "window": {"start": _iso(ended.start), "end": _iso(ended.end)}}


class Joining:
    """A result for parts that share a key.

    Args:
        join: What waits for them.
        keys: Name of a part -> field by which it belongs to others.
        by: Field that says which part a message is.
        columns: What is calculated of the parts together; `None` for the parts themselves.
        site: Where the agent is.
    """

    def __init__(
        self, join: Join, keys: Mapping[str, str], by: str | None, columns: Columns | None, site: Site
    ) -> None:
        self._join = join
        where = f"agent {site.agent}"
        self._keys = {name: expression(field, where) for name, field in keys.items()}
        self._by = None if by is None else expression(by, where)
        self._outright = None if columns is None else Outright(columns)
        self._site = site
        self.expressions = [*self._keys.values(), *([self._by] if self._by else [])]

    @property
    def due(self) -> float | None:
        """When the first part has waited long enough."""
        return self._join.next

    def take(self, inputs: Any, fields: Fields) -> Result:
        """Take a part, or several that came together."""
        now = self._site.now().timestamp()
        complete: list[Any] = []
        for name, part in self._parts(inputs, fields):
            key = self._keys[name].value(part if type(part) is dict else {"value": part})
            if key is None:
                message = f"`{name}` has no {self._keys[name].text}"
                raise AgentError(
                    message,
                    code="KN805",
                    where=self._site.agent,
                    remedy="correct the data, or join by another",
                )
            complete += [self._result(key, row) for row in self._join.add(hashable(key), now, {name: part})]
        return _told(complete, _WAITS)

    def _parts(self, inputs: Any, fields: Fields) -> list[tuple[str, Any]]:
        if self._by is None:
            found = inputs if type(inputs) is dict else {}
            return [(name, found[name]) for name in self._keys if found.get(name) is not None]
        name = self._by.value(fields)
        return [(name, inputs)] if isinstance(name, str) and name in self._keys else []

    def _result(self, key: Any, row: dict[str, Any]) -> Any:
        if self._outright is None:
            return {"key": key, **row}
        return {"key": key, **self._outright.take(list(row.values()), row)}

    def lapse(self, now: float | None) -> Result:
        """Return what is incomplete and has waited long enough; all there is for `None`."""
        found, lost = self._join.end(now)
        if lost:
            self._site.metric("aggregator.incomplete", lost)
        return _told([self._result(key, row) for key, row in found], _NOTHING)


def moment(said: Any) -> float | None:
    """Return a time in seconds since 1970; nothing if a value is none.

    Args:
        said: Seconds or milliseconds since 1970, or a text such as ``"2026-01-31T12:00:00Z"``; UTC without a zone.
    """
    if isinstance(said, bool):
        return None
    if isinstance(said, int | float):
        value = said / 1000 if abs(said) > 1e11 else said
        return float(value) if abs(value) < 2.5e11 else None
    try:
        read = datetime.fromisoformat(said)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
