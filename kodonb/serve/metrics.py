"""What a service counts, for Prometheus: each application has a registry of its own.

Runs are counted as ended by the replica that launched them: it asks the log how they ended when it is scraped.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from kodonb.model.run import FINAL

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kodonb.model.run import RunRecord
    from kodonb.session.base import Session

UNTOLD: Final = 10_000
"""Runs of which is remembered that their end was not counted yet; the oldest are forgotten if nobody scrapes."""

_MOST: Final = 1000  # parked runs whose questions are counted
_METHODS: Final = frozenset(
    {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
)  # clients invent others
_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of an application.

    Args:
        followers: Returns how many streams there are.
    """

    def __init__(self, followers: Callable[[], float]) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._launches = Counter("kodonb_launches", "Runs launched", ["flow"], registry=self.registry)
        self._ends = Counter("kodonb_runs_ended", "Runs ended", ["flow", "status"], registry=self.registry)
        self._requests = Counter(
            "kodonb_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "kodonb_request_seconds",
            "Seconds until a response begins",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._questions = Gauge(
            "kodonb_open_questions", "Questions that runs wait for", ["flow"], registry=self.registry
        )
        Gauge("kodonb_followers", "Streams of events", registry=self.registry).set_function(followers)
        self._guard = threading.Lock()
        self._going: OrderedDict[str, tuple[str, datetime | None]] = OrderedDict()

    def launched(self, record: RunRecord) -> None:
        """Count a run that was launched; its end is counted when it is there."""
        self._launches.labels(record.flow).inc()
        with self._guard:
            self._going[record.id] = (record.flow, record.created)
            if len(self._going) > UNTOLD:
                self._going.popitem(last=False)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request whose response has begun."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def told(self, accept: str, flows: frozenset[str], session: Session) -> tuple[bytes, str]:
        """Return the metrics as text, and what type of text it is.

        Args:
            accept: What the scraper takes.
            flows: The flows of the service.
            session: How their runs are reached.
        """
        self._count_ended(session)
        self._count_questions(flows, session)
        encode, kind = choose_encoder(accept)
        return encode(self.registry), kind

    def _count_ended(self, session: Session) -> None:
        from kodonb.session import select  # noqa: PLC0415 - loaded with the first request

        with self._guard:
            going = dict(self._going)
        for flow in {name for name, _ in going.values()}:
            since = min((at for name, at in going.values() if name == flow and at is not None), default=None)
            for record in select(flow, sorted(FINAL), since, limit=None, session=session):
                with self._guard:
                    known = self._going.pop(record.id, None)
                if known is not None:
                    self._ends.labels(flow, record.status).inc()

    def _count_questions(self, flows: frozenset[str], session: Session) -> None:
        from kodonb.session import select  # noqa: PLC0415 - loaded with the first request

        for flow in flows:
            parked = select(flow, "awaiting", limit=_MOST, session=session)
            locks = [lock for record in parked for lock in session.log.locks(record.id)]
            self._questions.labels(flow).set(sum(lock.answered is None for lock in locks))


class Measured:
    """Counts the requests that an application answers.

    Args:
        app: What answers them.
        metrics: Where they are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        method = scope["method"] if scope["method"] in _METHODS else "other"
        status = 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._metrics.answered(method, _route(scope), status, time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception:
            if not status:  # what is outside of this answers with 500
                self._metrics.answered(method, _route(scope), 500, time.perf_counter() - began)
            raise


def _route(scope: Scope) -> str:
    # The template, never the path: there are as many paths as runs.
    return str(getattr(scope.get("route"), "path", "")) or "unknown"
