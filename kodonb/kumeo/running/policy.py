"""What an agent's declaration says about time, new tries, and what becomes of an event that it fails on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds

Action = Literal["quarantine", "reject", "log_and_continue"]

ENGINE: Final = frozenset({"batch_size", "cache", "concurrency", "fallback", "retry", "when"})
"""Arguments that the engine alone sees to; no agent is given them."""

LENT: Final = frozenset({"input", "input_schema", "on_failure", "output", "output_schema", "timeout"})
"""Arguments that the engine sees to, and that an agent is given if it knows them."""

_ACTIONS: Final = ("quarantine", "reject", "log_and_continue")
_MOST: Final = 10_000


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to an event that takes long or fails.

    Attributes:
        timeout: Seconds that a try may take; `None` for as long as it takes.
        tries: How often it is tried at most.
        delay: Seconds before the second try; twice as long before each further one.
        longest: Seconds before a try at most.
        fallback: What takes over when all tries have failed: the id of an agent, an engine, or a value.
        action: What becomes of the event then: it is put aside, it ends, or it goes on without the agent.
        channel: Subject that is told.
        cache: Seconds for which a result may be used again for equal input; 0 for never.
        concurrency: How many events may be with the agent at once; 0 for the default of its kind.
        batch: How many events it is given at once, if it can take several; 0 for the default.
    """

    timeout: float | None = None
    tries: int = 1
    delay: float = 1.0
    longest: float = 60.0
    fallback: Any = None
    action: Action = "quarantine"
    channel: str = ""
    cache: float = 0.0
    concurrency: int = 0
    batch: int = 0

    def pause(self, tries: int, error: BaseException) -> float:
        """Return the seconds to wait after so many tries."""
        after = error.after if isinstance(error, AgentError) else 0.0
        wait: float = min(self.delay * 2 ** (tries - 1), self.longest)
        return max(after, wait)

    def tries_again(self, tries: int, error: BaseException) -> bool:
        """Whether there is to be another try; what cannot end otherwise is not tried again."""
        if isinstance(error, AgentError) and not error.transient:
            return False
        return tries < self.tries


def policy(where: str, arguments: Mapping[str, Any], timeout: float | None = None) -> Policy:
    """Return the policy of an agent.

    Args:
        where: Its id.
        arguments: What it is given, as JSON values.
        timeout: Its timeout, if that is known already.

    Raises:
        WorkflowError: Something is malformed (KN832).
    """
    try:
        return Policy(
            timeout=timeout if timeout is not None else _optional(arguments.get("timeout")),
            **_retry(arguments.get("retry"), _failure(arguments).get("retry", 0)),
            fallback=arguments.get("fallback", _failure(arguments).get("fallback")),
            action=_action(_failure(arguments).get("action", "quarantine")),
            channel=str(_failure(arguments).get("channel") or ""),
            cache=_cache(arguments.get("cache")),
            concurrency=_count(arguments.get("concurrency", 0)),
            batch=_count(arguments.get("batch_size", 0)),
        )
    except (TypeError, ValueError, UsageError) as error:
        message = error.message if isinstance(error, UsageError) else str(error)
        raise WorkflowError(message, where=f"agent {where}", remedy="correct the agent's arguments") from None


def _failure(arguments: Mapping[str, Any]) -> dict[str, Any]:
    said = arguments.get("on_failure")
    if isinstance(said, str):
        return {"action": said}
    return dict(said) if isinstance(said, Mapping) else {}


def _action(said: Any) -> Any:
    if said not in _ACTIONS:
        raise ValueError(f"on_failure knows no action {said!r}: use {', '.join(_ACTIONS)}")
    return said


def _retry(said: Any, more: Any) -> dict[str, Any]:
    if isinstance(said, Mapping):
        attempts = said.get("attempts", said.get("max_attempts", said.get("max_retries", 3)))
        delay = said.get("delay", said.get("backoff", said.get("initial_delay", 1.0)))
        wait = seconds(delay) if not isinstance(delay, str) or delay[:1].isdigit() else 1.0
        longest = seconds(said.get("max_delay", 60.0))
        return {"tries": 1 + _count(attempts) + _count(more), "delay": wait, "longest": longest}
    return {"tries": 1 + _count(said or 0) + _count(more)}


def _count(said: Any) -> int:
    number = int(said)
    if not 0 <= number <= _MOST:
        raise ValueError(f"{said!r} is not a number from 0 to {_MOST}")
    return number


def _optional(said: Any) -> float | None:
    return None if said is None else seconds(said)


def _cache(said: Any) -> float:
    if isinstance(said, bool) or said is None:
        return float("inf") if said else 0.0
    return seconds(said)
