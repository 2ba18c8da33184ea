"""The pool: keeps runners ready, gives runs to them, and sees every run to its end."""

from __future__ import annotations

import logging
import os
import socket
import threading
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec
import ray

from kodonb.events.log import RunQuery
from kodonb.events.sql import SqlLog
from kodonb.model.errors import KodonbError, SessionError
from kodonb.model.module import Module
from kodonb.model.run import RunRecord
from kodonb.session.ray import actors
from kodonb.session.ray.link import Link
from kodonb.session.ray.runner import Runner
from kodonb.session.ray.tasks import options
from kodonb.session.ray.wire import Home, Peer
from kodonb.session.submission import Launch, relaunch

_REFILL_AFTER: Final = 1.0  # seconds: the start of a run comes before the start of its runner's successor
_SETTLE_AFTER: Final = 2.0  # seconds that a run which is being submitted has to arrive
_PATIENCE: Final = 120.0  # seconds for the first runner
_log = logging.getLogger(__name__)
_UNFINISHED: Final = ("starting", "running", "awaiting")


class _Runner(msgspec.Struct):
    """A runner.

    Attributes:
        actor: Its actor.
        run: Id of the run that it carries; empty while it is free.
        launch: What it carries.
        module: The code of that.
        verdict: Status, reason and code to end its run with, if the pool decides.
        asked: Whether it has asked for work.
    """

    actor: Any
    run: str = ""
    launch: Launch | None = None
    module: Module | None = None
    verdict: tuple[str, str, str] | None = None
    asked: bool = False


class Pool:
    """Keeps the runners of an instance; they end with the process it is in.

    Ray lets a step have the worker process of an earlier one only if both descend from the same detached actor or from
    none. So runners are children of the pool and not detached: a run finds the workers of the one before it warm.

    Args:
        home: The instance.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._guard = threading.Condition(threading.RLock())
        self._runners: dict[str, _Runner] = {}
        self._free: deque[str] = deque()
        self._given_up: set[str] = set()
        self._trouble: BaseException | None = None
        self._link = Link(
            actors.where, Peer(role="pool", pid=os.getpid(), node=socket.gethostname()), self._handle
        )
        self._fill()

    def ready(self) -> None:
        """Wait until a runner is ready.

        Raises:
            SessionError: None starts (KN403).
        """
        with self._guard:
            self._guard.wait_for(lambda: self._trouble or self._any_ready(), _PATIENCE)
            if not self._any_ready():
                trouble = self._trouble or f"there is none after {_PATIENCE:g} s"
                raise SessionError(f"no runner starts: {trouble}", code="KN403")

    def _any_ready(self) -> bool:
        return not self._home.settings.warm or any(runner.asked for runner in self._runners.values())

    # Runners

    def _create(self, launch: Launch | None = None) -> str:
        name = f"{actors.RUNNER}{uuid.uuid4().hex[:12]}"
        told: dict[str, Any] = {"name": name, "namespace": actors.NAMESPACE, "num_cpus": 0, "max_restarts": 0}
        if launch is not None:
            told |= options(launch.meta.resources, 0)
            if launch.meta.pip:
                told["runtime_env"] = {"pip": list(launch.meta.pip)}
        runner: Any = ray.remote(Runner)
        actor = runner.options(**told).remote(name)
        self._runners[name] = _Runner(actor)
        self._watch(name, actor.serve.remote())
        return name

    def _fill(self) -> None:
        with self._guard:
            while len(self._free) < self._home.settings.warm:
                self._free.append(self._create())

    def _take(self, launch: Launch) -> str:
        resources = launch.meta.resources
        if launch.meta.pip or resources.num_cpus or resources.num_gpus or resources.memory:
            return self._create(launch)
        return self._free.popleft() if self._free else self._create()

    def _work(self, name: str) -> dict[str, Any]:
        """Answer a runner that asks for its run, when there is one."""
        with self._guard:
            runner = self._runners[name]
            runner.asked = True
            self._guard.notify_all()
            self._guard.wait_for(lambda: runner.launch is not None or name not in self._runners)
        if runner.launch is None:
            raise SessionError("this runner is not needed any more", code="KN405")
        return {"launch": runner.launch, "module": msgspec.msgpack.encode(runner.module)}

    # Runs

    def _handle(self, verb: str, body: Any) -> Any:
        if verb == "launch":
            launch = msgspec.convert(body["launch"], Launch)
            return self._launch(launch, msgspec.msgpack.decode(body["module"], type=Module))
        if verb == "work":
            return self._work(body["runner"])
        if verb == "cancel":
            return self._cancel(body["run"], body["reason"], body["grace"])
        if verb == "recover":
            return self._recover()
        raise SessionError(f"the pool does not know {verb!r}", code="KN405")

    def _carrying(self, run: str) -> _Runner | None:
        return next((runner for runner in self._runners.values() if runner.run == run), None)

    def _launch(self, launch: Launch, module: Module) -> None:
        with self._guard:
            if launch.run in self._given_up or self._carrying(launch.run) is not None:
                return
            runner = self._runners[self._take(launch)]
            runner.run, runner.launch, runner.module = launch.run, launch, module
            self._guard.notify_all()
        _later(_REFILL_AFTER if self._free else 0.0, self._fill)

    def _watch(self, name: str, served: ray.ObjectRef[Any]) -> None:
        # Ray calls back in a thread of its own that must not wait for the spooler.
        served.future().add_done_callback(lambda done: _later(0.0, self._ended, name, done.exception()))

    def _ended(self, name: str, error: BaseException | None) -> None:
        with self._guard:
            runner = self._runners[name]
        again = None if error is None else _next_attempt(runner)
        if error is not None and runner.run and again is None:
            self._settle(runner.run, *(runner.verdict or ("error", _died(error), "KN305")))
        with self._guard:
            del self._runners[name]
            if again is not None and runner.module is not None:
                self._launch(again, runner.module)
            elif name in self._free:
                self._lose(name, runner, error)
            self._guard.notify_all()
        ray.kill(runner.actor, no_restart=True)

    def _lose(self, name: str, runner: _Runner, error: BaseException | None) -> None:
        """Do without a runner that ended before it got a run."""
        self._free.remove(name)
        if runner.asked:
            _later(_REFILL_AFTER, self._fill)
        else:
            self._trouble = error

    def _settle(self, run: str, status: str, reason: str, code: str) -> None:
        body = {"run": run, "status": status, "reason": reason, "code": code}
        self._link.ask("settle", body, timeout=None)

    # Cancelling

    def _cancel(self, run: str, reason: str, grace: float) -> None:
        with self._guard:
            runner = self._carrying(run)
            if runner is None:
                raise SessionError(
                    f"run {run} is carried by nobody", code="KN311", remedy="look at its status"
                )
            runner.verdict = ("cancelled", reason, "KN302")
        _later(grace, self._kill, run)
        told = self._link.ask_later(
            "tell", {"run": run, "source": "", "to": "runner", "verb": "cancel", "reason": reason}
        )
        told.add_done_callback(lambda done: self._kill(run) if done.exception() else None)

    def _kill(self, run: str) -> None:
        with self._guard:
            runner = self._carrying(run)
        if runner is not None:
            ray.kill(runner.actor, no_restart=True)

    # Coming back

    def _recover(self) -> None:
        """Find out about every unfinished run of this cluster that the pool knows nothing of."""
        _later(_SETTLE_AFTER, self._recover_runs)

    def _recover_runs(self) -> None:
        log = SqlLog(self._home.settings.store)
        try:
            query = RunQuery(status=_UNFINISHED, cluster=self._home.cluster, limit=None)
            for record in log.runs(query):
                with self._guard:
                    known = self._carrying(record.id) is not None
                if not known:
                    self._recover_run(log, record)
        except KodonbError:
            _log.exception("the pool could not look for unfinished runs")
        finally:
            log.close()

    def _recover_run(self, log: SqlLog, record: RunRecord) -> None:
        if record.status != "starting":
            self._settle(record.id, "error", "its runner died with the pool", "KN305")
            return
        try:
            launch, module = relaunch(log, record), log.module(record.module)
        except KodonbError as error:
            self._give_up(record.id, error)
        else:
            self._launch(launch, module)

    def _give_up(self, run: str, error: KodonbError) -> None:
        """End a run that cannot be started from what the log has of it."""
        with self._guard:
            if self._carrying(run) is not None:
                return
            # Should its launch arrive after all, it comes too late.
            self._given_up.add(run)
        reason = f"{error.message}; {error.remedy}" if error.remedy else error.message
        self._settle(run, "error", reason, error.code)


class PoolActor(actors.Supervised):
    """The pool as a Ray actor, on a cluster where it has no other process to be in."""

    def __init__(self) -> None:
        Pool(actors.home()).ready()
        actors.tell(os.getpid())
        self.occupy()


def _next_attempt(runner: _Runner) -> Launch | None:
    """Return what to carry when a runner has died, if its run may be tried again."""
    launch = runner.launch
    if launch is None or runner.verdict is not None or launch.attempt > launch.meta.retries:
        return None
    return msgspec.structs.replace(launch, attempt=launch.attempt + 1)


def _later(seconds: float, call: Callable[..., object], *given: Any) -> None:
    timer = threading.Timer(seconds, call, given)
    timer.daemon = True
    timer.start()


def _died(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"the runner died: {text[:300]}"
