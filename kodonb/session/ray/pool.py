"""The pool: keeps runners ready, gives runs to them, and sees every run to its end."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
import uuid
from collections import deque
from typing import Any, Final

import msgspec
import ray

from kodonb.events.log import RunQuery
from kodonb.events.sql import SqlLog
from kodonb.model.errors import KodonbError, SessionError
from kodonb.model.module import Module
from kodonb.session.ray import actors
from kodonb.session.ray.link import Link
from kodonb.session.ray.runner import Runner
from kodonb.session.ray.tasks import options
from kodonb.session.ray.wire import Peer
from kodonb.session.submission import Launch, relaunch

_REFILL_AFTER: Final = 1.0  # seconds: the start of a run comes before the start of its runner's successor
_SETTLE_AFTER: Final = 2.0  # seconds that runners have to report to a pool that came back
_log = logging.getLogger(__name__)
_UNFINISHED: Final = ("starting", "running", "awaiting")


class _Carried(msgspec.Struct):
    runner: Any
    launch: Launch | None
    module: Module | None
    verdict: tuple[str, str, str] | None = None  # status, reason and code to end it with, if the pool decides


class Pool:
    """A Ray actor of which an instance has one."""

    def __init__(self) -> None:
        self._home = actors.home()
        self._guard = threading.RLock()
        self._idle: deque[Any] = deque()
        self._runs: dict[str, _Carried] = {}
        self._closing = False
        self._adopt()
        peer = Peer(role="pool", pid=os.getpid(), node=socket.gethostname(), name=actors.POOL)
        self._link = Link(actors.where, peer, self._handle)
        self._fill()

    def ready(self) -> int:
        """Return the process id, once a runner is ready."""
        with self._guard:
            first = self._idle[0] if self._idle else None
        if first is not None:
            ray.get(first.ready.remote())
        return os.getpid()

    # Runners

    def _create(self, launch: Launch | None = None) -> Any:
        name = f"{actors.RUNNER}{uuid.uuid4().hex[:12]}"
        told: dict[str, Any] = {**actors.DETACHED, "name": name, "max_restarts": 0}
        if launch is not None:
            told |= options(launch.meta.resources, 0)
            if launch.meta.pip:
                told["runtime_env"] = {"pip": list(launch.meta.pip)}
        return ray.remote(Runner).options(**told).remote(name)

    def _fill(self) -> None:
        with self._guard:
            while len(self._idle) < self._home.settings.warm and not self._closing:
                self._idle.append(self._create())

    def _take(self, launch: Launch) -> Any:
        resources = launch.meta.resources
        if launch.meta.pip or resources.num_cpus or resources.num_gpus or resources.memory:
            return self._create(launch)
        return self._idle.popleft() if self._idle else self._create()

    # Runs

    def _handle(self, verb: str, body: Any) -> Any:
        if verb == "launch":
            launch = msgspec.convert(body["launch"], Launch)
            return self._launch(launch, msgspec.msgpack.decode(body["module"], type=Module))
        if verb == "cancel":
            return self._cancel(body["run"], body["reason"], body["grace"])
        if verb == "recover":
            return self._recover()
        raise SessionError(f"the pool does not know {verb!r}", code="KN405")

    def _launch(self, launch: Launch, module: Module) -> None:
        with self._guard:
            if launch.run in self._runs:
                return
            runner = self._take(launch)
            self._runs[launch.run] = _Carried(runner, launch, module)
        self._watch(launch.run, runner.carry.remote(launch, module))
        timer = threading.Timer(_REFILL_AFTER if self._idle else 0.0, self._fill)
        timer.daemon = True
        timer.start()

    def _watch(self, run: str, ended: ray.ObjectRef[Any]) -> None:
        ended.future().add_done_callback(lambda done: self._hand_over(run, done.exception()))

    def _hand_over(self, run: str, error: BaseException | None) -> None:
        # Ray calls back in a thread of its own that must not wait for the spooler.
        threading.Thread(target=self._ended, args=(run, error), name=f"kodonb-end-{run}", daemon=True).start()

    def _ended(self, run: str, error: BaseException | None) -> None:
        with self._guard:
            carried = self._runs[run]
        if error is not None:
            if carried.verdict is None and self._relaunch(carried):
                return
            status, reason, code = carried.verdict or ("error", _died(error), "KN305")
            self._settle(run, status, reason, code)
        with self._guard:
            self._runs.pop(run, None)
        ray.kill(carried.runner, no_restart=True)

    def _relaunch(self, carried: _Carried) -> bool:
        launch = carried.launch
        if launch is None or carried.module is None or launch.attempt > launch.meta.retries:
            return False
        following = msgspec.structs.replace(launch, attempt=launch.attempt + 1)
        with self._guard:
            self._runs.pop(launch.run, None)
        self._launch(following, carried.module)
        return True

    def _settle(self, run: str, status: str, reason: str, code: str) -> None:
        body = {"run": run, "status": status, "reason": reason, "code": code}
        self._link.ask("settle", body, timeout=None)

    # Cancelling

    def _cancel(self, run: str, reason: str, grace: float) -> None:
        with self._guard:
            carried = self._runs.get(run)
            if carried is None:
                raise SessionError(
                    f"run {run} is carried by nobody", code="KN311", remedy="look at its status"
                )
            carried.verdict = ("cancelled", reason, "KN302")
        timer = threading.Timer(grace, self._kill, (run,))
        timer.daemon = True
        timer.start()
        told = self._link.ask_later(
            "tell", {"run": run, "source": "", "to": "runner", "verb": "cancel", "reason": reason}
        )
        told.add_done_callback(lambda done: self._kill(run) if done.exception() else None)

    def _kill(self, run: str) -> None:
        with self._guard:
            carried = self._runs.get(run)
        if carried is not None:
            ray.kill(carried.runner, no_restart=True)

    # Coming back

    def _adopt(self) -> None:
        """Take over the runners that an earlier life of the pool has left."""
        named_actors: list[Any] = ray.util.list_named_actors(all_namespaces=True)
        for named in named_actors:
            name = named["name"]
            if named["namespace"] != actors.NAMESPACE or not name.startswith(actors.RUNNER):
                continue
            runner: Any = ray.get_actor(name, actors.NAMESPACE)
            free, _ = ray.wait([runner.ready.remote()], timeout=1.0)
            if free:
                self._idle.append(runner)

    def _recover(self) -> None:
        """Find out about every unfinished run of this cluster that the pool knows nothing of."""
        threading.Thread(target=self._recover_runs, name="kodonb-recover", daemon=True).start()

    def _recover_runs(self) -> None:
        time.sleep(_SETTLE_AFTER)
        log = SqlLog(self._home.settings.store)
        try:
            serving = {
                peer["run"]: peer["name"]
                for peer in self._link.ask("parts")["peers"]
                if peer["role"] == "runner"
            }
            query = RunQuery(status=_UNFINISHED, cluster=self._home.cluster, limit=None)
            for record in log.runs(query):
                with self._guard:
                    known = record.id in self._runs
                if not known:
                    self._recover_run(log, record.id, record.status, serving.get(record.id))
        except KodonbError:
            _log.exception("the pool could not look for unfinished runs")
        finally:
            log.close()

    def _recover_run(self, log: SqlLog, run: str, status: str, runner: str | None) -> None:
        if runner is not None:
            actor = ray.get_actor(runner, actors.NAMESPACE)
            with self._guard:
                self._runs[run] = _Carried(actor, None, None)
            self._watch(run, actor.ready.remote())
        elif status == "starting":
            self._launch(relaunch(log, log.find(run)), log.module(log.find(run).module))
        else:
            self._settle(run, "error", "its runner died while nobody watched", "KN305")


def _died(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"the runner died: {text[:300]}"
