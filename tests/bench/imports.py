"""What importing kodonb and loading its extension take, beside pandas."""

from __future__ import annotations

import subprocess
import sys

from tests.bench.cluster import Clusters
from tests.bench.measure import Measure, medians

_TIMED = "import time; began = time.perf_counter(); {}; print(time.perf_counter() - began)"
_KODONB = _TIMED.format("import kodonb")
_PANDAS = _TIMED.format("import pandas")
_EXTENSION = (
    "from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance(); "
    + _TIMED.format("shell.run_line_magic('load_ext', 'kodonb')")
    + "; assert 'flow' in shell.magics_manager.magics['cell']"
)


def measure(clusters: Clusters) -> list[Measure]:
    """Measure in fresh interpreters, in turn."""
    for code in (_KODONB, _EXTENSION, _PANDAS):
        _fresh(code)  # files are in the page cache from here on, bytecode is written
    found = medians(
        lambda: _fresh(_KODONB),
        lambda: _fresh(_EXTENSION),
        lambda: _fresh(_PANDAS),
        rounds=3 if clusters.quick else 9,
    )
    names = (("import kodonb", 0.3), ("%load_ext kodonb", 0.6))
    return [
        Measure(
            name=name, value=value, unit="ms", beside="import pandas", baseline=found[2], ratio_at_most=bound
        )
        for (name, bound), value in zip(names, found[:2], strict=True)
    ]


def _fresh(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])
