"""HTTP byte by byte, for what no client library would do."""

from __future__ import annotations

import json
import socket
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Connection:
    """A connection to a server."""

    def __init__(self, url):
        parts = urlsplit(str(url))
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        self._host = parts.netloc
        self._got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def head(self, method, path, headers):
        """Send the head of a request."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send("\r\n".join([*lines, "", ""]).encode())

    def send(self, body):
        self.socket.sendall(body)

    def chunk(self, body):
        """Send a piece of a body whose length was not announced."""
        self.send(f"{len(body):x}\r\n".encode() + body + b"\r\n")

    def answer(self):
        """Read an answer that says how long it is."""
        while b"\r\n\r\n" not in self._got:
            self._more()
        head, _, self._got = self._got.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers.get("content-length", "0"))
        while len(self._got) < length:
            self._more()
        body, self._got = self._got[:length], self._got[length:]
        return Answer(int(first.split()[1]), headers, body)

    def _more(self):
        got = self.socket.recv(65536)
        assert got, "the connection was closed"
        self._got += got

    def is_closed(self):
        """Wait until the server closes the connection; whether it sent nothing more."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
