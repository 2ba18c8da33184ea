"""Identities on a NATS server: keys, the tokens that operators and accounts sign, and files that hold them."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time

import nkeys


class Key:
    """A pair of keys.

    Args:
        role: What it is for: one of the prefixes of `nkeys`.
    """

    def __init__(self, role):
        self.seed = nkeys.encode_seed(secrets.token_bytes(32), role).decode()
        self._pair = nkeys.from_seed(bytearray(self.seed.encode()))
        self.public = self._pair.public_key.decode()

    def token(self, subject, name, **claims):
        """Return a token about a subject, signed by this key."""
        body = {"sub": subject, "iss": self.public, "iat": int(time.time()), "name": name, "nats": claims}
        body["jti"] = (
            base64.b32encode(hashlib.sha256(json.dumps(body).encode()).digest()).decode().rstrip("=")
        )
        said = f"{_part({'typ': 'JWT', 'alg': 'ed25519-nkey'})}.{_part(body)}"
        return f"{said}.{_text(self._pair.sign(said.encode()))}"


def of_users():
    """Return keys of a user."""
    return Key(nkeys.PREFIX_BYTE_USER)


def by_key(user):
    """Return the settings of a server that knows a user by the public key."""
    return f"authorization {{ users: [{{ nkey: {user.public} }}] }}\n"


def by_tokens(user):
    """Return the settings of a server that trusts an operator, and the credentials file of a user."""
    operator = Key(nkeys.PREFIX_BYTE_OPERATOR)
    system, account = Key(nkeys.PREFIX_BYTE_ACCOUNT), Key(nkeys.PREFIX_BYTE_ACCOUNT)
    everything = {"subs": -1, "data": -1, "payload": -1}
    limits = everything | {"conn": -1, "leaf": -1, "imports": -1, "exports": -1, "wildcards": True}
    stores = limits | {"mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1}
    trusted = operator.token(operator.public, "operator", type="operator", version=2)
    accounts = {
        each.public: operator.token(each.public, name, type="account", version=2, limits=allowed)
        for each, name, allowed in ((system, "system", limits), (account, "account", stores))
    }
    own = account.token(user.public, "user", type="user", version=2, **everything)
    file = (
        f"-----BEGIN NATS USER JWT-----\n{own}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
    )
    known = ", ".join(f"{public}: {told}" for public, told in accounts.items())
    settings = f"operator: {trusted}\nsystem_account: {system.public}\n"
    return f"{settings}resolver: MEMORY\nresolver_preload: {{ {known} }}\n", file


def _part(value):
    return _text(json.dumps(value).encode())


def _text(value):
    return base64.urlsafe_b64encode(value).decode().rstrip("=")
