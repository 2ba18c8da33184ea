"""`%flow` runs flows and looks at their runs."""

import signal
import threading
import time

import pandas as pd
import pytest

from kodonb import session
from kodonb.model.errors import KodonbError, RunFailed, RunTimeout
from kodonb.session.run import Run

ASK = """%%flow decide
from pydantic import BaseModel

class Release(BaseModel):
    ok: bool
    note: str = ""

def decide():
    answer = kb.ask(Release, "Release it?")
    return [answer.ok, answer.note]
"""

ENDLESS = """%%flow endless
import time

def endless(limit: float = 60.0):
    until = time.monotonic() + limit
    while time.monotonic() < until:
        time.sleep(0.02)
"""


def eventually(condition):
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def after(condition, act):
    """Do something from another thread as soon as it is time."""

    def work():
        eventually(condition)
        act()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def interrupt():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def status():
    found = session.select(limit=1)
    return found[0].status if found else ""


def test_a_run_is_followed_in_one_picture_that_stays(greet):
    greet.run("%flow run greet name=Ada tone=dry times=2 -o run")
    keys = {output["transient"]["display_id"] for output in greet.outputs}
    assert keys == {f"kodonb-{greet.ns['run'].id}"}
    assert [output["update"] for output in greet.outputs] == [False] + [True] * (len(greet.outputs) - 1)
    assert greet.texts[-1].startswith("✓ finished")
    assert "<script" not in greet.outputs[-1]["data"]["text/html"]
    assert greet.ns["run"].result() == ["dry: Ada", "dry: Ada"]


def test_the_magic_returns_the_run_without_showing_it_twice(greet, capsys):
    greet.run("run = %flow run greet name=Ada")
    assert isinstance(greet.ns["run"], Run)
    capsys.readouterr()
    greet.run("%flow run greet name=Bob")
    assert greet.ns["_"].result() == ["warm: Bob"]
    assert "finished" not in capsys.readouterr().out
    greet.run("run")
    assert "✓ finished" in capsys.readouterr().out


def test_an_input_may_be_an_object_of_the_notebook(notebook):
    notebook.run("import pandas as pd\nframe = pd.DataFrame({'x': [1, 2]})")
    notebook.run(
        "%%flow total\nimport pandas as pd\ndef total(data: pd.DataFrame, k: int = 1, note: str = ''):\n    return [int(data.x.sum()) * k, note]\n"
    )
    notebook.run("%flow run total data=$frame k={len(frame)} note='$frame' -o run")
    assert notebook.ns["run"].result() == [6, "$frame"]
    notebook.run("%flow run total data={frame.head(1)} -o run")
    assert notebook.ns["run"].result() == [1, ""]
    assert isinstance(notebook.ns["frame"], pd.DataFrame)


def test_json_in_braces_is_a_value_and_no_expression(notebook):
    notebook.run("%%flow keep\ndef keep(opts: dict[str, list[int]]):\n    return opts\n")
    notebook.run('%flow run keep opts={"a": [1, 2]} -o run')
    assert notebook.ns["run"].result() == {"a": [1, 2]}


def test_detach_returns_at_once(notebook, capsys):
    notebook.run(ENDLESS, "%flow run endless limit=5 --detach -o run")
    assert notebook.ns["run"].id in capsys.readouterr().out
    assert not notebook.outputs
    notebook.run("%flow cancel last")
    notebook.ns["run"].wait(10)
    assert notebook.ns["run"].status == "cancelled"


def test_a_failed_run_seals_its_picture_and_then_fails_the_cell(notebook, capsys):
    notebook.run("%%flow fail\ndef fail(x: int = 0):\n    return 1 / x\n")
    error = notebook.attempt("%flow run fail -o run")
    assert isinstance(error, RunFailed)
    assert notebook.texts[-1].startswith("✗ error")
    assert notebook.ns["run"].status == "error"
    shown = capsys.readouterr().out
    assert "Cell In[2], line 3" in shown and "ZeroDivisionError" in shown
    assert "live.py" not in shown and "interactiveshell.py" not in shown


def test_interrupting_a_waiting_cell_detaches_and_says_how_to_come_back(notebook, capsys):
    notebook.run(ENDLESS)
    thread = after(lambda: "● running" in notebook.text, interrupt)
    notebook.run("%flow run endless -o run")
    thread.join()
    run = notebook.ns["run"]
    assert f"%flow show {run.id}" in capsys.readouterr().out
    assert run.status == "running"
    assert "running" in notebook.texts[-1]
    run.cancel()


def test_interrupting_cancels_when_that_was_asked_for(notebook):
    notebook.run(ENDLESS)
    thread = after(lambda: "● running" in notebook.text, interrupt)
    error = notebook.attempt("%flow run endless --on-interrupt cancel")
    thread.join()
    assert isinstance(error, RunFailed) and error.code == "KN302"
    assert "cancelled" in notebook.texts[-1]


def test_waiting_ends_when_its_time_is_up_and_the_run_goes_on(notebook):
    notebook.run(ENDLESS)
    error = notebook.attempt("%flow run endless --timeout 300ms")
    assert isinstance(error, RunTimeout) and error.code == "KN303"
    assert status() == "running"
    session.attach("last").cancel()


def test_a_waiting_cell_shows_the_question_and_how_to_answer_it(notebook):
    notebook.run(ASK)
    seen = []

    def answer():
        eventually(lambda: "kodonb answer" in notebook.text)
        seen.append(notebook.text)
        session.attach("last").answer(ok=True)

    thread = after(lambda: status() == "awaiting", answer)
    notebook.run("%flow run decide -o run")
    thread.join()
    assert "Release it?" in seen[0] and "%flow answer" in seen[0]
    assert "kodonb answer" not in notebook.texts[-1]
    assert notebook.ns["run"].result() == [True, ""]


def test_a_question_is_answered_by_a_magic_once(notebook, capsys):
    notebook.run(ASK, "%flow run decide --detach -o run")
    eventually(lambda: status() == "awaiting")
    error = notebook.attempt("%flow answer last okay=yes")
    assert error.code == "KN310" and error.remedy == "did you mean 'ok'?"
    assert notebook.attempt("%flow answer last ok=perhaps").code == "KN310"
    notebook.run("%flow answer last ok=no note='not yet'")
    assert "answered" in capsys.readouterr().out
    assert notebook.ns["run"].result() == [False, "not yet"]
    assert notebook.attempt("%flow answer last ok=yes").code == "KN308"
    assert notebook.attempt("%flow answer last nolock ok=yes").code == "KN309"


def test_lists_show_flows_and_runs(greet):
    greet.run("%flow list")
    assert "greet" in greet.text and "name, tone, times" in greet.text
    greet.run("%flow run greet name=Ada", "%flow runs --flow greet --status finished --since 1h --limit 5")
    assert "finished" in greet.text and "<table" in greet.outputs[0]["data"]["text/html"]
    greet.run("%flow runs --status error")
    assert greet.text == "no runs"


def test_a_run_its_events_and_its_code_can_be_seen_again(greet, capsys):
    greet.run("%flow run greet name=Ada -o run", "%flow show last")
    assert greet.text.startswith("✓ finished")
    capsys.readouterr()
    greet.run("%flow events last --kind final --kind inputs --follow")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines] == ["inputs", "final"]
    greet.run("%flow events last --limit 2")
    assert "events come after; go on with --after 1" in capsys.readouterr().out
    greet.run("%flow code greet")
    source = greet.text
    greet.run(f"%flow code {greet.ns['run'].id}")
    assert greet.text == source == greet.ns["run"].code().rstrip()


def test_a_run_is_repeated(greet):
    greet.run("%flow run greet name=Ada", "%flow retry last -o again")
    assert greet.ns["again"].record.retry_of
    assert greet.ns["again"].result() == ["warm: Ada"]


def test_the_session_is_chosen(notebook, capsys):
    notebook.run("%flow connect inline")
    assert "inline" in capsys.readouterr().out
    assert notebook.attempt("%flow connect inline somewhere").code == "KN001"


def test_doctor_shows_what_it_found(notebook):
    notebook.run("%flow doctor")
    assert "Python" in notebook.text and "schema" in notebook.text


def test_help_is_there_for_all_for_each_and_for_a_flow(greet, capsys):
    greet.run("%flow", "%flow help events", "%flow events -h", "%flow run greet -h", "%flow -h")
    shown = capsys.readouterr().out
    assert shown.count("usage: %flow events RUN") == 2
    assert "Who is greeted." in shown


@pytest.mark.parametrize(
    ("line", "code", "remedy"),
    [
        ("%flow rnu", "KN001", "did you mean 'run'?"),
        ("%flow help rnu", "KN001", "did you mean 'run'?"),
        ("%flow run gret name=x", "KN002", "did you mean 'greet'?"),
        ("%flow run greet nam=x", "KN010", "did you mean 'name' instead of 'nam'?"),
        ("%flow run greet", "KN010", "give name=…"),
        ("%flow run greet name=x times=often", "KN010", "change the inputs named below"),
        ("%flow run greet name=$nobody", "KN005", "define it in a cell, or put the text in quotes"),
        ("%flow run greet name={1/0}", "KN005", "define it in a cell, or put the text in quotes"),
        ("%flow run greet name='x", "KN005", 'close it, or put the whole value in quotes: key="it\'s"'),
        ("%flow show nothing", "KN003", "list the runs with kodonb runs or %flow runs"),
        ("%flow code nothing", "KN002", "see %flow list and %flow runs"),
        ("%flow answer nothing x=1", "KN003", "list the runs with kodonb runs or %flow runs"),
    ],
)
def test_a_mistake_gives_one_clean_message_with_place_and_way_out(greet, capsys, line, code, remedy):
    error = greet.attempt(line)
    assert isinstance(error, KodonbError)
    assert (error.code, error.remedy) == (code, remedy)
    assert error.where and error.where.endswith("Cell In[3]")
    shown = capsys.readouterr().out
    assert shown.startswith(f"{code}: ") and "Traceback" not in shown and ".py" not in shown


def test_a_terminal_shows_one_picture_at_the_end(greet):
    del greet.shell.kernel
    greet.run("%flow run greet name=Ada")
    assert len(greet.outputs) == 1 and greet.text.startswith("✓ finished")


def test_a_burst_of_events_is_drawn_a_few_times_only(notebook):
    notebook.run("%%flow burst\ndef burst(n: int):\n    for i in range(n):\n        kb.debug(i)\n")
    began = time.monotonic()
    notebook.run("%flow run burst n=5000 -o run")
    assert len(notebook.outputs) <= 3 + (time.monotonic() - began) / 0.25
    assert notebook.ns["run"].record.events == 5006


def test_the_extension_can_be_loaded_again_and_unloaded(notebook):
    notebook.run("%reload_ext kodonb")
    assert len([m for m in notebook.shell.Completer.custom_matchers if m.__name__ == "flow_matcher"]) == 1
    notebook.shell.run_line_magic("load_ext", "kodonb.magics")
    notebook.shell.run_line_magic("unload_ext", "kodonb.magics")
    assert notebook.shell.find_magic("flow", "line") is None
    assert not notebook.shell.Completer.custom_matchers
    notebook.run("%load_ext kodonb.magics")
