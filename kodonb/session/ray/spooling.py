"""The actor that supervises the spooler: Ray starts it again whenever its process dies."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import msgspec
import zmq

from kodonb.events.sql import SqlLog
from kodonb.model.settings import Settings
from kodonb.session.ray.spooler import Spooler
from kodonb.session.ray.wire import Home, Where

_PATIENCE = 0.05  # seconds the spooler waits for a locked store at a time; it serves others in between


class Keys(msgspec.Struct, frozen=True):
    """The CURVE keys of an instance: those of its spooler, and those all of its peers share."""

    server_public: bytes
    server_secret: bytes
    peer_public: bytes
    peer_secret: bytes


def new_keys() -> Keys:
    """Return fresh keys."""
    return Keys(*zmq.curve_keypair(), *zmq.curve_keypair())


class SpoolerActor:
    """The spooler as a Ray actor.

    Args:
        settings: Settings of the instance.
        cluster: Identity of the cluster.
        keys: Keys of the instance.
        host: Address to bind; empty for this node's address in the cluster.
    """

    def __init__(self, settings: Settings, cluster: str, keys: Keys, host: str) -> None:
        place = place_file(settings)
        log = SqlLog(settings.store, patience=_PATIENCE)
        spooler = Spooler(log, (keys.server_public, keys.server_secret, keys.peer_public), _port(place), host)
        where = Where(
            address=spooler.address, server=keys.server_public, public=keys.peer_public, secret=keys.peer_secret
        )
        self._home = Home(where=where, settings=settings, cluster=cluster)
        write_private(place, json.dumps({"address": spooler.address, "pid": os.getpid(), "cluster": cluster}))
        threading.Thread(target=spooler.serve, name="kodonb-spooler", daemon=True).start()

    def home(self) -> Home:
        """Return how the spooler is reached and which instance it serves."""
        return self._home


def place_file(settings: Settings) -> Path:
    """Return the file that says where the spooler of an instance is."""
    return settings.home / "spooler.json"


def write_private(path: Path, text: str) -> None:
    """Replace a file at once by one that only its owner can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _port(place: Path) -> int:
    try:
        return int(json.loads(place.read_text(encoding="utf-8"))["address"].rpartition(":")[2])
    except (OSError, ValueError, KeyError):
        return 0
