"""Questions of a run: asked in its process, answered from anywhere, once."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import msgspec
from pydantic import BaseModel, ValidationError

from kodonb.events.plain import encode
from kodonb.events.recorder import Recorder
from kodonb.flows.context import Answered
from kodonb.model.errors import Cancelled, InputsError, Problem, RunError, RunTimeout
from kodonb.model.run import Lock


class _Question(msgspec.Struct):
    model: Any
    answer: Any = None
    how: str = ""
    by: str = ""
    value: Any = None


class Questions:
    """The open and settled questions of one source.

    Args:
        recorder: Where lock and lease events go.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._changed = threading.Condition()
        self._questions: dict[str, _Question] = {}
        self._numbers = itertools.count(1)
        self._cancelled = ""

    def ask(self, model: type[BaseModel], title: str, timeout: float | None, default: Any) -> Answered:
        """Park until answered with an instance of `model`.

        Raises:
            RunTimeout: Time is up and there is no default.
        """
        lock = f"{self._recorder.source}.{next(self._numbers)}"
        question = _Question(model)
        with self._changed:
            self._questions[lock] = question
        opened = {
            "lock": lock,
            "title": title or (model.__doc__ or model.__name__).strip().splitlines()[0],
            "schema": model.model_json_schema(),
            "timeout": timeout,
            "default": None if default is None else default.model_dump(mode="json", by_alias=True),
        }
        self._recorder.emit("lock", opened)
        with self._changed:
            self._changed.wait_for(lambda: question.how or self._cancelled, timeout)
            if self._cancelled and not question.how:
                raise Cancelled(self._cancelled)
            if not question.how:
                self._expire(lock, question, default)
        if question.how == "expired":
            raise RunTimeout(
                f"nobody answered {opened['title']!r} within {timeout:g} s",
                where=lock,
                remedy="give ask() a default or more time",
            )
        return Answered(question.answer, question.by if question.how == "answer" else "")

    def _expire(self, lock: str, question: _Question, default: Any) -> None:
        how = "expired" if default is None else "default"
        self._settle(lock, question, how, "timeout", default)

    def _settle(self, lock: str, question: _Question, how: str, by: str, answer: Any) -> None:
        question.how, question.by, question.answer = how, by, answer
        question.value = None if answer is None else answer.model_dump(mode="json", by_alias=True)
        self._recorder.emit("lease", {"lock": lock, "by": by, "how": how, "value": question.value})
        self._changed.notify_all()

    def answer(self, lock: str, value: dict[str, Any], by: str) -> None:
        """Take an answer; when this returns, the log has it.

        Raises:
            InputsError: It does not fit the question (KN310).
            RunError: There is no such question here (KN309), or it was answered already (KN308).
        """
        with self._changed:
            question = self._questions.get(lock)
            if question is None:
                raise RunError(
                    f"there is no question {lock!r}", code="KN309", remedy="see the run's open questions"
                )
            answer = _validated(question.model, value, lock)
            if question.how:
                self._check_same(question, lock, answer, by)
            elif self._cancelled:
                raise RunError(
                    f"question {lock} is closed: the run is being cancelled",
                    code="KN309",
                    remedy="retry the run to be asked again",
                )
            else:
                self._settle(lock, question, "answer", by, answer)
        self._recorder.flush()

    def _check_same(self, question: _Question, lock: str, answer: BaseModel, by: str) -> None:
        # The same answer of the same person again is one that was repeated on the way.
        if question.by != by or question.value != answer.model_dump(mode="json", by_alias=True):
            raise RunError(
                f"question {lock} was answered already, by {question.by}",
                code="KN308",
                remedy="look at the lease event for what was answered",
            )

    def cancel(self, reason: str) -> None:
        """Let everyone who waits for an answer raise `Cancelled`."""
        with self._changed:
            self._cancelled = reason
            self._changed.notify_all()


def closed(lock: Lock) -> RunError:
    """Say that a question of a run that has gone on was closed already, and by whom."""
    return RunError(
        f"question {lock.id} was closed already, {lock.by or 'when the run ended'}",
        code="KN308",
        remedy="look at the lease event for what was answered",
    )


def _validated(model: type[BaseModel], value: dict[str, Any], lock: str) -> BaseModel:
    try:
        # JSON mode: what comes from a form or a command line are strings and numbers, not Python objects.
        return model.model_validate_json(encode(value))
    except ValidationError as error:
        problems = [Problem(".".join(map(str, e["loc"])) or "answer", e["msg"]) for e in error.errors()]
        raise InputsError(
            "the answer does not fit the question",
            problems,
            code="KN310",
            where=lock,
            remedy="see the question's form",
        ) from None
