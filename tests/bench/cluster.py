"""Local instances to measure on, one at a time, each in a home of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from types import TracebackType
from typing import Self

import psutil

from kodonb import session as sessions
from kodonb.model.settings import settings
from kodonb.session.ray.instance import Instance
from kodonb.session.ray.session import RaySession
from tests.bench.rayside import Ray

_PATIENCE = 180.0  # seconds for runners to become ready


class Cluster:
    """A running instance.

    Args:
        warm: How many runners it keeps ready.
    """

    def __init__(self, warm: int) -> None:
        self.warm = warm
        self._ends = ExitStack()
        home = self._ends.enter_context(
            tempfile.TemporaryDirectory(prefix="kodonb-bench-", ignore_cleanup_errors=True)
        )
        os.environ.update(KODONB_HOME=home, KODONB_NUM_CPUS="2", KODONB_WARM=str(warm), KODONB_SESSION="ray")
        os.environ.pop("KODONB_STORE", None)
        told = settings()
        self.session = RaySession(told)
        self._ends.callback(shutil.rmtree, Instance(told).temporary, ignore_errors=True)
        self._ends.callback(sessions.disconnect)
        self._ends.callback(self.session.down)
        try:
            self.session.up()
            sessions.connect(self.session)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop the instance."""
        self._ends.close()

    @property
    def head(self) -> psutil.Process:
        """The process from which all others of the instance descend."""
        return psutil.Process(self.session.up()["pid"])

    def ray(self) -> Ray:
        """Return a plain Ray driver on the same cluster, to be left by ``with``."""
        return Ray(self.address, self.ray_environment())

    def ray_environment(self) -> dict[str, str]:
        """Return what the environment of a plain Ray driver must hold."""
        return {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(self.session.settings.home / "token")}

    @property
    def address(self) -> str:
        """Address of the Ray cluster."""
        for process in self.head.children(recursive=True):
            for argument in process.cmdline():
                if argument.startswith("--gcs-address="):
                    return argument.partition("=")[2]
        raise RuntimeError("Ray's processes do not tell the address of their cluster")

    def settle(self, busy: int = 0, quiet: float = 1.0) -> None:
        """Wait until the pool is full again and nothing else goes on.

        Args:
            busy: How many runners carry a run meanwhile.
            quiet: Seconds that what has just started gets for its last work.
        """
        until = time.monotonic() + _PATIENCE
        while True:
            carried = [runner["run"] is not None for runner in self.session.parts()["runners"]]
            if sorted(carried) == [False] * self.warm + [True] * busy:
                break
            if time.monotonic() > until:
                raise RuntimeError(
                    f"the pool did not settle: {len(carried)} runners, {sum(carried)} of them busy"
                )
            time.sleep(0.1)
        time.sleep(quiet)


class Clusters:
    """Starts an instance when it is first needed.

    Args:
        quick: Whether to measure less.
    """

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self._now: Cluster | None = None

    def __call__(self, warm: int = 2) -> Cluster:
        """Return an instance with so many warm runners; another one is stopped."""
        if self._now is None or self._now.warm != warm:
            self._stop()
            self._now = Cluster(warm)
        return self._now

    def _stop(self) -> None:
        now, self._now = self._now, None
        if now is not None:
            now.close()

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Stop what runs."""
        self._stop()
