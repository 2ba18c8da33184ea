"""Execute the quickstart notebook in an instance of its own and show what came of it.

The executed notebook is left in ``.demo/quickstart.ipynb``. The local Ray that the notebook
started is stopped at the end, whatever happened.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "quickstart.ipynb"
DEMO = ROOT / ".demo"
BIN = Path(sys.executable).parent


def main() -> int:
    """Run the demo; return the exit code of the process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    DEMO.mkdir(exist_ok=True)
    os.environ |= {
        "KODONB_HOME": str(DEMO / "home"),
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one of the user's
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    print(f"Executing {NOTEBOOK.relative_to(ROOT)}; the first cell that needs Ray takes about 20 seconds.")
    try:
        done = execute()
        print("\n$ kodonb runs", flush=True)
        listed = kodonb("runs")
    finally:
        kodonb("down")
    return 0 if done and listed == 0 else 1


def execute() -> bool:
    """Execute the notebook, print its text as it comes; return whether every cell succeeded."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=600,
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
        on_cell_executed=show,
        # Nobody else on the machine shall listen in, nor the kernel have to warn of it.
        config=Config(KernelManager={"transport_encryption": "auto"}),
    )
    try:
        client.execute()
    except CellExecutionError:
        print("\nA cell failed; the rest of the notebook was not executed.", file=sys.stderr)
        return False
    else:
        return True
    finally:
        nbformat.write(notebook, DEMO / NOTEBOOK.name)
        print(f"\nThe executed notebook: {(DEMO / NOTEBOOK.name).relative_to(ROOT)}")


def show(cell: dict[str, Any], **_: object) -> None:
    """Print a cell's first line and its outputs, as far as they are text."""
    print(f"\nIn [{cell['execution_count']}]: {(cell['source'].splitlines() or [''])[0]}")
    for output in cell["outputs"]:
        print(text(output).rstrip(), flush=True)


def text(output: dict[str, Any]) -> str:
    """Return the plain text of an output."""
    match output["output_type"]:
        case "stream":
            return str(output["text"])
        case "error":
            return "\n".join(output["traceback"])
        case _:
            return str(output["data"].get("text/plain", ""))


def kodonb(*arguments: str) -> int:
    """Call the command line; return its exit code."""
    return subprocess.run([BIN / "kodonb", *arguments], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
