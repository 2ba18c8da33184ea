"""Identity providers for tests: one that does all of OpenID Connect, and one that does what a test wants."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

USERS = (
    {"sub": "u1", "preferred_username": "ada", "scope": "openid kodonb:run read"},
    {"sub": "u2", "name": "no scopes"},
)


@contextmanager
def provider(*options):
    """Start an OpenID Connect provider as a process of its own on a free port; give its issuer."""
    users = [word for user in USERS for word in ("--user-claims", json.dumps(user))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", "0", *users, *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr:
            if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", line):
                break
        else:
            raise AssertionError("the provider did not start")
        # What it says later must not fill the pipe.
        rest = threading.Thread(target=process.stderr.read)
        rest.start()
        yield found[1]
    finally:
        process.kill()
        process.wait()
        rest.join()
        process.stderr.close()


def login(issuer, user, client="kodonb"):
    """Log in as a person would, and return the token for a client."""
    back = "http://127.0.0.1/back"
    asked = {"client_id": client, "redirect_uri": back, "response_type": "code", "scope": "openid profile"}
    with httpx.Client(base_url=issuer) as browser:
        sent = browser.post("/oauth2/authorize", params=asked, data={"sub": user})
        code = parse_qs(urlsplit(sent.headers["location"]).query)["code"][0]
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        return browser.post("/oauth2/token", data=grant, auth=(client, "secret")).json()["id_token"]


class Issuer:
    """An identity provider that publishes the keys and documents that it is told to.

    Attributes:
        keys: Private keys; their public halves are published.
        asked: Paths that were asked for.
        pages: What is answered instead, by path: a status, a body, or an address to go on to.
        gate: Answers wait until it is set.
        reached: Whether an answer waits.
    """

    def __init__(self, *keys):
        self.keys = list(keys)
        self.asked = []
        self.pages = {}
        self.gate = threading.Event()
        self.gate.set()
        self.reached = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Go down."""
        if self._thread.is_alive():
            self.gate.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()

    def token(self, header=None, key=None, **claims):
        """Return a token, good unless claims say otherwise; `None` leaves a claim out."""
        key = key or self.keys[0]
        now = int(time.time())
        told = {
            "iss": self.url,
            "aud": "kodonb",
            "sub": "u1",
            "iat": now,
            "exp": now + 300,
            "scope": "run",
            **claims,
        }
        head = {"alg": "RS256", "kid": key.kid, **(header or {})}
        kept = {name: value for name, value in told.items() if value is not None}
        return jwt.encode(head, kept, key, algorithms=[head["alg"]])

    def page(self, path):
        """Return what is answered: status, headers, body."""
        found = self.pages.get(path)
        if isinstance(found, int):
            return found, {}, b""
        if isinstance(found, str):
            return 302, {"Location": found}, b""
        if isinstance(found, bytes):
            return 200, {}, found
        if path == "/.well-known/openid-configuration":
            return 200, {}, json.dumps({"issuer": self.url, "jwks_uri": f"{self.url}/jwks"}).encode()
        return 200, {}, json.dumps(KeySet(self.keys).as_dict(private=False)).encode()

    def _handler(self):
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked.append(self.path)
                if not issuer.gate.is_set():
                    issuer.reached.set()
                issuer.gate.wait(20)
                status, headers, body = issuer.page(self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler


def rsa(kid):
    """Return a new RSA key."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


def part(value):
    """Return a part of a token."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()
