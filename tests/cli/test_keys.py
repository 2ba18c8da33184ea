"""`kodonb keys`: keys are made, listed and revoked, and shown once."""

import asyncio
import json
import os
import subprocess
import sys

import pytest

from kodonb.cli.commands import SCOPES
from kodonb.serve.access.callers import Scope
from kodonb.serve.access.keys import Keys


@pytest.fixture
def stored(home):
    return Keys(home / "keys.json")


def caller(keys, token):
    return asyncio.run(keys.caller(token))


def test_a_new_key_is_alone_on_standard_output_and_works(kodonb, stored):
    done = kodonb("keys", "create", "ci", "--scope", "run", "--scope", "read")
    assert done.code == 0
    token = done.out.removesuffix("\n")
    assert token.startswith("knb_") and len(token) == 47
    assert "shown once" in done.err and str(stored.path) in done.err and token not in done.err
    found = caller(stored, token)
    assert (found.name, found.scopes) == ("ci", {Scope.run, Scope.read})
    assert stored.path.stat().st_mode & 0o777 == 0o600


def test_several_scopes_may_follow_one_option(kodonb, stored):
    token = kodonb("keys", "create", "ci", "--scope", "run", "read", "answer").out.strip()
    assert caller(stored, token).scopes == {"run", "read", "answer"}


def test_keys_are_listed_without_what_would_let_one_in(kodonb, stored):
    made = [
        kodonb("keys", "create", name, "--scope", "run", *more).out.strip()
        for name, *more in (["ci"], ["old", "--expires", "0"], ["cd", "--expires", "90d"])
    ]
    done = kodonb("keys")
    lines = done.out.splitlines()
    assert lines[0].split() == ["name", "scopes", "created", "expires"]
    assert [line.split()[:2] for line in lines[1:]] == [["ci", "run"], ["old", "run"], ["cd", "run"]]
    assert lines[1].endswith("never") and lines[2].endswith(", expired") and "expired" not in lines[3]
    shown = done.out + kodonb("keys", "--json").out
    for token, key in zip(made, stored.all(), strict=True):
        assert token not in shown and key.digest not in shown


def test_with_json_everything_is_a_document(kodonb):
    made = json.loads(
        kodonb("keys", "create", "ci", "--scope", "admin", "run", "--expires", "1h", "--json").out
    )
    assert set(made) == {"key", "name", "scopes", "created", "expires", "expired"}
    [listed] = json.loads(kodonb("keys", "list", "--json").out)
    assert listed == {name: value for name, value in made.items() if name != "key"}
    assert listed["scopes"] == ["run", "admin"]
    assert json.loads(kodonb("keys", "revoke", "ci", "--json").out) == {"revoked": "ci"}
    assert kodonb("keys", "--json").out == "[]\n"


def test_without_keys_it_is_said_how_to_make_one(kodonb, home):
    assert "kodonb keys create NAME" in kodonb("keys").out
    assert not (home / "keys.json").exists()


def test_a_revoked_key_is_worth_nothing(kodonb, stored):
    token = kodonb("keys", "create", "ci", "--scope", "run").out.strip()
    done = kodonb("keys", "revoke", "ci")
    assert done.code == 0 and done.out == "revoked ci\n"
    assert caller(stored, token) is None


def test_another_file_may_be_named(kodonb, stored, tmp_path, monkeypatch):
    file = tmp_path / "mine" / "keys.json"
    token = kodonb("keys", "create", "ci", "--scope", "run", "--file", file).out.strip()
    assert caller(Keys(file), token).name == "ci" and not stored.there
    monkeypatch.setenv("KODONB_KEYS", str(file))
    assert kodonb("keys").out.splitlines()[1].startswith("ci ")


WRONG = {
    "an unknown action": (["keys", "creat"], "KN005", "did you mean create?"),
    "a new key without a name": (["keys", "create"], "KN001", "kodonb keys create NAME"),
    "a new key without a scope": (["keys", "create", "ci"], "KN001", "--scope"),
    "an unknown scope": (["keys", "create", "ci", "--scope", "fly"], "KN005", "use one of: admin, answer"),
    "no duration": (["keys", "create", "ci", "--scope", "run", "--expires", "soon"], "KN005", "30s"),
    "no name for a key": (["keys", "create", "a b", "--scope", "run"], "KN005", "letters, digits"),
    "revoking without a name": (["keys", "revoke"], "KN001", "kodonb keys revoke NAME"),
    "revoking nobody's key": (["keys", "revoke", "ci"], "KN005", "kodonb keys"),
}


@pytest.mark.parametrize(("words", "code", "said"), WRONG.values(), ids=WRONG)
def test_what_is_typed_wrong_gets_one_message_with_a_way_out(kodonb, home, words, code, said):
    done = kodonb(*words)
    assert done.code == 2 and done.out == ""
    assert done.err.startswith(f"{code}: ") and said in done.err
    assert not (home / "keys.json").exists()


def test_a_name_that_is_taken_is_told(kodonb):
    kodonb("keys", "create", "ci", "--scope", "run")
    done = kodonb("keys", "create", "ci", "--scope", "run")
    assert done.code == 2 and done.out == "" and "revoke it first" in done.err


def test_a_damaged_file_is_told_with_its_place_and_is_not_touched(kodonb, home):
    home.mkdir()
    (home / "keys.json").write_text("[{")
    for words in (["keys"], ["keys", "create", "ci", "--scope", "run"], ["keys", "revoke", "ci"]):
        done = kodonb(*words)
        assert done.code == 1 and done.out == "" and done.err.startswith("KN711: ")
        assert str(home / "keys.json") in done.err
    assert (home / "keys.json").read_text() == "[{"


def test_the_scopes_are_those_that_services_know():
    assert list(SCOPES) == [scope.value for scope in Scope]


def test_a_key_can_be_piped_on(home):
    command = [sys.executable, "-m", "kodonb.cli", "keys", "create", "ci", "--scope", "run"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ.copy())
    assert caller(Keys(home / "keys.json"), done.stdout.strip()).name == "ci"


def test_without_what_services_need_it_is_said_what_to_install(home):
    bare = "import sys; sys.modules['fastapi'] = None; from kodonb.cli import main; sys.exit(main(['keys']))"
    done = subprocess.run([sys.executable, "-c", bare], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert (
        done.stderr.startswith("KN006: kodonb keys needs fastapi")
        and "pip install 'kodonb[serve]'" in done.stderr
    )
