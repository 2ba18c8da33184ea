"""Subjects of NATS, topics of MQTT.

Rules: https://docs.nats.io/nats-concepts/subjects, and section 4.7 of MQTT 5.0.
"""

from __future__ import annotations

import re
from typing import Final

_SETTING: Final = re.compile(r"\$\{[^{}]*\}")
_WILDCARDS: Final = {
    "NATS": ("*", ">", "."),
    "MQTT": ("+", "#", "/"),
    "Kafka": ("*", "?", "."),
    "File": ("*", "**", "/"),
}
_LATER: Final = frozenset({"Kafka", "File"})
"""Whose wildcards may stand within a word; what they may be is told when they are opened."""

_WORDS: Final = {"NATS": "subject", "Kafka": "topic"}


def problem(kind: str, subject: str) -> tuple[str, str]:
    """Return what is wrong with a subject, and what to do; nothing if it is well formed."""
    plain = _filled(subject)
    if kind in _WORDS and re.search(r"\s", plain):
        return f"a {_WORDS[kind]} has no spaces", "write e.g. orders.new"
    signs = _WILDCARDS.get(kind)
    if signs is None or kind in _LATER:
        return "", ""
    one, all_, dot = signs
    parts = plain.split(dot)
    if kind == "NATS" and "" in parts:
        return f"`{subject}` has an empty part", "put something between the dots"
    if any(len(part) > 1 and (one in part or all_ in part) for part in parts):
        return f"a wildcard stands alone between two `{dot}`", f"write e.g. orders{dot}{one}"
    if all_ in parts[:-1]:
        return f"`{all_}` can only be the last part", f"use `{one}` for a part in between"
    return "", ""


def has_wildcard(kind: str, subject: str) -> bool:
    """Whether a subject stands for many."""
    if kind not in _WILDCARDS:
        return False
    one, all_, dot = _WILDCARDS[kind]
    if kind in _LATER:
        return one in _filled(subject)
    return any(part in {one, all_} for part in _filled(subject).split(dot))


def _filled(subject: str) -> str:
    """Return a subject with something in place of settings such as ``${env.REGION}``."""
    while (found := _SETTING.sub("x", subject)) != subject:
        subject = found
    return subject
