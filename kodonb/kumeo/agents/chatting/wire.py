"""What is asked of a language model, and what comes back, whatever the server speaks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from kodonb.kumeo.agents.errors import AgentError


class Ask(NamedTuple):
    """A request.

    Attributes:
        model: Name of the model.
        messages: ``{role, content}``, in order.
        options: ``temperature``, ``max_tokens`` and whatever else the server takes.
        schema: Schema of the JSON that the answer should be; `None` for text.
        without: What the server has been found not to know.
    """

    model: str
    messages: list[dict[str, str]]
    options: Mapping[str, Any]
    schema: Any = None
    without: frozenset[str] = frozenset()


class Piece(NamedTuple):
    """A piece of an answer.

    Attributes:
        text: What it adds.
        reason: Why the answer ends; empty while it goes on.
        usage: Tokens of the request and of the answer, once they are known.
    """

    text: str = ""
    reason: str = ""
    usage: tuple[int, int] | None = None


class Wire(Protocol):
    """A format in which servers are spoken to."""

    path: str

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers of a request."""

    def body(self, ask: Ask) -> dict[str, Any]:
        """Return the body of a request."""

    def piece(self, line: str) -> Piece | None:
        """Return what a line of the answer says; `None` if nothing.

        Raises:
            AgentError: It is malformed, or tells an error (KN806).
        """


def decoded(text: str) -> dict[str, Any]:
    """Return the object that a line of JSON is.

    Raises:
        AgentError: It is none, or tells an error (KN806).
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise AgentError(
            f"the model's server says what is no JSON: {text[:100]!r}",
            code="KN806",
            transient=True,
            remedy="try again",
        )
    if value.get("error"):
        raise AgentError(
            f"the model's server says: {told(value)}", code="KN806", transient=True, remedy="try again"
        )
    return value


def told(value: Any) -> str:
    """Return what the body of an error says."""
    error = value.get("error", value) if isinstance(value, dict) else value
    message = error.get("message", error) if isinstance(error, dict) else error
    return (message if isinstance(message, str) else json.dumps(message))[:500]


def count(value: Any) -> int:
    """Return a number of tokens; 0 for what is none."""
    return value if type(value) is int and value >= 0 else 0
