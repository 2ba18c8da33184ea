"""Tab completes what stands behind `%flow` and `%%flow`."""

import time

import pytest

from tests.magics.test_commands import ASK, eventually, status


@pytest.fixture(params=[False, True], ids=["plain", "jedi"])
def complete(greet, request):
    return lambda code: greet.complete(code, jedi=request.param)


def test_commands_are_completed(complete):
    assert complete("%flow ru") == {"run", "runs"}
    assert {"list", "answer", "doctor"} <= complete("%flow ")
    assert complete("%flow help ca") == {"cancel"}


def test_options_and_their_values_are_completed(complete):
    assert complete("%flow run greet --d") == {"--detach"}
    assert complete("%flow run greet --on-interrupt ") == {"detach", "cancel"}
    assert complete("%flow runs --status fin") == {"finished"}
    assert complete("%flow runs --status finished --status err") == {"error"}
    assert complete("%flow connect ") == {"inline", "ray"}
    assert complete("%%flow x --num") == {"--num-cpus", "--num-gpus"}


def test_flows_their_parameters_and_values_are_completed(complete):
    assert complete("%flow run gr") == {"greet"}
    assert complete("%flow runs --flow ") == {"greet"}
    assert complete("%flow run greet ") == {"name=", "tone=", "times="}
    assert complete("%flow run greet name=x -o run t") == {"tone=", "times="}
    assert complete("%flow run greet tone=w") == {"warm"}
    assert "$greet" in complete("%flow run greet name=$")
    assert complete("run = %flow run greet tone=d") == {"dry"}
    assert complete("x = 1\n%flow run gr") == {"greet"}


def test_runs_are_completed(greet, complete):
    greet.run("%flow run greet name=Ada -o run")
    run = greet.ns["run"].id
    assert complete("%flow show ") == {"last", run}
    assert complete(f"%flow events {run[:5]}") == {run}
    assert complete("%flow cancel ") == {"last"}
    assert {"greet", run} <= complete("%flow code ")


def test_questions_and_the_fields_of_their_answers_are_completed(notebook):
    notebook.run(ASK, "%flow run decide --detach -o run")
    eventually(lambda: status() == "awaiting")
    run = notebook.ns["run"]
    [lock] = run.locks()
    assert notebook.complete("%flow answer ") == {"last", run.id}
    assert notebook.complete("%flow answer last ") == {lock.id, "ok=", "note="}
    assert {"true", "false"} <= notebook.complete("%flow answer last ok=")
    run.cancel()


def test_other_lines_are_left_to_others(greet):
    assert "greet" in greet.complete("gre")
    assert "run" not in greet.complete("%%flow x\nru")
    assert "greet" in greet.complete("%%flow x\nprint(gre")


def test_completion_is_quick(greet):
    greet.complete("%flow run greet ")
    began = time.monotonic()
    greet.complete("%flow run greet tone=")
    assert time.monotonic() - began < 0.5
