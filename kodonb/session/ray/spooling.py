"""The actor that supervises the spooler: Ray starts it again whenever its process dies."""

from __future__ import annotations

import gc
import json
import os
import threading
from pathlib import Path

import msgspec
import ray
import zmq

from kodonb.events.sql import SqlLog
from kodonb.model.settings import Settings
from kodonb.session.ray import actors
from kodonb.session.ray.files import place_file, write_private
from kodonb.session.ray.spooler import Spooler
from kodonb.session.ray.timers import leisure
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


class SpoolerActor(actors.Supervised):
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
        secrets = (keys.server_public, keys.server_secret, keys.peer_public)
        at = host or str(ray.util.get_node_ip_address())  # type: ignore[no-untyped-call]
        spooler = Spooler(log, secrets, _port(place, cluster), at)
        address = spooler.address
        where = Where(
            address=address,
            server=keys.server_public,
            public=keys.peer_public,
            secret=keys.peer_secret,
        )
        write_private(place, json.dumps({"address": address, "pid": os.getpid(), "cluster": cluster}))
        actors.tell(Home(where=where, settings=settings, cluster=cluster))
        # Batches live for a moment: to look through them for cycles again and again is lost time.
        gc.set_threshold(100_000, 50, 50)
        threading.Thread(target=spooler.serve, name="kodonb-spooler", daemon=True).start()
        self.occupy()

    def stay(self) -> None:
        """Do not return, and let Ray's threads sleep longer: nothing here needs them."""
        with leisure():
            super().stay()


def _port(place: Path, cluster: str) -> int:
    # Only an earlier life of the same spooler has left a port whose peers still look for it.
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        return int(told["address"].rpartition(":")[2]) if told["cluster"] == cluster else 0
    except (OSError, ValueError, KeyError):
        return 0
