"""Outputs of cells are compared with the saved ones when that is asked for."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

from kodonb.batch.testing.compare import differences
from kodonb.batch.testing.sanitize import sanitizer

pytestmark = pytest.mark.timeout(110)

FLOW = """%%flow work
import kodonb as kb

@kb.step
def half(x: float) -> float:
    return x / 2

def work(x: float = 3.0) -> float:
    return half.submit(x).result()
"""
REPLACED = (
    "from IPython.display import display, update_display\n"
    "display({'text/plain': 'state %d' % 1}, raw=True, display_id='it')\n"
    "update_display({'text/plain': 'state %d' % 2}, raw=True, display_id='it')"
)


def executed(path):
    notebook = nbformat.read(path, as_version=4)
    quiet = Config(KernelManager={"transport_encryption": "auto"})
    NotebookClient(notebook, timeout=60, allow_errors=True, config=quiet).execute()
    nbformat.write(notebook, path)
    return path


def put(path, old, new):
    """Change a saved output."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_outputs_differ_or_not_whatever_differs_each_time(folder):
    path = executed(
        folder.notebook(
            "a.ipynb",
            "%load_ext kodonb",
            FLOW,
            "%flow run work x=5 -o run",
            "run",
            REPLACED,
            "import sys\nfor n in range(3):\n    print(n)\n    print(n, file=sys.stderr)",
            "import time\nprint(f'{time.time_ns() % 1000} apples')",
            ("import uuid\nprint(uuid.uuid4())", ["nbval-ignore-output"]),
            ("1 / 0", ["raises-exception"]),
        )
    )
    (folder.path / "more.cfg").write_text("[apples]\nregex: \\d+ apples\nreplace: APPLES\n")
    folder.ini(
        "asyncio_default_fixture_loop_scope = function",
        "notebooks_compare = true",
        "notebooks_sanitize = more.cfg",
    )
    assert folder.pytest("--notebooks", "a.ipynb").counts == {"passed": 9}

    put(path, "state 2", "state 1")
    put(path, "division by zero", "division by one")
    put(path, "✓ finished", "✗ error")
    done = folder.pytest("--notebooks", "a.ipynb")
    assert done.counts == {"failed": 4, "passed": 5}
    assert "  text/plain\n" not in done.text and "\n  -state 1\n  +state 2\n" in done.text
    assert "  -ZeroDivisionError: division by one\n  +ZeroDivisionError: division by zero\n" in done.text
    assert "FAILED a.ipynb::cell 3 (c3) - outputs are not as saved" in done.text


def test_without_being_asked_only_cells_that_say_so_are_compared(folder):
    path = folder.notebook(
        "a.ipynb", "print(1)", ("print(2)", ["nbval-check-output"]), "# NBVAL_CHECK_OUTPUT\nprint(3)"
    )
    executed(path)
    for number in (1, 2, 3):
        put(path, f'"{number}\\n"', f'"{number + 5}\\n"')
    done = folder.pytest("--notebooks", "a.ipynb")
    assert done.counts == {"failed": 2, "passed": 1} and "  -7\n  +2\n" in done.text


def test_cells_that_were_never_executed_have_nothing_to_compare(folder):
    folder.notebook("a.ipynb", "print(1)")
    assert folder.pytest("--notebooks", "a.ipynb", "--notebooks-compare").counts == {"passed": 1}


def test_a_pattern_that_is_none_is_a_clear_error(folder):
    executed(folder.notebook("a.ipynb", "print(1)"))
    (folder.path / "bad.cfg").write_text("regex: (\nreplace: x\n")
    done = folder.pytest("--notebooks", "a.ipynb", "--notebooks-compare", "--notebooks-sanitize", "bad.cfg")
    assert "bad.cfg cannot be used: missing )" in done.text


def stream(text, name="stdout"):
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data):
    data = {name.replace("_", "/"): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {"any": 1}, "data": data}


@pytest.mark.parametrize(
    ("saved", "new"),
    [
        ([stream("a"), stream("x", "stderr"), stream("b")], [stream("x", "stderr"), stream("ab")]),
        ([stream("10%\r20%\rdone\n")], [stream("done\n")]),
        ([stream("ab\x08c\n")], [stream("ac\n")]),
        ([shown(text_plain="a"), stream("s")], [stream("s"), shown(text_plain="a")]),
        ([shown(text_plain="a", image_png="AA==")], [shown(text_plain="a", image_png="BB==")]),
        ([shown(text_plain="after 12 ms")], [shown(text_plain="after 3.4 s")]),
    ],
)
def test_what_means_the_same_does_not_differ(saved, new):
    assert differences(saved, new, sanitizer([])) == []


@pytest.mark.parametrize(
    ("saved", "new", "told"),
    [
        ([stream("a\n")], [], "stdout: 1 saved, 0 now"),
        (
            [shown(text_plain="a")],
            [shown(text_plain="a"), shown(text_plain="b")],
            "text/plain: 1 saved, 2 now",
        ),
        ([shown(application_json={"a": 1})], [shown(application_json={"a": 2})], "application/json"),
        ([stream("a\nb\n")], [stream("a\nc\n")], "stdout"),
    ],
)
def test_what_differs_is_told_by_kind(saved, new, told):
    assert differences(saved, new, sanitizer([]))[0] == told


def test_a_long_difference_is_cut():
    lines = differences([stream("a\n" * 500)], [stream("b\n" * 500)], sanitizer([]))
    assert len(lines) == 61 and lines[-1] == "… and 944 more lines"
