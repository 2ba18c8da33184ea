"""Measures what kodonb promises: ``python -m tests.bench [GROUP...] [--json FILE] [--quick]``.

A benchmark is no test: it says what it found and succeeds, whether the numbers please or not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.bench import (
    batch,
    cold,
    exports,
    history,
    idle,
    imports,
    kumeo,
    language,
    serving,
    starts,
    stream,
    ui,
)
from tests.bench.bytecode import cached
from tests.bench.cluster import Clusters
from tests.bench.measure import Measure
from tests.bench.report import machine, table, write_json

GROUPS = {
    "imports": imports.measure,
    "history": history.measure,
    "starts": starts.measure,
    "stream": stream.measure,
    "idle": idle.measure,
    "cold": cold.measure,
    "batch": batch.measure,
    "exports": exports.measure,
    "serving": serving.measure,
    "language": language.measure,
    "kumeo": kumeo.measure,
    "ui": ui.measure,
}


def main() -> int:
    """Measure the groups that are asked for."""
    asked = _arguments()
    told = machine()
    print(", ".join(f"{name} {value}" for name, value in told.items()), flush=True)
    found: list[Measure] = []
    with cached(), Clusters(quick=asked.quick) as clusters:
        for name in ["ui"] if asked.ui else asked.groups or GROUPS:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            found += GROUPS[name](clusters)
    print(f"\n{table(found)}")
    if asked.json:
        write_json(asked.json, found, told)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers here")
    parser.add_argument("--ui", action="store_true", help="measure the live view alone, in Chromium")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and events; numbers wander more")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
