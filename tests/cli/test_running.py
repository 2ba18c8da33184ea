"""`kodonb run`: what is printed, and how it ends."""

import json
import signal
import time

import pytest

from kodonb.cli import following


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_run_prints_its_events_and_then_its_result(kodonb):
    done = kodonb("run", "flows:good", "-p", "n=2", "who=me")
    assert done.code == 0
    assert "hello me" in done.out
    assert done.out.splitlines()[-1] == 'result: {"sum":2}'


def test_inputs_may_stand_anywhere_behind_the_command(kodonb):
    done = kodonb("run", "-p", "n=2", "--timeout", "60s", "flows:good", "who=me", "--json")
    assert done.code == 0
    assert lines(done.out)[1]["payload"] == {"n": {"json": 2}, "who": {"json": "me"}}


def test_with_json_the_events_are_lines_and_the_result_is_the_last(kodonb):
    done = kodonb("run", "flows:good", "--json")
    *events, last = lines(done.out)
    assert [event["offset"] for event in events] == list(range(len(events)))
    assert set(events[0]) == {"run", "offset", "at", "kind", "source", "payload"}
    assert events[-1]["kind"] == "status"
    assert last == {"run": events[0]["run"], "flow": "good", "status": "finished", "result": {"sum": 6}}


def test_a_result_that_is_kept_as_an_artifact_is_printed_whole(kodonb):
    assert lines(kodonb("run", "flows:large", "--json").out)[-1]["result"] == list(range(100_000))


def test_a_result_that_is_no_json_is_described(kodonb):
    assert lines(kodonb("run", "flows:odd", "--json").out)[-1]["result"] == {
        "type": "builtins.set",
        "repr": "{1}",
    }
    assert kodonb("run", "flows:odd").out.splitlines()[-1] == "result: {1}"


SECRET_FLOW = """
import kodonb as kb
from pydantic import SecretStr


@kb.flow
def hidden(key: SecretStr) -> SecretStr:
    return key
"""


def test_a_result_that_is_a_secret_is_told_as_one(kodonb, project):
    (project / "hiding.py").write_text(SECRET_FLOW)
    done = kodonb("run", "hiding:hidden", "key=do-not-tell")
    assert done.out.splitlines()[-1] == "result: secret"
    last = lines(kodonb("run", "hiding:hidden", "key=do-not-tell", "--json").out)[-1]
    assert last["result"] == {"secret": True}
    shown = kodonb("show", last["run"], "--json").out
    assert json.loads(shown)["inputs"] == {"key": {"secret": True}}
    assert json.loads(shown)["result"] == {"secret": True}
    assert "do-not-tell" not in done.out + shown


def test_a_failed_flow_shows_the_users_own_traceback_and_exit_code_1(kodonb):
    done = kodonb("run", "flows:bad")
    assert done.code == 1
    assert 'raise ValueError(f"{n} is no good")' in done.err and "ValueError: 3 is no good" in done.err
    assert "/kodonb/" not in done.err
    assert "kodonb retry" in done.err and "%flow" not in done.err


def test_with_json_a_failure_is_the_last_line(kodonb):
    done = kodonb("run", "flows:bad", "--json")
    last = lines(done.out)[-1]
    assert done.code == 1
    assert (last["flow"], last["status"], last["error"]["code"]) == ("bad", "error", "KN301")
    assert last["error"]["where"].startswith("flows.py, line ")


def test_a_flow_that_exceeds_its_own_time_ends_with_exit_code_3(kodonb):
    done = kodonb("run", "flows:late")
    assert done.code == 3 and "KN303" in done.err


def test_waiting_has_an_end(kodonb):
    done = kodonb("run", "flows:slow", "--timeout", "200ms", "--json")
    assert done.code == 3
    assert lines(done.out)[-1]["error"]["code"] == "KN303"


def test_a_run_of_this_process_is_not_left_behind_as_if_it_went_on(kodonb):
    kodonb("run", "flows:slow", "--timeout", "200ms")
    [run] = json.loads(kodonb("runs", "--json").out)
    assert run["status"] == "cancelled"


def test_one_cannot_detach_from_a_run_of_this_process(kodonb):
    done = kodonb("run", "flows:good", "--detach", "--json")
    assert done.code == 4
    assert json.loads(done.out)["error"]["code"] == "KN405"
    assert kodonb("runs", "--json").out == "[]\n"


def test_the_session_can_be_chosen(kodonb, monkeypatch):
    monkeypatch.setenv("KODONB_SESSION", "ray")
    assert kodonb("run", "flows:good", "--session", "inline").code == 0


def test_a_retry_follows_the_new_run(kodonb):
    kodonb("run", "flows:good", "n=2")
    done = kodonb("retry", "last", "--json")
    assert done.code == 0
    assert lines(done.out)[-1]["result"] == {"sum": 2}
    new, old = json.loads(kodonb("runs", "--json").out)
    assert new["retry_of"] == old["id"]
    assert any(
        line["payload"].get("state") == "replayed" for line in lines(done.out)[:-1] if line["kind"] == "step"
    )


def follow(child):
    """Read lines until the run is on its way."""
    for line in child.stdout:
        if " progress " in line or '"progress"' in line:
            return


def test_ctrl_c_ends_a_run_of_this_process(process, kodonb):
    child = process("run", "flows:slow")
    follow(child)
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=30)
    assert child.returncode == 130
    assert "interrupted" in err and "is cancelled" in err and "Traceback" not in err
    assert json.loads(kodonb("runs", "--json").out)[0]["status"] == "cancelled"


@pytest.fixture
def on_a_cluster(monkeypatch):
    """Let runs of this process count as runs that go on without it, and interrupt who follows them."""

    def interrupted(*_):
        time.sleep(0.1)
        raise KeyboardInterrupt

    monkeypatch.setattr(following, "outlives", lambda _: True)
    monkeypatch.setattr(following, "_follow", interrupted)


def test_ctrl_c_detaches_and_says_how_to_come_back(on_a_cluster, kodonb):
    done = kodonb("run", "flows:slow", "--json")
    told = json.loads(done.out)
    assert done.code == 130
    assert told["status"] == "running"
    assert f"kodonb events {told['run']} --follow" in done.err and f"kodonb cancel {told['run']}" in done.err


def test_ctrl_c_cancels_when_that_was_asked_for(on_a_cluster, kodonb):
    done = kodonb("run", "flows:slow", "--on-interrupt", "cancel", "--json")
    assert done.code == 130
    assert json.loads(done.out)["status"] == "cancelled"


def test_ctrl_c_elsewhere_ends_without_a_traceback(kodonb, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("kodonb.cli.running.load", interrupted)
    done = kodonb("run", "flows:good")
    assert done.code == 130 and done.err == "kodonb: interrupted\n"
