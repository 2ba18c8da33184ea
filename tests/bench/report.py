"""The measures as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from tests.bench.measure import Measure, shown

_HEAD = ("measure", "reach", "measured", "baseline", "ratio", "reached")
_REACHED = {True: "yes", False: "NO", None: ""}


def table(measures: Sequence[Measure]) -> str:
    """Return the measures in columns."""
    rows = [_HEAD, *(_row(measure) for measure in measures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _row(measure: Measure) -> tuple[str, ...]:
    baseline = f"{shown(measure.baseline, measure.unit)}  {measure.beside}".strip()
    ratio = "" if measure.ratio is None else f"{measure.ratio:.2f} x"
    value = shown(measure.value, measure.unit)
    return measure.name, measure.reach, value, baseline, ratio, _REACHED[measure.reached]


def machine() -> dict[str, Any]:
    """Return what the numbers depend on."""
    return {
        "cpus": os.cpu_count(),
        "cpu": _cpu(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in ("ray", "pandas", "pyzmq", "msgspec")},
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or sys.platform


def write_json(path: Path, measures: Sequence[Measure], told: dict[str, Any]) -> None:
    """Write the measures, their reach and the machine."""
    rows = [asdict(measure) | {"ratio": measure.ratio, "reached": measure.reached} for measure in measures]
    path.write_text(
        json.dumps({"machine": told, "measures": rows}, indent=2, ensure_ascii=False), encoding="utf-8"
    )
