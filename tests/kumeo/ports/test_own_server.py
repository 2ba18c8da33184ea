from __future__ import annotations

import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.nats import server as server_module
from kodonb.kumeo.ports.nats.server import Server


def is_there(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid, within=10):
    until = time.monotonic() + within
    while is_there(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not is_there(pid)


def test_a_server_runs_while_somebody_uses_it(tmp_path):
    one, two = Server(tmp_path / "nats"), Server(tmp_path / "nats")
    access = one.use()
    pid = one.pid()
    assert two.use() == access and two.pid() == pid
    one.leave()
    time.sleep(0.2)
    assert is_there(pid)
    two.leave()
    assert gone(pid)


def test_it_listens_on_loopback_only_and_nobody_else_reads_its_password(tmp_path):
    server = Server(tmp_path / "nats")
    access = server.use()
    try:
        address = next(
            (info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)),
            "127.0.0.1",
        )
        if not address.startswith("127."):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((address, access.port), 1)
        for name in ("access.json", "server.conf"):
            assert stat.S_IMODE((tmp_path / "nats" / name).stat().st_mode) == 0o600
        assert access.password not in repr(access)
    finally:
        server.leave()


def test_it_ends_with_a_user_that_is_killed(tmp_path):
    code = f"from pathlib import Path; from kodonb.kumeo.ports.nats.server import Server; s = Server(Path({str(tmp_path)!r})); s.use(); print(s.pid(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as user:
        pid = int(user.stdout.readline())
        assert is_there(pid)
        user.kill()
    assert gone(pid)


def test_it_keeps_its_password_and_its_port(tmp_path):
    server = Server(tmp_path / "nats")
    first = server.use()
    pid = server.pid()
    server.leave()
    assert gone(pid)
    assert server.use() == first
    server.leave()


def test_a_program_that_is_not_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(server_module.shutil, "which", lambda *_, **__: None)
    with pytest.raises(PortError, match="no NATS server") as caught:
        Server(tmp_path / "nats").use()
    assert caught.value.code == "KN822"
