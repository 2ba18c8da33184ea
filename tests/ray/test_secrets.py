"""Secrets on a real cluster: they reach runner and steps, and no file."""

from __future__ import annotations

import base64
import hashlib
import time
from pathlib import Path

import msgspec
import pytest
from pydantic import BaseModel, SecretStr

import kodonb as kb
from kodonb.model.errors import RunError, RunFailed
from kodonb.model.settings import settings
from kodonb.session.ray.instance import Instance
from kodonb.session.ray.session import RaySession
from kodonb.session.submission import prepare
from tests.ray.conftest import busy, eventually, kill

pytestmark = pytest.mark.timeout(300)

TEXT = "correct-horse-battery-staple"
PUBLIC = "visible-to-everyone"


class Login(BaseModel):
    user: str
    password: SecretStr


def digest(key: SecretStr) -> str:
    """Tell what was given without saying it."""
    return hashlib.sha256(key.get_secret_value().encode()).hexdigest()


EXPECTED = digest(SecretStr(TEXT))


@kb.step
def use(key: SecretStr) -> str:
    print("using", key)
    return digest(key)


@kb.flow
def passes(key: SecretStr, login: Login, large: list[SecretStr], public: str) -> list[str]:
    print(public, key, login, len(large))
    return [digest(key), digest(login.password), digest(large[-1]), use.submit(key).result()]


@kb.flow(retries=1)
def outlives(key: SecretStr) -> str:
    kb.debug(digest(key))
    time.sleep(3)
    return digest(key)


@kb.flow
def quick() -> str:
    return "done"


def spellings(text: str) -> list[bytes]:
    """Return how a text looks in files, also within what is encoded for JSON."""
    body = text.encode()
    return [body, body.hex().encode(), *(base64.b64encode(body[i:])[:-4] for i in range(3))]


def found(folder: Path, text: str) -> list[Path]:
    """Return the files that tell a text."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert files
    return [path for path in files if any(word in path.read_bytes() for word in spellings(text))]


def nowhere(home: Path) -> bool:
    """Return whether no file of an instance tells the secret: its log, its artifacts, and what Ray writes."""
    return not found(home, TEXT) and not found(Instance(settings()).temporary, TEXT)


def test_a_secret_reaches_runner_and_steps_and_no_file(ray_session: RaySession, instance: Path) -> None:
    given = {"key": TEXT, "login": {"user": "ada", "password": TEXT}, "large": [TEXT] * 10_000}
    run = passes.submit(**given, public=PUBLIC)
    assert run.result(timeout=60) == [EXPECTED] * 4
    assert found(instance, PUBLIC), "what is no secret is found in the log"
    assert nowhere(instance)

    [inputs] = run.events(kind="inputs", follow=False)
    assert inputs.payload == {**{name: {"secret": True} for name in given}, "public": {"json": PUBLIC}}
    with pytest.raises(RunError) as caught:
        run.retry()
    assert caught.value.code == "KN312"


def test_a_killed_runner_is_replaced_by_one_that_gets_the_secret_again(
    ray_session: RaySession, instance: Path
) -> None:
    run = outlives.submit(key=TEXT)
    eventually(lambda: list(run.events(kind="debug", follow=False)), "the flow has begun")
    [runner] = [runner for runner in busy(ray_session) if runner["run"] == run.id]
    kill(runner["pid"])
    assert run.result(timeout=60) == EXPECTED
    assert [event.payload for event in run.events(kind="debug", follow=False)] == [EXPECTED] * 2
    assert nowhere(instance)


def test_a_run_whose_secrets_are_lost_before_it_began_ends_in_an_error(ray_session: RaySession) -> None:
    ray_session.ready()
    made = prepare(outlives, {"key": TEXT}, ray_session.artifacts, lambda: None)
    # As if the spooler died between entering a run and handing it on.
    record = msgspec.structs.replace(made.record, cluster=ray_session.cluster)
    ray_session.log.create(record, made.module, made.rows)
    kill(ray_session.parts()["spooler"]["pid"])
    run = kb.attach(record.id)
    with pytest.raises(RunFailed, match="submit outlives again with key=…") as failed:
        run.result(timeout=60)
    assert (failed.value.code, run.status) == ("KN312", "error")

    # Should its launch arrive after all, nobody carries a run that has ended.
    ray_session.submit(made)
    assert quick.submit().result(timeout=60) == "done"
    assert run.id not in [runner["run"] for runner in busy(ray_session)]
