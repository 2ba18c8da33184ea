"""Errors of user code as event payloads."""

from __future__ import annotations

from typing import Any

from kodonb.capture import innermost, user_traceback
from kodonb.events.plain import short
from kodonb.model.errors import KodonbError, StepFailed

Failure = dict[str, Any]


def failure(error: BaseException, step: str = "", inputs: dict[str, str] | None = None) -> Failure:
    """Return an error payload (see the event reference).

    What a step raised elsewhere is described by the step's own traceback, with the flow's frames below it.
    """
    told: Failure = {
        "type": type(error).__name__,
        "message": error.message if isinstance(error, KodonbError) else _message(error),
        "code": error.code if isinstance(error, KodonbError) else None,
        "traceback": user_traceback(error),
        "where": innermost(error),
        "inputs": inputs,
        "step": step or None,
    }
    origin = origin_of(error)
    if origin is not None:
        told |= {
            "where": origin.where,
            "inputs": origin.inputs,
            "step": origin.step,
            "traceback": origin.traceback,
        }
    return told


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an error that cannot say what it is must still end its run
        return short(error)


def origin_of(error: BaseException) -> StepFailed | None:
    """Return the step failure behind an error that came out of a future."""
    if isinstance(error, StepFailed):
        return error
    return getattr(error, "__step_failed__", None)


def mark(error: BaseException, origin: StepFailed) -> BaseException:
    """Remember which step an error comes from."""
    error.__step_failed__ = origin  # type: ignore[attr-defined]
    return error


def step_failed(error: BaseException, step: str, inputs: dict[str, str]) -> StepFailed:
    """Return what travels when a step fails for good."""
    told = failure(error, step, inputs)
    return StepFailed(
        f"step {told['step'] or step} failed: {told['type']}: {told['message']}",
        step=told["step"] or step,
        traceback=told["traceback"],
        inputs=told["inputs"] or inputs,
        where=told["where"],
        code=told["code"],
    )
