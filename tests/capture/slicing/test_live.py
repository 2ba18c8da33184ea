"""The proof: the exported module, captured, is the very module that ran when the flow was captured live."""

import importlib
import sys

import pytest

from kodonb.capture import Source, capture
from kodonb.capture.slicing import Entry, cut
from tests.capture.slicing.test_changes import COME
from tests.capture.slicing.test_definitions import CASES


def captured_again(cells, tmp_path, monkeypatch, decorator=""):
    """Return what is captured of the flow that the slice's module, written to a file, defines."""
    sources = [Source(text, f"cell {number}") for number, text in enumerate(cells, 1)]
    found = cut(sources, [Entry("main", decorator)], folder=tmp_path)
    package = tmp_path / "exported_service"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "flows.py").write_text(found.module.source)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    for name in ("exported_service.flows", "exported_service"):
        sys.modules.pop(name, None)
    return capture(importlib.import_module("exported_service.flows").main)


NAMES = {
    "helpers and imports": ("import math\nfrom math import sqrt as root, floor\nLIMIT = 60 * 60  # s", "# about it\ndef half( x ):\n    return root(x) / 2", "def main(x):\n    return math.floor(half(x) * LIMIT)"),
    "redefined": ("def helper():\n    return 1", "def main():\n    return helper()", "def helper():\n    return 2"),
    "shadowed": ("x = 1\nlist = [x]\nx = 2", "def main():\n    return list, x"),
    "augmented": ("x = 1", "x += 2\ny = x * 2", "def main():\n    return x, y"),
    "several targets": ("a, b = 1, 2\nc = d = [3]", "def main():\n    return a, c, d"),
    "computed by own functions": ("def make(n):\n    return {str(i): i for i in range(n)}", "TABLE = make(3)", "def main():\n    return TABLE"),
    "defined after use": ("def main():\n    return late()", "def late():\n    return LATER", "LATER = 3"),
    "walrus and comprehension": ("xs = [(y := n) for n in range(3)]", "def main():\n    return xs, y"),
    "conditional import": ("try:\n    import math as m\nexcept ImportError:\n    m = None", "def main():\n    return m.pi"),
    "conditional import of what is not there": ("try:\n    import not_there as n\nexcept ImportError:\n    n = None", "def main():\n    return n"),
    "star import": ("from textwrap import *\nfrom math import *", "def main():\n    return dedent('a'), sqrt(4)"),
    "imported twice": ("import json\nX = json.dumps(1)", "import json", "def main():\n    return json, X"),
    "global": ("n = 0\ndef bump():\n    global n\n    n += 1", "def main():\n    bump()\n    return n"),
    "environment": ("import os\nX = os.environ.get('NOT_SET', 'x')", "def main():\n    return X"),
    "patterns": ("import re, logging\nP = re.compile('a')  # a\nlog = logging.getLogger('x')", "def main():\n    log.info('x')\n    return P"),
    "lambda": ("twice = lambda x: x * 2", "def main():\n    return twice(2)"),
    "postponed": ("from __future__ import annotations\nclass A:\n    pass", "def main(x: A | B = None):\n    return x", "class B:\n    n: int = 1"),
    "lines on one line": ("a = 1; b = 2; c = 3", "def main():\n    return a, c"),
    "steps": ("import kodonb as kb\n@kb.step(retries=2)\ndef s(x):\n    return x\n", "def main():\n    return s(1)"),
    "a loop that fills": ("x = {}\nfor n in range(3):\n    x[n] = n", "def main():\n    return x"),
    "magics around": ("%%time\ny = 2", "%who\nx = 1", "!true\ndef main():\n    return x, y"),
    "long": ("\n".join(f"x{n} = {n}" for n in range(200)), "def main():\n    return " + " + ".join(f"x{n}" for n in range(0, 200, 7))),
}  # fmt: skip
EXCEPT = {
    # Captured live, a name is what it is bound to then, also for a decorator that was applied when it was another.
    "decorator with arguments",
    # Captured live, a closure is a pickle, which holds the file names and line numbers of its code.
    "a closure that counts",
}
EVERYTHING = {**NAMES, **{name: cells for name, cells in {**CASES, **COME}.items() if name not in EXCEPT}}


@pytest.mark.parametrize("cells", EVERYTHING.values(), ids=EVERYTHING)
def test_the_exported_module_is_the_one_that_ran(cells, notebook, tmp_path, monkeypatch):
    notebook.run(*cells)
    live = capture(notebook["main"])
    again = captured_again(cells, tmp_path, monkeypatch)
    assert again.source == live.source
    assert again.code == live.code


@pytest.fixture
def magics(notebook):
    from IPython.core.displaypub import CapturingDisplayPublisher

    from kodonb.flows import register
    from kodonb.magics import unload_ipython_extension

    known = dict(register._flows)
    notebook.shell.display_pub = CapturingDisplayPublisher(parent=notebook.shell)
    yield notebook.run("%load_ext kodonb")
    unload_ipython_extension(notebook.shell)
    register._flows.clear()
    register._flows.update(known)


def test_of_a_flow_by_magic_the_decorator_is_all_that_is_added(magics, tmp_path, monkeypatch):
    cells = (
        "%load_ext kodonb\nimport kodonb as kb\nLIMIT = 3",
        "%%flow other\ndef count(n: int) -> int:\n    return n + LIMIT",
        "%%flow digits --tag search\nfrom typing import Literal\n\n\n@kb.step\ndef one(x: int) -> int:\n    return other(x)\n\n\n# It counts.\ndef main(n: Literal[1, 2] = 1) -> int:\n    '''Count.'''\n    return one(n)",
        "%flow list",
    )
    magics.run(*cells)
    live = capture(magics["main"])
    line = '@kb.flow(name="digits", tags=["search"])'
    again = captured_again(cells, tmp_path, monkeypatch, line)
    assert again.source.replace(f"{line}\n", "") == live.source
    assert "other = count" in live.source
