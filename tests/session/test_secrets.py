"""Secrets reach the flow, and nothing else."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import BaseModel, Secret, SecretBytes, SecretStr, field_serializer

import kodonb as kb
from kodonb.display.lines import event_line
from kodonb.events.kept import pickled
from kodonb.events.log import RunQuery
from kodonb.model.errors import InputsError, RunError, RunFailed
from kodonb.session import calls
from kodonb.session.submission import prepare
from tests.session.follow import wait_for_lock
from tests.session.samples import note

TEXT = "correct-horse-battery-staple"
LARGE = TEXT * 10_000
NUMBER = 31415926535897


class Login(BaseModel):
    user: str
    password: SecretStr | None = None


class Told(BaseModel):
    password: SecretStr

    @field_serializer("password", when_used="json")
    def tell(self, password: SecretStr) -> str:
        return password.get_secret_value()


@dataclasses.dataclass
class Pin:
    digits: Secret[int]


def digest(value: Any) -> str:
    """Tell what was given without saying it."""
    if isinstance(value, SecretStr | SecretBytes | Secret):
        value = value.get_secret_value()
    return hashlib.sha256(repr(value).encode()).hexdigest()


@kb.flow
def takes(  # noqa: PLR0917 - one for each way
    key: SecretStr | None = None,
    body: SecretBytes | None = None,
    login: Login | None = None,
    told: Told | None = None,
    several: list[SecretStr] = [],  # noqa: B006 - the form copies it
    pin: Pin | None = None,
    loose: Any = None,
    plain: str = "",
) -> list[str]:
    """Tell what was given, as digests."""
    given = [key, body, login and login.password, told and told.password, *several, pin and pin.digits, loose]
    return [digest(value) for value in given if value is not None]


@kb.step
def use(key: SecretStr, path: str) -> int:
    note(path, "use")
    return len(key.get_secret_value())


@kb.step(cache=True)
def cached(key: SecretStr, path: str) -> int:
    note(path, "cached")
    return len(key.get_secret_value())


@kb.step
def breaks(key: SecretStr, logins: list) -> None:
    raise ValueError("broken")


@kb.step(cache=True)
def makes(path: str, text: str) -> SecretStr:
    note(path, "makes")
    return SecretStr(text[::-1])


@kb.flow(retries=1)
def tries_twice(key: SecretStr, path: str) -> int:
    used = use.submit(key, path).result()
    note(path, digest(key))
    if "again" not in Path(path).read_text():
        note(path, "again")
        raise OSError("not yet")
    return used


@kb.flow
def passes(key: SecretStr, path: str) -> list:
    return [cached.submit(key, path).result(), cached.submit(key, path).result()]


@kb.flow
def passes_to_a_breaking_step(key: SecretStr) -> None:
    breaks.submit(key, [Login(user="ada", password=key)]).result()


@kb.flow(retries=1)
def makes_secrets(path: str) -> str:
    found = makes.submit(path, "elpats").result().get_secret_value()
    if Path(path).read_text().count("makes") < 2:
        raise OSError("not yet")
    return found


@kb.flow
def returns_its_secret(key: SecretStr) -> SecretStr:
    kb.result([key])
    return key


@kb.flow
def asks_for_one() -> str:
    return digest(kb.ask(Login, "Who?").password)


@kb.flow
def takes_bytes(data: bytes, more: Any = None) -> list:
    return [type(data).__name__, hashlib.sha256(data).hexdigest(), more == data]


def inputs(run):
    [event] = run.events(kind="inputs", follow=False)
    return event.payload


def spellings(text: str) -> list[bytes]:
    """Return how a text looks in files, also within what is encoded for JSON."""
    body = text.encode()
    return [body, body.hex().encode(), *(base64.b64encode(body[i:])[:-4] for i in range(3))]


def found(home, text):
    """Return the files of an instance that tell a text."""
    files = [path for path in home.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes() for word in spellings(text))]


def test_the_search_finds_what_is_no_secret_however_it_is_kept(inline, home):
    takes.submit(plain="visible-text", loose=("visible-in-a-pickle",)).wait()
    takes.submit(plain="visible-in-an-artifact" * 10_000).wait()
    for text in ("visible-text", "visible-in-a-pickle", "visible-in-an-artifact"):
        assert found(home, text)


GIVEN = {
    "key": (TEXT, TEXT),
    "body": (TEXT.encode(), TEXT.encode()),
    "login": ({"user": "ada", "password": TEXT}, TEXT),
    "told": ({"password": TEXT}, TEXT),
    "several": ([TEXT], TEXT),
    "pin": ({"digits": NUMBER}, NUMBER),
    "loose": (SecretStr(TEXT), TEXT),
}


@pytest.mark.parametrize("name", GIVEN)
def test_a_secret_reaches_the_flow_and_is_kept_as_a_mark(inline, home, name):
    value, secret = GIVEN[name]
    run = takes.submit(**{name: value}, plain="visible-to-everyone")
    assert run.result() == [digest(secret)]
    assert inputs(run)[name] == {"secret": True}
    assert [n for n, kept in inputs(run).items() if kept == {"secret": True}] == [name]
    assert found(home, "visible-to-everyone") and not found(home, str(NUMBER)) and not found(home, TEXT)
    [told] = run.events(kind="inputs", follow=False)
    assert f"{name}=secret" in event_line(told) and "<dd>secret" in run._repr_html_()
    assert TEXT not in event_line(told) + repr(run) + run._repr_html_()


def test_large_secrets_become_no_artifacts(inline, home):
    run = takes.submit(key=LARGE, login={"user": "x" * 100_000, "password": TEXT}, plain="y" * 100_000)
    assert run.result() == [digest(LARGE), digest(TEXT)]
    assert len([path for path in (home / "artifacts").rglob("*") if path.is_file()]) == 1
    assert not found(home, TEXT)


def test_what_is_told_to_a_runner_does_not_show_its_secrets(inline):
    made = prepare(takes, {"key": TEXT, "plain": "p"}, inline.artifacts, lambda: None)
    assert made.launch.secrets == {"key": pickled(TEXT).body}
    assert TEXT not in repr(made) and made.launch.run in repr(made)
    assert all(TEXT.encode() not in row.payload for row in made.rows)


def test_a_run_with_secrets_is_not_retried(inline):
    run = takes.submit(key=TEXT, several=[TEXT], plain="p")
    run.wait()
    with pytest.raises(RunError) as caught:
        run.retry()
    assert (caught.value.code, caught.value.where) == ("KN312", f"run {run.id}")
    assert (
        "key, several" in caught.value.message
        and caught.value.remedy == "submit takes again with key=… several=…"
    )
    assert [record.id for record in inline.log.runs(RunQuery())] == [run.id], "nothing was started"


def test_a_run_whose_secrets_were_left_out_is_retried(inline):
    run = takes.submit(login={"user": "ada"})
    run.wait()
    assert inputs(run)["login"] == {"json": {"user": "ada", "password": None}}
    assert run.retry().result() == run.result() == []


def test_inputs_that_do_not_fit_are_refused_without_being_shown(inline):
    with pytest.raises(InputsError) as caught:
        takes.submit(
            key=NUMBER, several=TEXT, login={"user": "ada", "password": NUMBER}, pin={"digits": TEXT}
        )
    assert len(caught.value.problems) == 4
    assert TEXT not in str(caught.value) and str(NUMBER) not in str(caught.value)


def test_a_flow_that_is_called_again_gets_its_secrets_again_and_its_steps_are_replayed(inline, trace):
    run = tries_twice.submit(key=TEXT, path=str(trace))
    assert run.result() == len(TEXT)
    assert trace.lines() == ["use", digest(TEXT), "again", digest(TEXT)]


def test_the_key_of_a_step_with_a_secret_tells_nothing_outside_of_its_process(
    inline, home, trace, monkeypatch
):
    def keys(run):
        return {
            e.payload["key"]
            for e in run.events(kind="step", follow=False)
            if e.payload["state"] == "finished"
        }

    first = passes.submit(key=TEXT, path=str(trace))
    assert first.result() == [len(TEXT)] * 2 and trace.lines() == ["cached"]
    monkeypatch.setattr(calls, "_SALT", b"of another process")
    second = passes.submit(key=TEXT, path=str(trace))
    assert second.result() == [len(TEXT)] * 2 and trace.lines() == ["cached"] * 2
    assert not keys(first) & keys(second)
    assert not found(home, TEXT)


def test_a_failing_step_does_not_show_the_secrets_it_was_given(inline, home):
    run = passes_to_a_breaking_step.submit(key=TEXT)
    with pytest.raises(RunFailed, match="broken") as caught:
        run.result()
    [final] = run.events(kind="final", follow=False)
    assert final.payload["error"]["inputs"]["key"] == "SecretStr('**********')"
    assert TEXT not in str(caught.value) and not found(home, TEXT)


def test_a_step_that_returns_a_secret_is_executed_again_instead_of_being_replayed(inline, home, trace):
    for executed in (2, 3):
        run = makes_secrets.submit(path=str(trace))
        assert run.result() == "staple"
        assert trace.lines() == ["makes"] * executed
    values = [e.payload["value"] for e in run.events(kind="step") if e.payload["state"] == "finished"]
    assert values == [{"secret": True}]


def test_a_secret_that_a_flow_returns_is_not_kept(inline, home):
    run = returns_its_secret.submit(key=TEXT)
    with pytest.raises(RunError, match="a secret is not kept") as caught:
        run.result()
    assert caught.value.code == "KN312" and run.status == "finished"
    [on_the_way] = run.events(kind="result", follow=False)
    assert on_the_way.payload == {"secret": True}
    assert "result    secret" in repr(run) and not found(home, TEXT)


def test_a_secret_in_an_answer_reaches_the_flow_alone(inline, home):
    run = asks_for_one.submit()
    wait_for_lock(run)
    run.answer(user="ada", password=TEXT)
    assert run.result() == digest(TEXT)
    [lease] = run.events(kind="lease", follow=False)
    assert lease.payload["value"] == {"user": "ada", "password": "**********"}
    assert not found(home, TEXT)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"text", "json"),
        (b"\xff\x00", "pickle"),
        (b"x" * 100_000, "artifact"),
        (b"\xff" * 1_000_000, "artifact"),
    ],
    ids=["text", "binary", "large text", "large binary"],
)
def test_bytes_are_inputs_of_any_size(inline, data, form):
    run = takes_bytes.submit(data=data, more=data)
    assert run.result() == ["bytes", hashlib.sha256(data).hexdigest(), True]
    assert form in inputs(run)["data"]
    assert len(msgspec.json.encode(inputs(run))) < 2_000
    assert run.retry().result() == run.result()
