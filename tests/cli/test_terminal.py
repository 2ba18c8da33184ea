"""The live view, on a real pseudo-terminal."""

import io
import os
import pty
import re
import signal

import pytest
from rich.console import Console

from kodonb.cli.picture import picture
from kodonb.display import RunView
from kodonb.events.plain import encode
from kodonb.model.event import Stored, event

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def screen(process, *words, until=None, sign=None):
    """Run a command on a terminal; return its exit code and what it wrote there."""
    ours, theirs = pty.openpty()
    child = process(*words, stdout=theirs)
    os.close(theirs)
    written = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        while chunk := _read(terminal):
            written += chunk
            if until is not None and until in written:
                child.send_signal(sign)
                until = None
    return child.wait(30), written.decode()


def _read(terminal):
    try:
        return terminal.read(65536)
    except OSError:  # the other end was closed
        return b""


def test_a_terminal_gets_a_picture_that_is_drawn_anew(process):
    code, written = screen(process, "run", "flows:good", "n=2")
    plain = _ESCAPE.sub("", written)
    assert code == 0
    assert written != plain
    assert (
        "✓ finished" in plain
        and "2 steps: 2 finished" in plain
        and "hello you" in plain
        and "best = 0.5" in plain
    )
    assert plain.splitlines()[-1] == 'result: {"sum":2}'


def test_json_on_a_terminal_is_json(process):
    code, written = screen(process, "run", "flows:good", "--json")
    assert code == 0 and written.splitlines()[-1].startswith('{"run":')


def test_ctrl_c_leaves_the_last_picture(process):
    code, written = screen(process, "run", "flows:slow", until=b"waiting", sign=signal.SIGINT)
    assert code == 130 and "waiting" in written


def drawn(*told):
    view = RunView("r1")
    for offset, (kind, source, payload) in enumerate(told):
        view.take(event("r1", Stored(offset, 1_800_000_000_000_000, kind, source, encode(payload))))
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(picture(view))
    return console.export_text()


def test_what_a_flow_says_is_no_markup():
    text = drawn(("stdout", "flow", {"text": "[red]plain[/red] \x1b[31mescaped\n"}))
    assert "[red]plain[/red] escaped" in text and "\x1b" not in text


def test_the_picture_shows_how_to_answer():
    lock = {"lock": "flow.1", "title": "How many?", "schema": {"properties": {"size": {"type": "integer"}}}}
    text = drawn(("lock", "flow", lock | {"timeout": None, "default": None}))
    assert "? How many?" in text and "kodonb answer r1 size=" in text


@pytest.mark.parametrize(("total", "said"), [(10, "4 / 10 it"), (None, "4 it")])
def test_the_picture_shows_progress(total, said):
    bar = {"id": "1", "title": "reading", "done": 4, "total": total, "unit": "it"}
    text = drawn(("progress", "flow", bar))
    assert "reading" in text and said in text


def test_the_picture_shows_errors_that_did_not_end_the_run():
    text = drawn(("error", "flow", {"type": "ValueError", "message": "first try", "code": None}))
    assert "ValueError: first try" in text
