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
    """

    name: str
    summary: str
    address: str
    target: bool = True


ENDPOINTS: Final[dict[str, Endpoint]] = {
    each.name: each
    for each in (
        Endpoint("NATS", "a subject of NATS", "subject"),
        Endpoint("HTTP", "requests to a path, or to an address", "path or address"),
        Endpoint("Kafka", "a topic of Kafka", "topic"),
        Endpoint("MQTT", "a topic of MQTT", "topic"),
        Endpoint("File", "a file, or files of a folder", "path"),
        Endpoint("Custom", "something of your own", "name"),
        Endpoint("Timer", "a message again and again", "interval", target=False),
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


def find_loosely(name: str) -> Endpoint | None:
    """Return a type of sources and targets by a name as blocks have it: ``"nats"``."""
    return next((each for each in ENDPOINTS.values() if each.name.lower() == name.lower()), None)
