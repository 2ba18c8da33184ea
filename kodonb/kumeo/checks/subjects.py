"""Subjects of NATS, topics of MQTT and Kafka, paths of files.

Rules: https://docs.nats.io/nats-concepts/subjects, section 4.7 of MQTT 5.0, and `Topic.java` of Apache Kafka's clients.
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
_NO_TOPIC: Final = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_TOPIC: Final = 249
_JOKERS: Final = "*>?+#"


def problem(kind: str, subject: str, role: str = "source") -> tuple[str, str]:
    """Return what is wrong with the subject of a source or target, and what to do; nothing if it is well formed."""
    plain = _filled(subject)
    if kind in _WORDS and re.search(r"\s", plain):
        return f"a {_WORDS[kind]} has no spaces", "write e.g. orders.new"
    if kind == "Kafka":
        # Those of targets are told as what they are.
        return _of_kafka(plain.replace("*", "x") if role == "target" else plain)
    if kind == "File" and "://" in plain:
        return "a File is on this machine, and has no address", "write its path, or take HTTP"
    return _of_parts(kind, subject, plain) if kind in {"NATS", "MQTT"} else ("", "")


def _of_parts(kind: str, subject: str, plain: str) -> tuple[str, str]:
    """Return what is wrong with the parts of a subject of NATS or a topic of MQTT."""
    one, all_, dot = _WILDCARDS[kind]
    parts = plain.split(dot)
    if kind == "NATS" and "" in parts:
        return f"`{subject}` has an empty part", "put something between the dots"
    if any(len(part) > 1 and (one in part or all_ in part) for part in parts):
        return f"a wildcard stands alone between two `{dot}`", f"write e.g. orders{dot}{one}"
    if all_ in parts[:-1]:
        return f"`{all_}` can only be the last part", f"use `{one}` for a part in between"
    return "", ""


def _of_kafka(topic: str) -> tuple[str, str]:
    sign = _NO_TOPIC.search(topic)
    if sign is not None and sign[0] in _JOKERS:
        return (
            f"Kafka has no wildcards, such as `{sign[0]}`",
            'name each topic: source: [Kafka("a"), Kafka("b")]',
        )
    if sign is not None:
        return f"a topic of Kafka has no `{sign[0]}`", "take letters of ASCII, digits, `.`, `_` and `-`"
    if topic in {".", ".."} or len(topic) > _LONGEST_TOPIC:
        return "Kafka has no topic of that name", f"take another one, of {_LONGEST_TOPIC} characters at most"
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
