"""The Ray session: runs on a cluster, reached through its spooler alone.

A client needs no Ray for this: it finds the local instance by its files, or asks the cluster of `KODONB_RAY_ADDRESS`
once.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import msgspec

from kodonb.events.artifacts import artifacts_for
from kodonb.events.spool import Page
from kodonb.events.sql import SqlLog
from kodonb.model.errors import RunError, SessionError
from kodonb.model.run import Lock
from kodonb.model.settings import Settings
from kodonb.session.questions import closed
from kodonb.session.ray import orphans
from kodonb.session.ray.instance import Instance
from kodonb.session.ray.link import Link
from kodonb.session.ray.remote import Remote
from kodonb.session.ray.wire import Peer
from kodonb.session.submission import Submission


class RaySession:
    """A client of an instance.

    Nothing is started before a run is submitted: history is read from the log alone.

    Args:
        settings: Settings of the instance.
        progress: Told the stages of a start; printed by default.
    """

    name = "ray"

    def __init__(self, settings: Settings, progress: Callable[[str], None] | None = None) -> None:
        self.settings = settings
        self.log = SqlLog(settings.store)
        self.artifacts = artifacts_for(settings, self.log)
        self.cluster = ""
        self._instance = Remote(settings) if settings.address else Instance(settings)
        self._progress = progress or _print
        self._guard = threading.Lock()
        self._link: Link | None = None

    def up(self) -> dict[str, Any]:
        """Start the local instance if it is not running, and return what it says of itself."""
        return self._instance.up(self._progress)

    def down(self) -> bool:
        """Stop the local instance with all that runs in it; `False` if there was none."""
        told = self._instance.told()
        cluster = self._instance.abandoned() if told is None else told["cluster"]
        self._let_go()
        stopped = self._instance.down()
        orphans.settle(self.settings, cluster)
        return stopped

    def ready(self) -> None:
        """Start the cluster if it is not running."""
        self._reach(start=True)

    def submit(self, submission: Submission) -> None:
        """Start a run on the cluster that is `ready`."""
        self._reach().ask("submit", self._told(submission))

    @property
    def at_hand(self) -> bool:
        """Whether there is a connection to the cluster."""
        return self._link is not None and self._link.connected

    def submit_later(self, submission: Submission) -> Future[None]:
        """Start a run on the cluster that is `ready`; the future is done when the log has it."""
        return self._reach().ask_later("submit", self._told(submission))

    def _told(self, submission: Submission) -> dict[str, Any]:
        record = msgspec.structs.replace(submission.record, cluster=self.cluster)
        module = msgspec.msgpack.encode(submission.module)
        command = {"launch": submission.launch, "module": module}
        return {"record": record, "rows": submission.rows, "module": module, "launch": command}

    def page(self, run: str, after: int) -> Future[Page]:
        """Return the future of the next events of a run after an offset."""
        try:
            asked = self._reach().ask_later("next", {"run": run, "after": after}, Page)
        except SessionError:
            return self._from_log(run, after)
        page: Future[Page] = Future()
        page.asked = asked  # type: ignore[attr-defined]
        asked.add_done_callback(lambda done: self._deliver(page, done, run, after))
        return page

    def _deliver(self, page: Future[Page], asked: Future[Any], run: str, after: int) -> None:
        if not page.set_running_or_notify_cancel():
            return
        error = asked.exception()
        if error is None:
            page.set_result(asked.result())
        elif isinstance(error, SessionError):
            found = self._from_log(run, after)
            trouble = found.exception()
            page.set_result(found.result()) if trouble is None else page.set_exception(trouble)
        else:
            page.set_exception(error)

    def _from_log(self, run: str, after: int) -> Future[Page]:
        """Answer without a cluster: its unfinished runs have ended with it."""
        orphans.settle(self.settings, self._instance.abandoned())
        events = self.log.read(run, after)
        page: Future[Page] = Future()
        if events or self.log.find(run).ended_already:
            page.set_result(Page(run, events, not events))
        else:
            page.set_exception(_out_of_reach())
        return page

    def forget(self, page: Future[Page]) -> None:
        """Take back a request for a page."""
        asked = getattr(page, "asked", None)
        if asked is not None and self._link is not None:
            self._link.forget(asked)

    def answer(self, run: str, lock: str, value: dict[str, Any], by: str) -> None:
        """Answer a question."""
        found = self._lock(run, lock)
        if found.answered is not None and self.log.find(run).ended_already:
            raise closed(found)
        body = {"run": run, "source": found.source, "verb": "answer", "lock": lock, "value": value, "by": by}
        try:
            self._reach().ask("tell", body)
        except RunError as error:
            # It may have been answered, and have ended, since it was looked at.
            if error.code == "KN311" and (found := self._lock(run, lock)).answered is not None:
                raise closed(found) from None
            raise

    def _lock(self, run: str, lock: str) -> Lock:
        for known in self.log.locks(run):
            if known.id == lock:
                return known
        raise RunError(
            f"run {run} has no question {lock!r}", code="KN309", remedy="see the run's open questions"
        )

    def cancel(self, run: str, grace: float) -> None:
        """Ask a run to end, and let the pool end it by force after `grace` seconds."""
        try:
            link = self._reach()
        except SessionError:
            orphans.settle(self.settings, self._instance.abandoned())
            return
        body = {"run": run, "to": "pool", "verb": "cancel", "reason": "cancelled", "grace": grace}
        link.ask("tell", body)

    def parts(self) -> dict[str, Any]:
        """Name every part of the instance with its process id."""
        told = self._instance.told()
        if told is None:
            return {"session": "ray", "up": False}
        found = self._reach().ask("parts")
        peers = [peer for peer in found["peers"] if peer["pid"] != os.getpid()]
        by_role = {
            role: [p for p in peers if p["role"] == role] for role in ("pool", "runner", "step", "client")
        }
        return {
            "session": "ray",
            "up": True,
            "cluster": told["cluster"],
            "head": {"pid": told["pid"]},
            "spooler": {"pid": found["pid"], "trouble": found["trouble"]},
            "pool": {"pid": by_role["pool"][0]["pid"]} if by_role["pool"] else None,
            "runners": [
                {"run": p["run"] or None, "pid": p["pid"], "node": p["node"]} for p in by_role["runner"]
            ],
            "steps": [
                {"run": p["run"], "source": p["source"], "pid": p["pid"]}
                for p in by_role["step"]
                if p["source"]
            ],
            "clients": [{"pid": p["pid"], "node": p["node"]} for p in by_role["client"]],
        }

    def close(self) -> None:
        """Let go of the cluster; runs go on."""
        self._let_go()
        self.log.close()

    def _let_go(self) -> None:
        with self._guard:
            link, self._link = self._link, None
        if link is not None:
            link.close()

    def _reach(self, *, start: bool = False) -> Link:
        with self._guard:
            if self._link is not None and self._link.connected:
                return self._link
            told = self._instance.up(self._progress) if start else self._instance.told()
            if told is None:
                raise SessionError("the local cluster is not running", remedy="start it with kodonb up")
            if self._link is not None and told["cluster"] != self.cluster:
                self._link.close()
                self._link = None
            if self._link is None:
                self.cluster = told["cluster"]
                peer = Peer(role="client", pid=os.getpid(), node=socket.gethostname())
                self._link = Link(self._instance.where, peer, lost=self._lost)
            return self._link

    def _lost(self) -> None:
        """Find out whether a spooler that is away comes back, or is gone with its cluster."""
        told = self._instance.told()
        if (told is None or told["cluster"] != self.cluster) and self._link is not None:
            self._link.fail(
                SessionError("the cluster went away", code="KN306", remedy="start it again with kodonb up")
            )


def _out_of_reach() -> SessionError:
    return SessionError("the cluster is out of reach", code="KN404", remedy="look at kodonb status")


def _print(stage: str) -> None:
    # A notebook shows standard error as an alarm; a command line keeps its output for results.
    stream = sys.stdout if "ipykernel" in sys.modules else sys.stderr
    stream.write(f"kodonb: {stage}\n")
