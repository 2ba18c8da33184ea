"""A run, wherever it is carried."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from kodonb.events import query
from kodonb.events.kept import recall
from kodonb.model.errors import RunError, RunFailed
from kodonb.model.event import Event
from kodonb.model.run import Lock, RunRecord, called
from kodonb.session import names
from kodonb.session.base import Session
from kodonb.session.follow import Events
from kodonb.session.started import awaited, started
from kodonb.session.submission import again, whoami

if TYPE_CHECKING:
    import pandas as pd

GRACE = 5.0
"""Seconds that a cancelled run has to end by itself."""


class Run:
    """One execution of a flow.

    Everything is read from the event log, so any number of handles, in any process, show the same.

    Args:
        id: Id of the run.
        session: How it is reached.
    """

    def __init__(self, id: str, session: Session) -> None:  # noqa: A002 - the public name of it
        self.id = id
        self.session = session

    @property
    def record(self) -> RunRecord:
        """What the log knows of the run now."""
        return self.session.log.find(self.id)

    @property
    def status(self) -> str:
        """``starting``, ``running``, ``awaiting``, ``finished``, ``error`` or ``cancelled``."""
        return self.record.status

    def events(
        self, kind: str | Sequence[str] | None = None, after: int = -1, *, follow: bool = True
    ) -> Events:
        """Return the run's events, for ``for`` and ``async for``.

        Args:
            kind: Only of this kind, or these.
            after: Only with a higher offset.
            follow: Whether to wait for more until the run has ended.
        """
        kinds = (kind,) if isinstance(kind, str) else None if kind is None else tuple(kind)
        return Events(self, kinds, after, follow=follow)

    def wait(self, timeout: float | None = None) -> Run:
        """Wait until the run has ended, however it did.

        Raises:
            RunTimeout: It has not after `timeout` seconds; the run goes on.
        """
        record = self.record
        if not record.ended_already:
            # Only what comes now matters to who waits.
            for _ in self.events(kind=("status",), after=record.events - 1).within(timeout):
                pass
        return awaited(self)

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the run and return what its flow returned.

        Raises:
            RunFailed: The run ended in an error or was cancelled.
            RunTimeout: It has not ended after `timeout` seconds.
            RunError: What it returned cannot be read here, or was a secret (KN312).
        """
        self.wait(timeout)
        final = self._final()
        # A runner may die after it has told its result: what counts is the status.
        if self.status == "finished" and final is not None:
            return self._value(final)
        raise self._failure(final)

    def _final(self) -> dict[str, Any] | None:
        found = self.session.log.read(self.id, kinds=("final",))
        return msgspec.json.decode(found[-1].payload) if found else None

    def _value(self, kept: dict[str, Any]) -> Any:
        return recall(kept, self.session.artifacts, names.finder(self.session.log))

    def value(self, event: Event) -> Any:
        """Return the object in a `result` or `final` event of this run."""
        return self._value(event.payload)

    def _failure(self, final: dict[str, Any] | None) -> RunFailed:
        record = self.record
        error = (final or {}).get("error") or {}
        code = error.get("code") or self._code() or "KN301"
        return RunFailed(
            f"run {called(self.id)} of {record.flow} {'was cancelled' if record.status == 'cancelled' else 'failed'}: "
            f"{record.reason}",
            run=self.id,
            traceback=error.get("traceback") or "",
            code="KN301" if code == "KN304" else code,
            where=error.get("where"),
            remedy=f"see it with %flow show {called(self.id)}; repeat it with %flow retry {called(self.id)}",
        )

    def _code(self) -> str | None:
        found = self.session.log.read(self.id, kinds=("status",))
        return msgspec.json.decode(found[-1].payload).get("code") if found else None

    def __await__(self) -> Generator[Any, None, Any]:
        """Wait for the result without blocking the event loop."""
        return self._result().__await__()

    async def _result(self) -> Any:
        record = await asyncio.to_thread(lambda: self.record)
        if not record.ended_already:
            async for _ in self.events(kind=("status",), after=record.events - 1):
                pass
        return await asyncio.to_thread(self.result)

    def frame(self, kind: str | Sequence[str] | None = None, after: int = -1) -> pd.DataFrame:
        """Return the events so far as a DataFrame.

        Returns:
            Columns `offset` int64, `at` datetime64[us, UTC], `kind` and `source` category, `payload` object.
        """
        kinds = (kind,) if isinstance(kind, str) else kind
        return query.frame(self.session.log, self.id, after, kinds)

    def graph(self) -> dict[str, list[str]]:
        """Return the steps called so far, each with the steps it waited for."""
        steps = (e.payload for e in self.events(kind="step", follow=False))
        return {told["step"]: told["after"] for told in steps if told["state"] == "submitted"}

    def locks(self) -> list[Lock]:
        """Return the run's open questions, oldest first."""
        return [lock for lock in self.session.log.locks(self.id) if lock.answered is None]

    def answer(self, lock: str | None = None, /, *, by: str | None = None, **values: Any) -> None:
        """Answer a question of the run.

        Args:
            lock: Id of the question; may be left out when only one is open.
            by: Who answers; the user of this process by default.
            **values: Fields of the answer.

        Raises:
            InputsError: The answer does not fit (KN310).
            RunError: It was answered already (KN308), or there is none (KN309).
        """
        self.session.answer(self.id, lock or self._only_lock(), values, by or whoami())

    def _only_lock(self) -> str:
        locks = self.session.log.locks(self.id)
        open_ = [lock for lock in locks if lock.answered is None]
        if len(open_) == 1:
            return open_[0].id
        if open_:
            raise RunError(
                f"run {called(self.id)} has several open questions: {', '.join(lock.id for lock in open_)}",
                code="KN309",
                remedy="name the one you answer",
            )
        if locks:
            return locks[-1].id
        raise RunError(
            f"run {called(self.id)} has asked nothing", code="KN309", remedy="look at it with %flow show"
        )

    def cancel(self, grace: float = GRACE) -> None:
        """End the run: it is asked to, and ended by force after `grace` seconds.

        Raises:
            RunError: It has ended already (KN311).
        """
        record = self.record
        if record.ended_already:
            raise RunError(
                f"run {called(self.id)} has ended already: {record.status}",
                code="KN311",
                remedy="there is nothing to cancel",
            )
        self.session.cancel(self.id, grace)

    def retry(self, user: str = "") -> Run:
        """Start a new run with the same code and inputs; finished steps are replayed from their kept results.

        Args:
            user: Who submits it; the user of this process by default.

        Raises:
            RunError: The run has not ended (KN311), or was given secrets, which nobody has kept (KN312).
        """
        record = self.record
        if not record.ended_already:
            raise RunError(
                f"run {called(self.id)} is still {record.status}",
                code="KN311",
                remedy="cancel it or wait for it, then retry",
            )
        submission = again(self.session.log, record, user)
        self.session.ready()
        self.session.submit(submission)
        return started(Run(submission.record.id, self.session))

    def code(self) -> str:
        """Return the source of the captured module."""
        return self.session.log.module(self.record.module).source

    def __repr__(self) -> str:
        """Show the run as text."""
        from kodonb.display import run_text  # noqa: PLC0415 - the picture of a run is made when it is shown

        return run_text(self.view())

    def _repr_html_(self) -> str:
        from kodonb.display import run_html  # noqa: PLC0415 - the picture of a run is made when it is shown

        return run_html(self.view())

    def view(self) -> Any:
        """Return the projection of the run's events that its pictures are drawn from."""
        from kodonb.display import RunView  # noqa: PLC0415 - the picture of a run is made when it is shown

        view = RunView(self.id)
        view.take_all(self.events(follow=False))
        return view
