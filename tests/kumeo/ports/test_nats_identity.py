"""Who a workflow is on a NATS server: files with keys and credentials, as operators hand them out."""

from __future__ import annotations

import pytest

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.nats.connecting import connected
from tests.kumeo.ports import identities
from tests.kumeo.ports.servers import NatsServer


@pytest.fixture
def serving(tmp_path):
    """Start a NATS server with settings that say who may use it; return its address."""
    started = []

    def start(settings):
        folder = tmp_path / "nats"
        folder.mkdir()
        made = NatsServer(folder, access=settings)
        started.append(made)
        made.start()
        return f"nats://127.0.0.1:{made.port}"

    yield start
    for each in started:
        each.stop()


async def _kept(said, folder):
    """Send a message that a stream keeps, and return what it holds then."""
    async with connected(said, folder, warn=print) as client:
        stream = client.jetstream()
        await stream.add_stream(name="ORDERS", subjects=["orders.>"])
        await stream.publish("orders.new", b"1")
        return (await stream.stream_info("ORDERS")).state.messages


async def test_a_file_with_a_key_opens_a_server_that_knows_it(serving, tmp_path):
    user = identities.of_users()
    url = serving(identities.by_key(user))
    (tmp_path / "user.nk").write_text(user.seed)
    assert await _kept({"url": url, "nkey": "user.nk"}, tmp_path) == 1


async def test_a_credentials_file_opens_a_server_that_trusts_an_operator(serving, tmp_path):
    settings, file = identities.by_tokens(identities.of_users())
    url = serving(settings)
    (tmp_path / "user.creds").write_text(file)
    assert await _kept({"url": url, "credentials": "user.creds"}, tmp_path) == 1


async def test_somebody_elses_key_is_refused(serving, tmp_path):
    url = serving(identities.by_key(identities.of_users()))
    (tmp_path / "user.nk").write_text(identities.of_users().seed)
    with pytest.raises(PortError, match="NATS refuses the credentials"):
        await _kept({"url": url, "nkey": "user.nk"}, tmp_path)


@pytest.mark.parametrize("given", ["credentials", "nkey"])
async def test_a_file_that_is_not_there_is_told(serving, tmp_path, given):
    url = serving(identities.by_key(identities.of_users()))
    with pytest.raises(PortError, match=r"No such file .*nobody"):
        await _kept({"url": url, given: "nobody"}, tmp_path)


async def _refused(said, folder):
    """Return the error that a connection ends in before any server is looked for: none is at this address."""
    with pytest.raises(PortError) as refused:
        await _kept({"url": "nats://127.0.0.1:1", **said}, folder)
    return refused.value


def _damaged(seed):
    """Return a seed with another letter in it, as a slip of the hand leaves it."""
    return f"{seed[:20]}{'B' if seed[20] != 'B' else 'C'}{seed[21:]}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("nonsense", "holds no valid seed"),
        ("a ü", "holds no valid seed"),
        (identities.of_users().seed[:40], "holds no valid seed"),
        (_damaged(identities.of_users().seed), "holds no valid seed"),
        (identities.of_users().public, "holds no valid seed"),
    ],
    ids=("empty", "blank", "nonsense", "no ASCII", "cut off", "damaged", "public"),  # keys differ each time
)
async def test_a_file_without_a_whole_key_is_told_with_its_path(tmp_path, content, why):
    (tmp_path / "user.nk").write_text(content, encoding="utf-8")
    error = await _refused({"nkey": "user.nk"}, tmp_path)
    assert (error.code, error.where) == ("KN821", str(tmp_path / "user.nk"))
    assert error.message == f"the file of `nkey` {why}"
    assert "SU" in error.remedy


def _token_alone(file):
    return file.partition("\n\n")[0]


def _seed_alone(file):
    return file.partition("\n\n")[2]


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        (lambda _: "", "is empty"),
        (lambda _: "nonsense", "holds no valid token and no valid seed"),
        (_token_alone, "holds no valid seed"),
        (_seed_alone, "holds no valid token"),
        (lambda file: file.replace("\nSU", "\nS1"), "holds no valid seed"),
        (lambda file: file.partition("\nSU")[0], "holds no valid seed"),
        (lambda file: file.partition("\nSU")[0] + "\nSU", "holds no valid seed"),
        (lambda file: file.replace(".", ""), "holds no valid token"),
    ],
)
async def test_a_damaged_credentials_file_is_told_with_its_path(tmp_path, harm, why):
    _, file = identities.by_tokens(identities.of_users())
    (tmp_path / "user.creds").write_text(harm(file))
    error = await _refused({"credentials": "user.creds"}, tmp_path)
    assert (error.code, error.where) == ("KN821", str(tmp_path / "user.creds"))
    assert error.message == f"the file of `credentials` {why}"
    assert "nsc generate creds" in error.remedy


@pytest.mark.parametrize("given", ["credentials", "nkey"])
async def test_what_is_no_path_of_a_file_is_told(tmp_path, given):
    error = await _refused({given: 5}, tmp_path)
    assert (error.code, error.message) == ("KN821", f"`{given}` is no path: 5")


async def test_a_folder_instead_of_a_file_is_told(tmp_path):
    error = await _refused({"nkey": "."}, tmp_path)
    assert error.code == "KN821"
    assert "cannot be read" in error.message
