"""Answers as they are typed: which question, and what the words stand for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from kodonb.cli.words import meant
from kodonb.model.errors import InputsError, Problem, RunError
from kodonb.model.run import Lock
from kodonb.session.run import Run

Schema = Mapping[str, Any]


def asked(run: Run, lock: str | None) -> Lock:
    """Return the question that an answer is for: the one named, the only open one, or the last that was.

    Raises:
        RunError: There is none, or there are several (KN309).
    """
    locks = {known.id: known for known in run.session.log.locks(run.id)}
    waiting = [known.id for known in locks.values() if known.answered is None]
    name = lock or (waiting[0] if len(waiting) == 1 else "" if waiting else next(reversed(locks), ""))
    if name in locks:
        return locks[name]
    message = f"no question {lock!r}" if lock else "several open questions" if waiting else "asked nothing"
    remedy = meant(lock or "", waiting) if waiting else f"look at it with kodonb show {run.id}"
    raise RunError(f"run {run.id} has {message}", code="KN309", remedy=remedy)


def fields(texts: Mapping[str, str], lock: Lock) -> dict[str, Any]:
    """Return the JSON values of an answer.

    Args:
        texts: What was typed, by field.
        lock: The question.

    Raises:
        InputsError: It asks for no such field (KN310).
    """
    known: dict[str, Schema] = lock.schema.get("properties", {})
    unknown = [name for name in texts if name not in known]
    if unknown and not lock.schema.get("additionalProperties"):
        problems = [Problem(name, "is not asked for") for name in unknown]
        raise InputsError("the answer does not fit the question", problems, code="KN310", where=lock.id,
                          remedy=meant(unknown[0], known))  # fmt: skip
    defs = lock.schema.get("$defs", {})
    return {name: _value(text, set(_types(known.get(name, {}), defs))) for name, text in texts.items()}


def _value(text: str, types: set[str]) -> Any:
    if text.lower() in {"none", "null"} and "null" in types:
        return None
    if "string" in types:
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        # What is left are words such as `yes`, which the question's model reads, and lists without brackets.
        return [_value(part.strip(), set()) for part in text.split(",")] if "array" in types else text


def _types(part: Schema, defs: Mapping[str, Schema]) -> Iterator[str]:
    """Yield the types of value that a schema takes."""
    if "$ref" in part:
        yield from _types(defs.get(part["$ref"].rpartition("/")[2], {}), defs)
    for below in (*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ())):
        yield from _types(below, defs)
    if "type" in part:
        yield part["type"]
    if any(isinstance(choice, str) for choice in (*part.get("enum", ()), part.get("const"))):
        yield "string"
