"""What an agent's declaration says about time, new tries, and what becomes of an event that it fails on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds

Action = Literal["quarantine", "reject", "log_and_continue"]
Growth = Literal["exponential", "linear", "fixed"]

ENGINE: Final = frozenset({"batch_size", "batch_wait", "cache", "concurrency", "fallback", "retry", "when"})
"""Arguments that the engine alone sees to; no agent is given them."""

LENT: Final = frozenset({"input", "input_schema", "on_failure", "output", "output_schema", "timeout"})
"""Arguments that the engine sees to, and that an agent is given if it knows them."""

_ACTIONS: Final = ("quarantine", "reject", "log_and_continue")
_FAILURE: Final = ("action", "retry", "fallback", "channel")
_ATTEMPTS: Final = ("attempts", "max_attempts", "max_retries")
_DELAYS: Final = ("delay", "initial_delay", "backoff")
_GROWTHS: Final[dict[str, Growth]] = {
    "exponential": "exponential", "linear": "linear", "fixed": "fixed", "constant": "fixed", "none": "fixed",
}  # fmt: skip
_MOST: Final = 10_000


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to an event that takes long or fails.

    Attributes:
        timeout: Seconds that a try may take; `None` for as long as it takes.
        tries: How often it is tried at most.
        delay: Seconds before the second try.
        growth: How that grows from try to try: twice as long each time, by as much each time, or not.
        longest: Seconds before a try at most.
        fallback: What takes over when all tries have failed: the id of an agent, an engine, or a value.
        action: What becomes of the event then: it is put aside, it ends, or it goes on without the agent.
        channel: Subject that is told.
        cache: Seconds for which a result may be used again for equal input; 0 for never.
        concurrency: How many events may be with the agent at once; 0 for the default of its kind.
        batch: How many events it is given at once, if it can take several; 0 for the default.
        batch_wait: Seconds that events wait for others of their batch.
    """

    timeout: float | None = None
    tries: int = 1
    delay: float = 1.0
    growth: Growth = "exponential"
    longest: float = 60.0
    fallback: Any = None
    action: Action = "quarantine"
    channel: str = ""
    cache: float = 0.0
    concurrency: int = 0
    batch: int = 0
    batch_wait: float = 0.0

    def pause(self, tries: int, error: BaseException) -> float:
        """Return the seconds to wait after so many tries."""
        after = error.after if isinstance(error, AgentError) else 0.0
        factor = {"exponential": 2.0 ** min(tries - 1, 64), "linear": tries, "fixed": 1}[self.growth]
        return max(after, min(self.delay * factor, self.longest))

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
            concurrency=_count(arguments.get("concurrency") or 0),
            batch=_count(arguments.get("batch_size") or 0),
            batch_wait=_optional(arguments.get("batch_wait")) or 0.0,
        )
    except (TypeError, ValueError, UsageError) as error:
        message = error.message if isinstance(error, UsageError) else str(error)
        raise WorkflowError(message, where=f"agent {where}", remedy="correct the agent's arguments") from None


def _failure(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    said = arguments.get("on_failure")
    if said is None:
        return {}
    if isinstance(said, str):
        return {"action": said}
    return _known(said, _FAILURE, "on_failure")


def _known(said: Any, names: tuple[str, ...], where: str) -> Mapping[str, Any]:
    """Return an object that has no other names than these."""
    if not isinstance(said, Mapping):
        raise ValueError(f"`{where}` cannot be {said!r}: write {', '.join(names)}")  # noqa: TRY004 - caught as one
    for name in said:
        if name not in names:
            raise ValueError(f"`{where}` knows no `{name}`: {meant(name, names)}")
    return said


def _action(said: Any) -> Any:
    if said not in _ACTIONS:
        raise ValueError(f"on_failure knows no action {said!r}: use {', '.join(_ACTIONS)}")
    return said


def _retry(said: Any, more: Any) -> dict[str, Any]:
    if said is None or (isinstance(said, int | float | str) and not isinstance(said, bool)):
        return {"tries": 1 + _count(said or 0) + _count(more)}
    if isinstance(said, bool):
        said = {} if said else {"attempts": 0}
    given = _known(said, (*_ATTEMPTS, *_DELAYS, "max_delay"), "retry")
    attempts = next((given[name] for name in _ATTEMPTS if name in given), 3)
    word = given.get("backoff")
    grows = word in _GROWTHS if isinstance(word, str) else False
    delays = [given[name] for name in _DELAYS if name in given and not (grows and name == "backoff")]
    return {
        "tries": 1 + _count(attempts) + _count(more),
        "delay": seconds(delays[0] if delays else 1.0),
        "growth": _GROWTHS[word] if grows and isinstance(word, str) else "exponential",
        "longest": seconds(given.get("max_delay", 60.0)),
    }


def _count(said: Any) -> int:
    try:
        number = int(said)
    except (TypeError, ValueError):
        number = -1
    if not 0 <= number <= _MOST or (isinstance(said, float) and number != said):
        raise ValueError(f"{said!r} is not a whole number from 0 to {_MOST}")
    return number


def _optional(said: Any) -> float | None:
    return None if said is None else seconds(said)


def _cache(said: Any) -> float:
    if isinstance(said, bool) or said is None:
        return float("inf") if said else 0.0
    return seconds(said)
