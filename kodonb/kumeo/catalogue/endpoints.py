"""What a source, a target or a context may be."""

from __future__ import annotations

from typing import Final, NamedTuple


class Endpoint(NamedTuple):
    """A type of sources and targets.

    Attributes:
        name: Its name.
        summary: What it is.
        address: What its first argument is.
        target: Whether it may be a target too.
        named: Name under which that argument may be given too; empty if there are several.
        durations: Options that are durations.
    """

    name: str
    summary: str
    address: str
    target: bool = True
    named: str = ""
    durations: tuple[str, ...] = ()


_NATS: Final = ("ack_wait", "max_age", "duplicate_window")

ENDPOINTS: Final[dict[str, Endpoint]] = {
    each.name: each
    for each in (
        Endpoint("NATS", "a subject of NATS", "subject", named="subject", durations=_NATS),
        Endpoint("HTTP", "requests to a path, or to an address", "path or address", durations=("timeout",)),
        Endpoint("Kafka", "a topic of Kafka", "topic", named="topic"),
        Endpoint("MQTT", "a topic of MQTT", "topic", named="topic"),
        Endpoint("File", "a file, or files of a folder", "path", named="path"),
        Endpoint("Custom", "something of your own", "name"),
        Endpoint("Timer", "a message again and again", "interval", target=False, named="interval"),
    )
}
"""Types of sources and targets, by name."""

ADDRESSES: Final = (
    "address", "subject", "topic", "url", "path", "endpoint", "file", "stream", "channel", "interval",
)  # fmt: skip
"""Names under which an address may be given, where it is not the first argument."""

CONTEXTS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "KnowledgeBase": ("texts to look things up in", ("path", "options")),
    "BayesianNetwork": ("a network of probabilities", ("path", "options")),
    "Database": ("the rows of a query", ("connection", "query")),
}
"""Types of contexts: what each is, and what its arguments are."""

MODEL_TYPES: Final = ("onnx", "pytorch", "bayesian", "rules_engine", "python")
"""Types of models."""


def places(name: str) -> tuple[str, ...]:
    """Return what the arguments without a name of a type of sources and targets are, as far as they have one."""
    known = ENDPOINTS.get(name)
    return (known.named,) if known is not None and known.named else ()


def context_places(name: str) -> tuple[str, ...]:
    """Return what the arguments without a name of a type of contexts are."""
    return CONTEXTS[name][1] if name in CONTEXTS else ()


def find_loosely(name: str) -> Endpoint | None:
    """Return a type of sources and targets by a name as blocks have it: ``"nats"``."""
    return next((each for each in ENDPOINTS.values() if each.name.lower() == name.lower()), None)
