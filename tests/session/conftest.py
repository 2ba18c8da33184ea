from __future__ import annotations

import time

import pytest


@pytest.fixture
def trace(tmp_path):
    """A file in which flows leave traces of what was executed."""
    return Trace(tmp_path / "trace")


class Trace:
    def __init__(self, path):
        self.path = path

    def __str__(self):
        return str(self.path)

    def lines(self):
        return self.path.read_text().splitlines() if self.path.exists() else []

    def wait(self, count=1):
        until = time.monotonic() + 10
        while len(self.lines()) < count:
            assert time.monotonic() < until, "nothing was executed"
            time.sleep(0.005)
