"""Tries an export in a fresh interpreter, which has nothing but what is pinned."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from kodonb.export import isolated
from kodonb.model.errors import ServiceError

TIMEOUT: Final = 900.0
"""Seconds that the tests of an export may take."""

_TAIL: Final = 40  # lines of what the tests say


def check(made: Path, folder: Path, timeout: float = TIMEOUT) -> str:
    """Run the tests of an export in a copy of it, as flows may write files; return what they say at the end.

    Args:
        made: Where it is.
        folder: Where it will be, for messages.
        timeout: Seconds they may take.

    Raises:
        ServiceError: It cannot be imported, or a test fails (KN703).
    """
    with tempfile.TemporaryDirectory(prefix="kodonb-check-") as name:
        copy = shutil.copytree(made, Path(name) / "service")
        try:
            done = subprocess.run(
                [sys.executable, "-I", isolated.__file__, str(copy)],
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=timeout,
                cwd=copy,
                env={**_environment(), "KODONB_HOME": str(Path(name) / "home")},
            )
        except subprocess.TimeoutExpired as error:
            raise _broken(folder, f"its tests take longer than {timeout:g} s", _text(error.stdout)) from None
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0:
        raise _broken(folder, "its tests fail", done.stdout + done.stderr)
    return lines[-1] if lines else ""


def _text(said: str | bytes | None) -> str:
    """Return what a program printed; after a timeout that is bytes, whatever was asked for."""
    return said.decode(errors="replace") if isinstance(said, bytes) else said or ""


def _environment() -> dict[str, str]:
    """Return the environment without what is set for kodonb here: a service elsewhere has nothing of it."""
    ours = ("KODONB_", "RAY_", "PYTHON", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def _broken(folder: Path, what: str, said: str) -> ServiceError:
    error = ServiceError(
        f"the exported service does not work: {what}",
        code="KN703",
        where=str(folder),
        remedy="mend what the output above names, in the notebook; --unchecked writes the service all the same",
    )
    error.add_note("\n".join(said.strip().splitlines()[-_TAIL:]))
    return error
