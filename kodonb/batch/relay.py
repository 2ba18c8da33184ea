"""In the kernel of a job: tells the job of all runs that are started there, and answers their questions."""

from __future__ import annotations

import builtins
import threading
from contextlib import suppress
from multiprocessing.connection import Client, Connection
from typing import Any

import msgspec

from kodonb.batch.told import Begin, Ended, Fence, Happened, Seen, Started, Told, Trouble, encode
from kodonb.model.errors import KodonbError
from kodonb.model.event import Stored
from kodonb.session.run import Run
from kodonb.session.started import watch_runs


def begin(body: bytes) -> None:
    """Relay the runs of this process from now on.

    Args:
        body: A `Begin`, encoded.
    """
    told = msgspec.msgpack.decode(body, type=Begin)
    relay = _Relay(Client(told.address, authkey=told.key), told)
    watch_runs(relay.watch, relay.seen)
    _relays.append(relay)


def fence() -> None:
    """Tell the job that everything told so far has arrived."""
    for relay in _relays:
        relay.tell(Fence())


_relays: list[_Relay] = []


class _Relay:
    def __init__(self, job: Connection, told: Begin) -> None:
        self._job = job
        self._told = told
        self._guard = threading.Lock()
        self._given: dict[str, int] = {}

    def seen(self, run: Run) -> None:
        self.tell(Seen(run.id))

    def watch(self, run: Run) -> None:
        shell = getattr(builtins, "get_ipython", lambda: None)()
        flow = run.record.flow
        self.tell(Started(run.id, flow, getattr(getattr(shell, "displayhook", None), "prompt_count", 0)))
        follow = threading.Thread(target=self._follow, args=(run, flow), name=f"relay {run.id}", daemon=True)
        follow.start()

    def tell(self, what: Told) -> None:
        with self._guard, suppress(OSError):  # a job that is gone needs no news
            self._job.send_bytes(encode(what))

    def _follow(self, run: Run, flow: str) -> None:
        waiting: dict[str, threading.Timer] = {}
        try:
            for events in run.events().batches():
                self.tell(Happened(run.id, events))
                for stored in events:
                    self._look(run, flow, stored, waiting)
            status, reason = run.status, run.record.reason or ""
        except Exception as error:  # noqa: BLE001 - the job must not wait for a run that cannot be followed
            status, reason = "error", f"it cannot be followed: {type(error).__name__}: {error}"
        for timer in waiting.values():
            timer.cancel()
        self.tell(Ended(run.id, status, reason))

    def _look(self, run: Run, flow: str, stored: Stored, waiting: dict[str, threading.Timer]) -> None:
        if stored.kind == "lease":
            timer = waiting.pop(msgspec.json.decode(stored.payload)["lock"], None)
            if timer is not None:
                timer.cancel()
        if stored.kind == "lock":
            asked = msgspec.json.decode(stored.payload)
            answer = self._answer(asked.get("title") or "", asked["schema"].get("title") or "", flow)
            if answer is None:
                waiting[asked["lock"]] = self._wait(run, asked)
            else:
                self._give(run, asked["lock"], answer)

    def _answer(self, *names: str) -> dict[str, Any] | None:
        """Return the answer for a question that has these names; one of a list is used once."""
        key = next((name for name in (*names, "*") if name in self._told.answers), None)
        if key is None:
            return None
        answers = self._told.answers[key]
        if isinstance(answers, dict):
            return answers
        with self._guard:
            number = self._given[key] = self._given.get(key, 0) + 1
        return answers[number - 1] if number <= len(answers) else None

    def _give(self, run: Run, lock: str, answer: dict[str, Any]) -> None:
        try:
            run.session.answer(run.id, lock, answer, "answers of the job")
        except KodonbError as error:
            if error.code != "KN308":  # somebody was faster
                self._fail(run, error.code, str(error).partition("\n")[2] or error.message, "mend --answers")

    def _wait(self, run: Run, asked: dict[str, Any]) -> threading.Timer:
        title, patience = asked.get("title") or asked["lock"], self._told.patience
        remedy = "give --answers, or answer in time: kodonb answer RUN key=value"
        message = f"nobody has answered {title!r} of run {run.id} for {patience:g} s"
        timer = threading.Timer(patience, self._fail, (run, "KN607", message, remedy))
        timer.daemon = True
        timer.start()
        return timer

    def _fail(self, run: Run, code: str, message: str, remedy: str) -> None:
        self.tell(Trouble(run.id, code, message, remedy))
        with suppress(KodonbError):
            run.cancel()
