"""A site in memory: for tests of agents, without an engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kodonb.kumeo.agents.protocol import Answer, Context, M
from kodonb.model.errors import RunTimeout


class MemorySite:
    """Gives an agent what it needs, and keeps what it says.

    Args:
        folder: Folder of the program.
        sections: ``models``, ``schemas``, ``data`` and ``config``.
        contexts: Contexts by type, opened.
        environment: Variables of the environment.
        answers: What people answer, in this order: values by field; `None` for nobody.
        agent: Id of the agent.

    Attributes:
        time: The time; it passes only by `wait`.
        events: What was emitted: kinds with payloads.
        metrics: Name -> values.
        questions: Titles, forms and timeouts of what was asked.
    """

    def __init__(
        self,
        folder: Path | str = ".",
        *,
        sections: Mapping[str, Mapping[str, Any]] | None = None,
        contexts: Mapping[str, Context] | None = None,
        environment: Mapping[str, str] | None = None,
        answers: Iterable[Mapping[str, Any] | Answer | None] = (),
        agent: str = "agent",
    ) -> None:
        self.agent = agent
        self.folder = Path(folder)
        self.sections = dict(sections or {})
        self.contexts = dict(contexts or {})
        self.environment = dict(environment or {})
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.events: list[tuple[str, Any]] = []
        self.metrics: dict[str, list[float]] = {}
        self.questions: list[tuple[str, Any, float | None]] = []
        self._answers = iter(answers)

    def now(self) -> datetime:
        """Return `time`."""
        return self.time

    def wait(self, seconds: float) -> datetime:
        """Let time pass; return it."""
        self.time += timedelta(seconds=seconds)
        return self.time

    def emit(self, kind: str, payload: Any) -> None:
        """Keep an event."""
        self.events.append((kind, payload))

    def metric(self, name: str, value: float) -> None:
        """Keep a number."""
        self.metrics.setdefault(name, []).append(value)

    async def ask(self, form: type[M], title: str, *, timeout: float | None) -> Answer:
        """Return the next answer.

        Raises:
            RunTimeout: It is `None`, or there is none left.
        """
        self.questions.append((title, form, timeout))
        answer = next(self._answers, None)
        if answer is None:
            raise RunTimeout(f"nobody answered {title!r}", remedy="give the site an answer")
        if isinstance(answer, Answer):
            return Answer(form.model_validate(answer.value), answer.by)
        return Answer(form.model_validate(answer))
