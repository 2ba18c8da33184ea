"""Bytecode for the processes that are measured, even where the environment forbids to write it.

Without it every new process would compile all that it imports, and starts would measure Python's compiler.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def cached() -> Iterator[None]:
    """Let child processes keep their bytecode, in a folder of its own where they may not keep it beside the source."""
    if not os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="kodonb-bench-", ignore_cleanup_errors=True) as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        yield
