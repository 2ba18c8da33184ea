from __future__ import annotations

import gc
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path

import psycopg
import pytest
from xdist.scheduler import LoadScopeScheduling

import kodonb as kb
from kodonb.events.sql import SqlLog

STORES = ["sqlite file", "sqlite memory", "postgresql"]
HERE = Path(__file__).parent
ALONE = ("ray", "notebooks")
"""Folders whose tests start clusters: one after the other, while others go on beside them."""


class Shares(LoadScopeScheduling):
    """Gives whole files to the processes that share the tests out."""

    def _split_scope(self, nodeid):
        file = nodeid.partition("::")[0]
        return "alone" if Path(file).parts[1] in ALONE else file


def pytest_xdist_make_scheduler(config, log):
    """Share the tests out, if there are several processes."""
    return Shares(config, log)


def pytest_collection_modifyitems(config, items):
    """Begin with what takes longest, if there are several processes."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.path.relative_to(HERE).parts[0] not in ALONE)


@pytest.fixture(scope="session")
def frozen():
    """Spare what is loaded by now from being looked at whenever garbage is collected: ten times faster."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def home(tmp_path, monkeypatch, frozen):
    """An instance of its own, in which flows run without Ray."""
    for name in ("KODONB_STORE", "KODONB_RAY_ADDRESS", "KODONB_NUM_CPUS", "KODONB_WARM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KODONB_SESSION", "inline")
    yield tmp_path / "home"
    kb.disconnect()
    # A thread that could not be ended holds what runs replace in the process, such as `sys.stdout`.
    for thread in threading.enumerate():
        if thread.name.startswith("kodonb-run-"):
            thread.join(10)
    # So that what is left of this test is not collected in a thread of the next, where cancelling may strike.
    gc.collect()


@pytest.fixture
def inline(home):
    """The inline session of that instance, as the current one."""
    return kb.connect("inline")


@pytest.fixture(params=STORES)
def url(request, tmp_path):
    """URL of an empty store, one of each kind."""
    if request.param == "sqlite file":
        return f"sqlite:///{tmp_path / 'events.db'}"
    return "sqlite://" if request.param == "sqlite memory" else request.getfixturevalue("postgres")


@pytest.fixture
def log(url):
    """An empty event log, one of each kind."""
    made = SqlLog(url, patience=5)
    yield made
    made.close()


@pytest.fixture
def postgres(postgres_server):
    """URL of an empty PostgreSQL database."""
    return postgres_server.database()


@pytest.fixture(scope="session")
def postgres_server():
    """A real PostgreSQL server on a free port of this machine, for the whole test session."""
    folder = Path(tempfile.mkdtemp(prefix="kodonb-pg-"))
    user = "postgres" if os.geteuid() == 0 else None
    try:
        with _Server(_binaries(), folder, user) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Server:
    def __init__(self, binaries, folder, user):
        self.user = user
        self.name = user or pwd.getpwuid(os.geteuid()).pw_name
        self.port = _free_port()
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        self._run(
            binaries / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        settings |= dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit", "autovacuum"), "off")
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        self._output = (folder / "output").open("wb")
        self._process = subprocess.Popen(
            [binaries / "postgres", "-D", data, *options],
            user=user,
            cwd=folder,
            stdout=self._output,
            stderr=self._output,
        )

    def _run(self, *command):
        done = subprocess.run(command, user=self.user, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def __enter__(self):
        until = time.monotonic() + 30
        while True:
            try:
                self._do("SELECT 1")
            except psycopg.OperationalError:
                assert self._process.poll() is None, "PostgreSQL did not start"
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGQUIT)  # at once: what it has written is thrown away
        self._process.wait(30)
        self._output.close()

    def _do(self, statement):
        dsn = f"host=127.0.0.1 port={self.port} user={self.name} dbname=postgres connect_timeout=5"
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(statement)

    def database(self):
        name = f"t{uuid.uuid4().hex[:12]}"
        # The rules of a language, not of bytes: they are what a user's server may have, and the harder case.
        self._do(f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
        return f"postgresql+psycopg://{self.name}@127.0.0.1:{self.port}/{name}"  # goes with the server


def _binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found and (path := shutil.which("initdb")):
        found = [Path(path)]
    if not found:
        pytest.fail(
            "these tests need a PostgreSQL server: apt-get install postgresql (or put initdb on PATH)",
            pytrace=False,
        )
    return found[-1].parent


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
