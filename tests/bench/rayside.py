"""What plain Ray takes on the same cluster: a driver in a process of its own that does one thing at a time."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from types import TracebackType
from typing import Any, Self


class Ray:
    """A plain Ray driver.

    Args:
        address: Address of the cluster.
        environment: What the driver's environment must hold.
    """

    def __init__(self, address: str, environment: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.bench.rayside", address]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment
        )

    def task(self, rounds: int) -> float:
        """Return the median seconds of a task's round trip."""
        return self._do("task", rounds)

    def call(self, rounds: int) -> float:
        """Return the median seconds of an actor call."""
        return self._do("call", rounds)

    def actor(self) -> float:
        """Return the seconds that creating and calling an actor of a new class takes."""
        return self._do("actor", 1)

    def _do(self, what: str, rounds: int) -> float:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(what, rounds, file=self._process.stdin, flush=True)
        return statistics.median(json.loads(self._process.stdout.readline()))

    def __enter__(self) -> Self:
        """Connected when it first answers."""
        self.task(20)
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Leave the cluster."""
        self._process.communicate()


def main(address: str) -> None:
    """Do what the lines of standard input say and answer each with the seconds of its rounds."""
    import ray

    ray.init(address=address, namespace="kodonb-bench", log_to_driver=False, logging_level="error")
    nothing = ray.remote(_nothing)
    known = _new_actor(ray)
    verbs = {
        "task": lambda: ray.get(nothing.remote()),
        "call": lambda: ray.get(known.ready.remote()),
        "actor": lambda: _create(ray),
    }
    ray.get(known.ready.remote())
    for line in sys.stdin:
        what, rounds = line.split()
        print(json.dumps([_timed(verbs[what]) for _ in range(int(rounds))]), flush=True)
    ray.shutdown()


def _timed(do: Any) -> float:
    began = time.perf_counter()
    made = do()
    taken = time.perf_counter() - began
    del made  # an actor ends here, after its time was taken
    return taken


def _nothing() -> None:
    pass


def _create(ray: Any) -> Any:
    actor = _new_actor(ray)
    ray.get(actor.ready.remote())
    return actor


def _new_actor(ray: Any) -> Any:
    class Fresh:
        def ready(self) -> None:
            pass

    return ray.remote(Fresh).options(num_cpus=0).remote()


if __name__ == "__main__":
    main(sys.argv[1])
