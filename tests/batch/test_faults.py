"""What goes wrong with a kernel, a disk or a signal: an exit code, one message, and whole files."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import nbformat
import pytest

from kodonb.batch.client import MOST
from kodonb.batch.files import read
from tests.batch.conftest import printed


def finish(process, within=60):
    out, err = process.communicate(timeout=within)
    return process.returncode, out, err


def started(tmp_path, text, within=60):
    """Wait until a kernel has written a file; return its process id."""
    end = time.monotonic() + within
    while not (tmp_path / text).exists() or not (tmp_path / text).read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    return int((tmp_path / text).read_text())


def gone(pid, within=10):
    end = time.monotonic() + within
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


TELL = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))\n"


def test_a_kernel_that_is_killed(notebook, tmp_path, process):
    going = process("run", notebook("print('before')", TELL + "time.sleep(60)"), "-o", "out.ipynb")
    os.kill(started(tmp_path, "pid"), signal.SIGKILL)
    code, _, err = finish(going)
    assert code == 1 and "KN604: the kernel died" in err and "cell 2" in err
    assert printed(read(tmp_path / "out.ipynb")) == "before\n"


@pytest.mark.parametrize(
    "source", ["import os\nos._exit(3)", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"]
)
def test_a_cell_that_ends_its_process(notebook, job, source):
    outcome, _, _ = job(notebook("1", source))
    assert outcome.error["code"] == "KN604" and outcome.error["where"] == "work.ipynb, cell 2"


def test_a_cell_that_exits_fails(notebook, job):
    outcome, _, _ = job(notebook("import sys\nsys.exit(3)", "print('after')"))
    assert outcome.status == "failed" and outcome.error["message"].startswith("SystemExit: 3")


def test_a_kernel_that_is_not_installed(notebook, process):
    code, _, err = finish(process("run", notebook("1"), "--kernel", "nowhere"))
    assert code == 1 and "KN603: there is no kernel 'nowhere'" in err and "python3" in err


def test_a_kernel_that_does_not_start(notebook, job, tmp_path, monkeypatch):
    folder = tmp_path / "kernels" / "kernels" / "broken"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["false"], "display_name": "Broken", "language": "python"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "kernels"))
    outcome, _, _ = job(notebook("1"), kernel="broken")
    assert outcome.error["code"] == "KN603" and "did not start" in outcome.error["message"]


def test_a_cell_that_prints_without_end(notebook, job):
    source = "line = 'x' * 999_999\nfor _ in range(200):\n    print(line)"
    outcome, _, executed = job(notebook(source, "print('after')"))
    assert outcome.status == "ok"
    [first, second] = [c for c in executed.cells if c.cell_type == "code"]
    assert len(first.outputs[0].text) <= MOST and "more characters were printed" in first.outputs[-1].text
    assert second.outputs[0].text == "after\n"


def test_a_cell_that_hangs_and_ignores_interrupts(notebook, job, tmp_path):
    stubborn = (
        TELL + "while True:\n    try:\n        time.sleep(60)\n    except KeyboardInterrupt:\n        pass"
    )
    outcome, _, _ = job(notebook(stubborn), cell_timeout=2.0)
    assert outcome.status == "late" and gone(started(tmp_path, "pid"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_keeps_what_is_done_and_stops_the_kernel(notebook, tmp_path, process, number, code):
    path = notebook("print('before')", TELL + "print('within', flush=True)\ntime.sleep(60)")
    going = process("run", path, "-o", "out.ipynb", "--junit", "x.xml")
    kernel = started(tmp_path, "pid")
    time.sleep(0.5)
    going.send_signal(number)
    assert finish(going)[0] == code and gone(kernel)
    kept = read(tmp_path / "out.ipynb")
    assert printed(kept) == "before\nwithin\n" and kept.metadata.kodonb.status == "interrupted"
    assert 'skipped="1"' in (tmp_path / "x.xml").read_text()
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_batch_and_keeps_what_is_done(notebook, tmp_path, process, number, code):
    done = notebook("print('done')", name="done.ipynb")
    going = notebook(
        "print('before')", TELL + "print('within', flush=True)\ntime.sleep(60)", name="going.ipynb"
    )
    waiting = notebook("print('never')", name="waiting.ipynb")
    command = process("batch", done, going, waiting, "-n", "1", "-o", "out", "--junit", "x.xml")
    kernel = started(tmp_path, "pid")
    time.sleep(0.5)
    command.send_signal(number)
    ended, out, _ = finish(command)
    assert ended == code and gone(kernel) and "done.ipynb: ok" in out
    kept = {path.name: read(path) for path in (tmp_path / "out").iterdir()}
    assert {name: (printed(each), each.metadata.kodonb.status) for name, each in kept.items()} == {
        "done.ipynb": ("done\n", "ok"),
        "going.ipynb": ("before\nwithin\n", "interrupted"),
    }
    suites = ET.parse(tmp_path / "x.xml").getroot()
    assert [(suite.get("name"), suite.get("errors"), suite.get("skipped")) for suite in suites] == [
        ("out/done.ipynb", "0", "0"),
        ("out/going.ipynb", "1", "1"),
    ]


def test_a_job_that_is_killed_leaves_what_it_had(notebook, tmp_path, process):
    going = process("run", notebook("print('before')", TELL + "time.sleep(30)"), "-o", "out.ipynb")
    kernel = started(tmp_path, "pid")
    going.kill()
    finish(going)
    assert printed(read(tmp_path / "out.ipynb")) == "before\n"
    os.kill(kernel, signal.SIGKILL)


def test_a_disk_that_takes_no_more(notebook, tmp_path):
    path = notebook("print('x' * 1000)", "print('x' * 100_000)")
    command = [Path(sys.executable).parent / "kodonb", "run", path, "-o", "out.ipynb"]
    limit = (30_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit),
    )
    assert done.returncode == 1 and "KN605: out.ipynb cannot be written: File too large" in done.stderr
    assert printed(read(tmp_path / "out.ipynb")) == "x" * 1000 + "\n"
    assert not list(tmp_path.glob(".out*"))


def test_two_jobs_that_write_one_file(notebook, tmp_path, process):
    path = notebook(TELL + "time.sleep(30)")
    going = process("run", path, "-o", "out.ipynb")
    started(tmp_path, "pid")
    code, _, err = finish(process("run", path, "-o", "out.ipynb"))
    assert code == 1 and "KN606: another job" in err
    going.terminate()
    finish(going)


def test_a_notebook_of_many_cells(notebook, job):
    began = time.perf_counter()
    outcome, _, executed = job(notebook(*[f"x = {number}" for number in range(5000)]))
    assert outcome.status == "ok" and len(outcome.cells) == 5000
    assert executed.cells[-1].execution_count == 5000
    print(f"5,000 cells in {time.perf_counter() - began:.0f} s")


def test_a_kernel_of_another_language(notebook, job, tmp_path, monkeypatch):
    folder = tmp_path / "kernels" / "kernels" / "bash"
    folder.mkdir(parents=True)
    argv = f'["{sys.executable}", "{Path(__file__).parent / "shell_kernel.py"}", "-f", "{{connection_file}}"]'
    (folder / "kernel.json").write_text(f'{{"argv": {argv}, "display_name": "Shell", "language": "bash"}}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "kernels"))
    path = notebook("echo kodonb", kernelspec={"name": "bash", "display_name": "Shell", "language": "bash"})
    outcome, _, executed = job(path)
    assert outcome.status == "ok" and printed(executed) == "kodonb\n"
    assert nbformat.validate(executed) is None
