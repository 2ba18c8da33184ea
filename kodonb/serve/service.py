"""What the routes of one application share."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry import trace
from starlette.concurrency import run_in_threadpool

from kodonb.serve import reach, tracing
from kodonb.serve.entries.launch import Launch, Launcher
from kodonb.serve.entries.outputs import Output
from kodonb.serve.entries.repeat import Attempt, Turns
from kodonb.serve.files.routes import put_in
from kodonb.serve.metrics import Metrics
from kodonb.serve.replies import inputs_in
from kodonb.serve.runs.owned import Owned
from kodonb.serve.runs.stream import Streams

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opentelemetry.trace import Span

    from kodonb.serve.access.callers import Access, Caller
    from kodonb.serve.entries.entry import Entry
    from kodonb.serve.files.uploads import Uploads


class Started(NamedTuple):
    """A run that a request asked for.

    Attributes:
        run: Its id.
        again: Whether an earlier request has launched it.
    """

    run: str
    again: bool = False


class Service(NamedTuple):
    """What the routes of one application share.

    Attributes:
        access: Who knows callers; `None` lets everybody pass.
        owned: Which runs are the application's.
        outputs: What its flows return, by name.
        launcher: Prepares its runs.
        streams: Who follows which run.
        metrics: What is counted.
        turns: Requests that wait for another with the same key.
        uploads: Files that callers have sent.
    """

    access: Access | None
    owned: Owned
    outputs: dict[str, Output]
    launcher: Launcher
    streams: Streams
    metrics: Metrics
    turns: Turns
    uploads: Uploads

    @classmethod
    def of(cls, access: Access | None, uploads: Uploads) -> Service:
        """Return what a new application starts with."""
        streams = Streams()
        metrics = Metrics(lambda: streams.followers)
        return cls(access, Owned(), {}, Launcher(), streams, metrics, Turns(), uploads)

    async def filled(self, entry: Entry, body: bytes, caller: Caller) -> Any:
        """Return the inputs in the JSON text of a request, with the content of files in the place of their names.

        Raises:
            InputsError: They do not fit (KN010).
        """
        filled = await run_in_threadpool(put_in, inputs_in(body), entry.schema, self.uploads, caller)
        return entry.filled(filled)

    async def start(
        self, decide: Callable[[], Awaitable[Launch]], endpoint: str, user: str, attempt: Attempt | None
    ) -> Started:
        """Start a run, unless it was started by an earlier request.

        Args:
            decide: Returns what is to be launched.
            endpoint: What the endpoint is called in the log.
            user: Who asks.
            attempt: Says whether there was an earlier request; `None` if the client did not ask for that.
        """
        if attempt is None:
            made = await decide()
            if self._is_quick(made):
                return Started(await asyncio.shield(self._start_quickly(made, user, _span())))
            return Started(await run_in_threadpool(self._start, made, endpoint, user, None, _span()))
        async with self.turns.of(attempt.name):
            earlier = await run_in_threadpool(lambda: attempt.earlier(reach.session()))
            if earlier is not None:
                return Started(earlier, again=True)
            made = await decide()
            return Started(await run_in_threadpool(self._start, made, endpoint, user, attempt, _span()))

    def _is_quick(self, launch: Launch) -> bool:
        """Whether a run can be started in the event loop: nothing is new, large, or waited for in this process."""
        if not self.launcher.is_quick(launch):
            return False
        return self.owned.has(self.launcher.flow(launch.entrypoint).name) and reach.session().at_hand

    async def _start_quickly(self, launch: Launch, user: str, request: Span) -> str:
        from kodonb import session as sessions  # noqa: PLC0415 - brings SQLAlchemy

        session = reach.session()
        with tracing.launching(self.launcher.flow(launch.entrypoint).name) as span:
            submission = self.launcher.prepare(launch, session, user)
            await sessions.start_at_hand(submission, session)
            tracing.launched(submission.record.id, span, request)
        self.metrics.launched(submission.record)
        return submission.record.id

    def _start(self, launch: Launch, endpoint: str, user: str, attempt: Attempt | None, request: Span) -> str:
        from kodonb import session as sessions  # noqa: PLC0415 - brings SQLAlchemy

        session = reach.session()
        flow = self.launcher.flow(launch.entrypoint).name
        with tracing.launching(flow) as span:
            submission = self.launcher.prepare(launch, session, user)
            self.owned.learn(endpoint, flow, session)
            run = submission.record.id
            if attempt is not None:
                attempt.begin(run, session)
            try:
                sessions.start(submission, session)
            except BaseException:
                if attempt is not None:
                    attempt.fail(session)
                raise
            tracing.launched(run, span, request)
        self.metrics.launched(submission.record)
        return run


def _span() -> Any:
    return trace.get_current_span()
