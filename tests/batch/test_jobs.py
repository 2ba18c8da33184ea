"""Notebooks that are executed: cells, runs in them, questions, time."""

import asyncio
import json

import nbformat
import pytest

from kodonb.batch.job import Job, perform
from kodonb.batch.reports import write_html, write_junit
from tests.batch.conftest import printed

LOAD = "%load_ext kodonb\nimport kodonb as kb\nfrom pydantic import BaseModel"
ASK = '''class Choice(BaseModel):
    """Pick one."""
    size: int

@kb.flow
def asks():
    return kb.ask(Choice, "How many?").size'''


def test_a_notebook_is_executed_and_told_cell_by_cell(notebook, job):
    outcome, heard, executed = job(notebook("x = 1", "", "print(x + 1)"))
    assert outcome.status == "ok" and [cell.number for cell in outcome.cells] == [1, 2]
    assert heard.cells == [1, 2] and heard.overs == 1
    assert printed(executed) == "2\n" and executed.metadata.kodonb.status == "ok"


def test_a_failed_cell_is_told_with_its_line_and_ends_the_job(notebook, job, tmp_path):
    outcome, _, executed = job(notebook("print('before')", "x = 1\nx / 0", "print('after')"))
    error = outcome.error
    assert outcome.status == "failed" and error["code"] == "KN602"
    assert (
        error["message"] == "ZeroDivisionError: division by zero"
        and error["where"] == "work.ipynb, cell 2, line 2"
    )
    assert printed(executed) == "before\n" and executed.cells[2].outputs[-1].ename == "ZeroDivisionError"
    write_junit([outcome], tmp_path / "x.xml")
    text = (tmp_path / "x.xml").read_text()
    assert 'tests="3" failures="1" errors="0" skipped="1"' in text and "cell 2, line 2" in text


def test_an_exception_that_is_expected_fails_nothing(notebook, job):
    outcome, _, executed = job(notebook(("1 / 0", "raises-exception"), "print(1)"))
    assert outcome.status == "ok" and printed(executed) == "1\n"


def test_runs_are_waited_for_recorded_and_heard(notebook, job):
    path = notebook(
        LOAD,
        "import time\n@kb.flow\ndef slow():\n    time.sleep(0.5)\n    kb.emit('action', {'x': 1})",
        "_ = slow.submit()",
    )
    outcome, heard, executed = job(path)
    assert outcome.status == "ok" and heard.runs == [("slow", "starting"), ("slow", "finished")]
    assert "action" in heard.kinds and heard.kinds[-1] == "status"
    [kept] = executed.metadata.kodonb.runs
    assert kept == {"run": outcome.runs[0].run, "flow": "slow", "cell": 3, "status": "finished"}


def test_a_run_that_fails_fails_its_cell_with_the_line_of_the_flow(notebook, job):
    path = notebook(LOAD, "%%flow bad\ndef bad():\n    x = 1\n    return x / 0", "%flow run bad")
    outcome, _, _ = job(path)
    assert outcome.error["where"].startswith("work.ipynb, cell 3")
    assert "Cell In[2], line 4" in outcome.error["traceback"]


def test_a_run_that_nobody_waits_for_fails_the_job(notebook, job):
    path = notebook(
        LOAD, "import time\n@kb.flow\ndef bad():\n    time.sleep(0.3)\n    1 / 0", "_ = bad.submit()"
    )
    outcome, _, _ = job(path)
    assert outcome.status == "failed" and "ended in error" in outcome.error["message"]
    assert outcome.error["where"] == "work.ipynb, cell 3"


def test_a_run_whose_failure_a_cell_has_dealt_with_fails_nothing(notebook, job):
    deal = "try:\n    bad.submit().result()\nexcept Exception as error:\n    print('dealt with')"
    path = notebook(LOAD, "@kb.flow\ndef bad():\n    1 / 0", deal)
    outcome, _, executed = job(path)
    assert outcome.status == "ok" and printed(executed) == "dealt with\n"


def test_a_run_that_fails_unseen_fails_the_job_even_when_it_had_ended_before_the_last_cell(notebook, job):
    cells = "@kb.flow\ndef bad():\n    1 / 0", "_ = bad.submit()", "import time\ntime.sleep(1)"
    outcome, _, _ = job(notebook(LOAD, *cells))
    assert outcome.status == "failed" and outcome.error["where"] == "work.ipynb, cell 3"


def test_a_kernel_that_dies_while_its_runs_are_waited_for_ends_the_job(notebook, job):
    flow = "import os, time\n@kb.flow\ndef ends():\n    time.sleep(0.5)\n    os._exit(3)"
    outcome, _, _ = job(notebook(LOAD, flow, "_ = ends.submit()"))
    assert outcome.status == "failed" and outcome.error["code"] == "KN604"


def test_questions_are_answered_by_title_flow_or_anyhow_each_of_a_list_once(notebook, job):
    path = notebook(LOAD, ASK, "print(asks.submit().result(), asks.submit().result())")
    for answers in ({"How many?": [{"size": 3}, {"size": 4}]}, {"asks": [{"size": 3}, {"size": 4}]}):
        assert printed(job(path, answers=answers)[2]) == "3 4\n"
    assert printed(job(path, answers={"*": {"size": 5}})[2]) == "5 5\n"


def test_a_question_that_nobody_answers_ends_its_run_and_says_so(notebook, job):
    outcome, _, _ = job(notebook(LOAD, ASK, "asks.submit().result()"), patience=0.3)
    assert outcome.status == "failed" and outcome.error["code"] == "KN607"
    assert "How many?" in outcome.error["message"] and outcome.error["where"] == "work.ipynb, cell 3"


def test_an_answer_that_does_not_fit_ends_its_run_and_says_so(notebook, job):
    outcome, _, _ = job(notebook(LOAD, ASK, "asks.submit().result()"), answers={"*": {"size": "many"}})
    assert (
        outcome.status == "failed" and outcome.error["code"] == "KN310" and "size" in outcome.error["message"]
    )


@pytest.mark.parametrize("limit", ["timeout", "cell_timeout"])
def test_time_that_is_up_ends_the_job_and_keeps_what_was_printed(notebook, job, limit):
    path = notebook("import time\nprint('x', flush=True)\ntime.sleep(60)", "print('never')")
    outcome, _, executed = job(path, **{limit: 3.0})
    assert outcome.status == "late" and outcome.error["code"] == "KN303"
    assert outcome.error["where"] == "work.ipynb, cell 1" and printed(executed) == "x\n"


def test_what_is_written_after_a_cell_is_there_while_the_next_one_works(notebook, tmp_path):
    path, output = notebook("print('done')", "import time\ntime.sleep(20)"), tmp_path / "out.ipynb"

    async def look():
        task = asyncio.create_task(perform(Job(path=path, output=output)))
        while not output.exists():  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.05)
        found = nbformat.read(output, as_version=4)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return found

    found = asyncio.run(look())
    assert printed(found) == "done\n" and found.metadata.kodonb.status == "unfinished"
    assert nbformat.read(output, as_version=4).metadata.kodonb.status == "interrupted"


def test_an_executed_notebook_becomes_a_page(notebook, job, tmp_path):
    _, _, executed = job(notebook("print('hello')"))
    write_html(executed, tmp_path / "x.html")
    assert "hello" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_a_job_leaves_nothing_in_the_kernel_and_numbers_cells_as_jupyter_does(notebook, job):
    path = notebook("import kodonb\nprint([n for n in dir() if 'relay' in n])", "1 / 0")
    outcome, _, executed = job(path)
    assert printed(executed) == "[]\n" and "Cell In[2], line 1" in outcome.error["traceback"]
    assert [c.execution_count for c in executed.cells if c.cell_type == "code"] == [1, 2]


def test_two_executions_give_the_same_notebook(notebook, job):
    path = notebook("print(1)", "1 + 1")
    first, second = job(path)[2], job(path)[2]
    assert json.dumps(first) == json.dumps(second)
