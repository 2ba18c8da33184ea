"""Conditions, features and prompts of a declaration, compiled; a malformed one is an error of the declaration."""

from __future__ import annotations

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.expressions import Condition, Feature, Malformed, condition, feature


def expression(said: object, where: str) -> Condition:
    """Return a condition.

    Args:
        said: Its text; `true`, `false` and numbers stand for themselves.
        where: The place in the declaration, such as ``"rule 'high'"``.

    Raises:
        AgentError: It is none (KN802).
    """
    text = said if isinstance(said, str) else _plain(said)
    try:
        return condition(text)
    except Malformed as error:
        raise _malformed(text, error, where) from None


def computed(said: str, where: str) -> Feature:
    """Return a feature such as ``"is_high_value: amount > 1000"``.

    Raises:
        AgentError: It is none (KN802).
    """
    try:
        return feature(said)
    except Malformed as error:
        raise _malformed(said, error, where) from None


def _plain(said: object) -> str:
    return str(said).lower() if isinstance(said, bool) else str(said)


def _malformed(text: str, error: Malformed, where: str) -> Exception:
    shown = text if len(text) <= 60 else f"{text[: error.at + 20][-60:]}…"
    return declared_wrongly(f"{error.message}, in `{shown}`", error.remedy, where=where)
