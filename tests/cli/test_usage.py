"""What is typed wrong, and what the command costs when nothing is typed."""

import json
import subprocess
import sys

import pytest

from kodonb.cli.commands import COMMANDS

WRONG = {
    "an unknown command": (["rnus"], "KN001", "did you mean runs?"),
    "an unknown option": (["runs", "--lmit", "3"], "KN001", "did you mean --limit?"),
    "an option of another command": (["show", "last", "--follow"], "KN001", "use one of: --json"),
    "an unknown flow": (["run", "flows:goood"], "KN002", "did you mean good?"),
    "an unknown run": (["show", "zzz"], "KN003", "kodonb runs"),
    "an unknown parameter": (["run", "flows:good", "-p", "whom=me"], "KN010", "did you mean 'who'"),
    "a value of another type": (["run", "flows:good", "-p", "n=many"], "KN010", "n: "),
    "a word that is no input": (["run", "flows:good", "n"], "KN001", "what is 'n'?"),
    "an input without a name": (["run", "flows:good", "-p", "3"], "KN005", "name=value"),
    "an unknown module": (["run", "nowhere:good"], "KN006", "there is no module 'nowhere'"),
    "a missing file": (["run", "flow.py:good"], "KN006", "did you mean flows.py?"),
    "no run": (["show"], "KN001", "see kodonb show --help"),
    "an unknown status": (["runs", "--status", "finishd"], "KN005", "did you mean finished?"),
    "an unknown kind": (["events", "last", "--kind", "steps"], "KN005", "did you mean step?"),
    "no duration": (["prune", "--older", "long"], "KN005", "not a duration"),
    "no number": (["runs", "--limit", "few"], "KN005", "not a whole number"),
    "no time": (["runs", "--since", "lately"], "KN005", "not a time"),
    "a status that is not final": (["prune", "--status", "running"], "KN005", "use one of"),
}


@pytest.mark.parametrize(("words", "code", "said"), WRONG.values(), ids=WRONG)
def test_what_is_typed_wrong_gets_one_message_with_a_way_out_and_exit_code_2(kodonb, words, code, said):
    done = kodonb(*words)
    assert done.code == 2
    assert done.out == ""
    assert done.err.startswith(f"{code}: ") and said in done.err and "Traceback" not in done.err


@pytest.mark.parametrize(("words", "code", "said"), WRONG.values(), ids=WRONG)
def test_with_json_the_error_is_also_the_one_document_on_standard_output(kodonb, words, code, said):
    done = kodonb(*words, "--json")
    [line] = done.out.splitlines()
    told = json.loads(line)["error"]
    assert done.code == 2
    assert told["code"] == code
    assert set(told) >= {"code", "message", "where", "remedy"}


def test_json_may_stand_before_the_command(kodonb):
    assert kodonb("--json", "runs").out == "[]\n"


def test_without_words_the_help_is_shown_as_usage_error(kodonb):
    done = kodonb()
    assert done.code == 2 and done.out == "" and "usage: kodonb" in done.err


@pytest.mark.parametrize("command", [command.name for command in COMMANDS])
def test_every_command_explains_itself(kodonb, command):
    done = kodonb(command, "--help")
    assert done.code == 0 and f"usage: kodonb {command}" in done.out


def test_the_version_is_printed(kodonb):
    done = kodonb("--version")
    assert done.code == 0 and done.out.startswith("kodonb ")


def test_a_damaged_store_ends_with_exit_code_4(kodonb, home):
    home.mkdir(parents=True)
    (home / "events.db").write_bytes(b"this is no database at all" * 100)
    done = kodonb("runs", "--json")
    assert done.code == 4
    assert json.loads(done.out)["error"]["code"] == "KN502"


def test_a_bad_setting_is_a_usage_error(kodonb, monkeypatch):
    monkeypatch.setenv("KODONB_SESSION", "cloud")
    done = kodonb("runs")
    assert done.code == 2 and done.err.startswith("KN007")


@pytest.mark.parametrize("words", [["--help"], ["run", "--help"], ["rnus"]])
def test_help_loads_nothing_that_takes_time(words):
    code = f"import sys; from kodonb.cli import main; main({words!r}); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert not loaded & {"pandas", "numpy", "ray", "sqlalchemy", "rich", "pydantic", "IPython", "zmq"}


def test_looking_at_runs_loads_neither_ray_nor_rich(home):
    code = "import sys; from kodonb.cli import main; main(['runs', '--json']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert done.stdout == "[]\n"
    assert not loaded & {"pandas", "ray", "rich", "IPython"}
