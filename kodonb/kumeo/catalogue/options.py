"""Options of sources and targets, by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COMMON: Final = {
    "partition": "Field; messages with the same value keep their order.",
    "format": "How messages are written: `json`, `text` or `bytes`.",
    "dead_letter": "Where messages go that were put aside.",
}
"""Options of all sources."""

_HOST: Final = {
    "host": "Where it listens; by default on this machine alone.",
    "port": "Port where it listens.",
}
_STREAM: Final = {
    "stream": "Name of the stream.",
    "create": "Whether the stream is made if there is none.",
    "max_age": "How long a stream that is made keeps messages.",
    "max_bytes": "How much a stream that is made keeps.",
    "replicas": "How many servers keep a stream that is made.",
    "duplicate_window": "For how long a stream that is made knows a message again.",
    "jetstream": "`false` for messages that nobody keeps.",
}
_KAFKA: Final = {
    "brokers": "Addresses of the brokers.",
    "user": "Name at the brokers.",
    "password": "Password at the brokers.",
    "mechanism": "How the password is told.",
    "tls": "Whether, and with which files, the connection is encrypted.",
}
_MQTT: Final = {
    "broker": "Address of the broker.",
    "user": "Name at the broker.",
    "password": "Password at the broker.",
    "tls": "Whether, and with which files, the connection is encrypted.",
    "qos": "How sure delivery is: 0, 1 or 2.",
}

_SOURCES: Final[Mapping[str, Mapping[str, str]]] = {
    "NATS": {
        "durable": "Name of the consumer: whoever has the same name shares the messages.",
        "queue": "Another name of `durable`.",
        "start": "Where it begins: `all`, `new`, `last`, a number, or a time.",
        "ack_wait": "How long a message may be under work before it is given again.",
        **_STREAM,
    },
    "HTTP": {
        **_HOST,
        "token": "What callers have to know.",
        "timeout": "How long a request may take.",
        "max_size": "How large a request may be.",
    },
    "Kafka": {
        "group": "Name of the group of consumers.",
        "start": "Where it begins: `all` or `new`.",
        **_KAFKA,
    },
    "MQTT": {"client_id": "Name under which the broker keeps messages for it.", **_MQTT},
    "File": {
        "durable": "Whether it goes on where it was left.",
        "follow": "Whether it waits for what will be added.",
    },
    "Timer": {
        "data": "What a message holds beside its time and number.",
        "count": "How many messages there are.",
    },
}
_TARGETS: Final[Mapping[str, Mapping[str, str]]] = {
    "NATS": _STREAM,
    "HTTP": {
        **_HOST,
        "headers": "Headers of requests.",
        "token": "What the receiver wants to know.",
        "method": "Method of requests; POST by default.",
        "timeout": "How long a request may take.",
        "retry": "How often it is tried again.",
    },
    "Kafka": _KAFKA,
    "MQTT": _MQTT,
    "File": {"append": "Whether it is added to what is there."},
}


def options(kind: str, role: str) -> Mapping[str, str]:
    """Return the options of a type, each with what it is; nothing for one that is not known.

    Args:
        kind: Name of the type.
        role: ``"source"`` or ``"target"``.
    """
    if role == "target":
        return _TARGETS.get(kind, {})
    return {**_SOURCES[kind], **COMMON} if kind in _SOURCES else {}
