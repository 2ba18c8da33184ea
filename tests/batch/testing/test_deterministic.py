"""With KODONB_DETERMINISTIC=1 what is shown is equal each time."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

import kodonb as kb
from kodonb.display import run_html, run_text
from kodonb.model import run as runs
from kodonb.model.errors import RunError, UsageError
from kodonb.model.settings import settings
from tests.batch.testing import flows

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"


@pytest.fixture
def steady(monkeypatch, inline):
    """The inline session of a process that has made no runs yet, in the mode."""
    monkeypatch.setenv("KODONB_DETERMINISTIC", "1")
    monkeypatch.setattr(runs, "_made", {})
    return kb.connect("inline")


def shown(run):
    run.wait()
    return repr(run), run._repr_html_()


def again(monkeypatch):
    monkeypatch.setattr(runs, "_made", {})


def test_a_picture_is_equal_each_time_and_says_that_the_run_is_the_first(steady, monkeypatch):
    pictures = set()
    for _ in range(3):
        again(monkeypatch)
        pictures.add(shown(flows.work.submit()))
    [(text, markup)] = pictures
    assert text.startswith("✓ finished  Work  run 1  —\n")
    assert [line.split()[1] for line in text.splitlines() if "part#" in line] == [
        f"part#{n}" for n in range(1, 13)
    ]
    assert "<svg" in markup and "Timeline" not in markup


def test_parallel_work_on_a_cluster_is_drawn_in_the_order_of_its_ids(steady, monkeypatch):
    # As on a cluster: steps run at the same time, and their events come in another order each time.
    monkeypatch.delenv("KODONB_DETERMINISTIC")
    kb.connect("inline")
    done = [flows.work.submit() for _ in range(3)]
    for run in done:
        run.wait()
    monkeypatch.setenv("KODONB_DETERMINISTIC", "1")
    views = [run.view() for run in done]
    for view in views:
        view.run = "x"
        view.counts.pop("progress")
    assert len({run_text(view) for view in views}) == 1
    assert len({run_html(view) for view in views}) == 1


def test_a_run_is_found_by_what_it_is_called_and_keeps_its_id(steady):
    first, second = flows.work.submit(count=1).wait(), flows.work.submit(count=1).wait()
    assert "run 2" in repr(second)
    assert kb.attach("1").id == first.id and kb.attach("last").id == second.id
    assert kb.attach(first.id[:12]).id == first.id and len(first.id) == 14
    listed = kb.runs()
    assert listed.id.tolist() == ["2", "1"]
    assert listed.seconds.isna().all() and listed.created.isna().all() and not listed.user.any()


def test_runs_of_other_processes_are_not_listed(steady, monkeypatch):
    flows.work.submit(count=1).wait()
    again(monkeypatch)
    assert kb.runs().empty
    flows.work.submit(count=1).wait()
    assert kb.runs(limit=5).id.tolist() == ["1"]


def test_errors_name_runs_as_pictures_do(steady):
    run = flows.fail.submit()
    with pytest.raises(RunError, match=r"KN301: run 1 of fail failed: ") as caught:
        run.result()
    assert "%flow show 1;" in str(caught.value) and caught.value.run == run.id


def test_events_of_progress_are_as_many_each_time(steady):
    assert [event.payload["done"] for event in flows.slow.submit().wait().events("progress")] == [0, 4]


def test_without_the_mode_ids_are_shown(inline):
    run = flows.work.submit(count=1).wait()
    assert f"run {run.id[:10]}" in repr(run) and runs.called(run.id) == run.id and runs.meant("1") == "1"


def test_the_setting_is_0_or_1(monkeypatch):
    monkeypatch.setenv("KODONB_DETERMINISTIC", "yes")
    with pytest.raises(UsageError, match="KODONB_DETERMINISTIC is 'yes'"):
        settings()


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """The notebooks of this repository, executed in the mode, beside what they read."""
    folder = tmp_path_factory.mktemp("all")
    shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KODONB_HOME", str(folder / "home"))
        patch.setenv("KODONB_SESSION", "inline")
        patch.setenv("KODONB_DETERMINISTIC", "1")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        for name in [name for name in os.environ if name.startswith("PYTEST_")]:
            patch.delenv(name)
        asyncio.run(execute((folder / "notebooks").glob("*.ipynb")))
        yield folder / "notebooks"


async def execute(paths):
    """Execute notebooks, two at a time."""
    quiet = Config(KernelManager={"transport_encryption": "auto"})
    free = asyncio.Semaphore(2)

    async def one(path):
        notebook = nbformat.read(path, as_version=4)
        folder = {"metadata": {"path": str(path.parent)}}
        async with free:
            await NotebookClient(notebook, timeout=120, config=quiet, resources=folder).async_execute()
        nbformat.write(notebook, path)

    await asyncio.gather(*map(one, paths))


@pytest.mark.timeout(600)
def test_plain_nbval_passes_on_every_notebook_twice(executed):
    # One home for all of it: what others have done there is no matter.
    command = [
        "-m",
        "pytest",
        "--nbval",
        executed,
        "-n2",
        "--dist=loadfile",
        "-p",
        "no:cacheprovider",
        "--color=no",
    ]
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=executed,
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_ids_and_durations_are_in_no_output(executed):
    for path in executed.glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        outputs = json.dumps([cell.get("outputs") for cell in cells])
        pictures = outputs.count('"\\u2713 finished')
        assert pictures == 0 or "run 1  \\u2014" in outputs, path.name
