"""The same views in Notebook 7 and in marimo."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import kodonb
from tests.ui.flows import ASK, SETUP, WORK
from tests.ui.jupyter import BIN, Jupyter

MARIMO = """import marimo

app = marimo.App()


@app.cell
def _():
    import marimo as mo
    from kodonb.widgets import RunWidget
    from tests.ui.marimo_flows import review

    mo.ui.anywidget(RunWidget(review.submit()))


app.run()
"""


@pytest.fixture
def notebook7(instance, tmp_path):
    with Jupyter(tmp_path / "notebook7", "notebook") as made:
        yield made


def test_a_run_is_watched_answered_and_sealed_in_notebook_7(open_notebook, notebook7):
    desk = open_notebook(
        SETUP, WORK, ASK, "%flow run work n=3 pause=0.3", "%flow run review", server=notebook7
    )
    desk.run(0, 1, 2)
    desk.start(3)
    desk.word(3, "running")
    assert "finished" in desk.sealed(3).inner_text()
    desk.ended(3)
    desk.start(4)
    desk.word(4, "awaiting")
    desk.view(4).get_by_label("Score").fill("7")
    desk.view(4).get_by_role("button", name="Answer").click()
    assert "finished" in desk.sealed(4).inner_text()


@pytest.fixture
def marimo(ray_session, tmp_path):
    """Address of a marimo application that shows a run which asks."""
    path, output = tmp_path / "app.py", tmp_path / "output"
    path.write_text(MARIMO)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        BIN / "marimo",
        "run",
        path,
        "--headless",
        "--no-token",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=file, stderr=file, start_new_session=True
        )
        try:
            yield _reached(f"http://127.0.0.1:{port}", process, output)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def _reached(url, process, output):
    until = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert process.poll() is None and time.monotonic() < until, output.read_text()
            time.sleep(0.2)
        else:
            return url


def test_a_question_is_answered_in_marimo(browser, marimo):
    page = browser.new_page()
    page.set_default_timeout(30_000)
    page.goto(marimo)
    page.get_by_text("Is the draft good enough?").first.wait_for()
    page.get_by_label("Score").fill("8")
    page.get_by_role("button", name="Answer").click()
    page.get_by_text("finished").first.wait_for()
    assert kodonb.attach("last").result() == 8
    page.close()
