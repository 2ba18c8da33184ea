"""How people decide on an event: who is asked, how often, and what happens when nobody answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from kodonb.kumeo.agents.asking.fields import Field
from kodonb.kumeo.agents.asking.form import Form, Slot, form
from kodonb.kumeo.agents.compiled import whole
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.notifying.notice import Channel, Notice, line
from kodonb.kumeo.agents.protocol import Answer, Dropped, Message, Site
from kodonb.kumeo.agents.saying import acted, warn
from kodonb.kumeo.templates import Prompt
from kodonb.model.errors import RunTimeout

OnTimeout = Literal["approve", "reject", "escalate"]
OnReject = Literal["continue", "drop", "fail"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of people.

    Attributes:
        title: The question, a template.
        description: What it is about, a template.
        fields: Fields of the form.
        decides: Whether they approve or reject; else they only fill in.
        timeout: Seconds to wait; `None` for ever.
        on_timeout: What happens then.
        on_reject: What becomes of what they reject.
        approvals: How many of them must approve.
        channels: Where they are told.
        escalation: Where it is told when nobody answered in time, or somebody passes it on.
        link: Where to answer.
    """

    title: Prompt
    description: Prompt
    fields: tuple[Field, ...] = ()
    decides: bool = True
    timeout: float | None = None
    on_timeout: OnTimeout = "reject"
    on_reject: OnReject = "continue"
    approvals: int = 1
    channels: tuple[Channel, ...] = ()
    escalation: tuple[Channel, ...] = ()
    link: str = ""


class _State(msgspec.Struct):
    deadline: float | None
    answers: dict[str, Any] = {}
    by: list[str] = []
    decision: str = ""
    comment: str = ""
    escalated: bool = False
    timed_out: bool = False


class Deciding:
    """One decision on one event.

    Args:
        site: Where the agent is.
        question: What is asked.
        message: The message.
        inputs: The event.
        fields: What templates see of it.
    """

    def __init__(
        self, site: Site, question: Question, message: Message, inputs: Any, fields: Mapping[str, Any]
    ) -> None:
        self._site = site
        self._question = question
        self._message = message
        self._inputs = whole(inputs)
        self._title = line(question.title.render(fields)) or "Please decide"
        self._description = question.description.render(fields)
        self._state = _State(self._deadline())

    def _deadline(self) -> float | None:
        timeout = self._question.timeout
        return None if timeout is None else self._site.now().timestamp() + timeout

    async def run(self) -> Any:
        """Return the result: the event's fields, what was filled in, and the decision.

        Raises:
            AgentError: Nobody decided, or it was rejected and that is to fail (KN811).
        """
        state = self._state
        channels: Sequence[Channel] = self._question.channels
        while not state.decision:
            try:
                answer = await self._asked(channels)
            except RunTimeout:
                channels = self._out_of_time()
            else:
                channels = self._answered(answer)
        return self._result()

    async def _asked(self, channels: Sequence[Channel]) -> Answer:
        form = self._form()
        sending = asyncio.create_task(self._tell(channels, form))
        try:
            answer = await self._site.ask(form.model, self._title, timeout=self._left())
        except BaseException as error:
            if isinstance(error, asyncio.CancelledError):
                sending.cancel()
            await asyncio.wait([sending])
            raise
        await sending
        return answer

    def _left(self) -> float | None:
        deadline = self._state.deadline
        return None if deadline is None else max(deadline - self._site.now().timestamp(), 0.0)

    def _form(self) -> Form:
        own: dict[str, Slot] = {}
        if self._question.decides:
            escalates = bool(self._question.escalation) and not self._state.escalated
            kind: Any = (
                Literal["approve", "reject", "escalate"] if escalates else Literal["approve", "reject"]
            )
            own["decision"] = Slot(kind, ..., {"title": "Decision"})
            if self._question.approvals > 1:
                own["reviewer"] = Slot(str, ..., {"title": "Your name", "min_length": 1})
            own["comment"] = Slot(str, "", {"title": "Comment"})
        return form(
            self._site.agent,
            self._title,
            self._description,
            fields=self._question.fields,
            own=own,
            inputs=self._inputs,
        )

    async def _tell(self, channels: Sequence[Channel], asked: Form) -> None:
        now = self._site.now().timestamp()
        id_ = f"{self._site.agent}-{self._message.id or int(now * 1000)}-{len(self._state.by)}{self._state.escalated:d}"
        notice = Notice(
            id=id_,
            agent=self._site.agent,
            title=self._title,
            description=self._description,
            shown=asked.shown,
            link=self._question.link,
            at=now,
        )
        for problem in await asyncio.gather(
            *(each.send(notice) for each in channels), return_exceptions=True
        ):
            if isinstance(
                problem, AgentError
            ):  # the question stands all the same, wherever questions are shown
                warn(self._site, str(problem))
            elif problem is not None:
                raise problem

    def _answered(self, answer: Answer) -> Sequence[Channel]:
        """Take an answer; return where to tell that another is needed."""
        state, said = self._state, answer.value.model_dump(mode="json", by_alias=True)
        decision = said.pop("decision", "answer") if self._question.decides else "answer"
        # Several reviewers may answer from one account, so where they are counted, the name that each gives is theirs.
        by = (said.get("reviewer", "") if self._question.approvals > 1 else "") or answer.by
        if self._question.decides:
            said.pop("reviewer", None)
            state.comment = said.pop("comment", "") or state.comment
        acted(self._site, "decision", decision=decision, by=by, message=self._message.id)
        state.answers.update(said)
        if decision == "escalate":
            return self._escalate()
        if decision == "approve" and not self._counts(by):
            return ()
        if decision == "reject":
            state.by = [by]
        state.decision = decision
        return ()

    def _counts(self, by: str) -> bool:
        """Take note of an approval; return whether there are enough of them. Nobody approves twice."""
        state = self._state
        if by.strip().lower() in {each.strip().lower() for each in state.by} and self._question.approvals > 1:
            warn(self._site, f"{by} has approved already: somebody else has to")
            return False
        state.by.append(by)
        return len(state.by) >= self._question.approvals

    def _out_of_time(self) -> Sequence[Channel]:
        state, question = self._state, self._question
        if question.on_timeout == "escalate" and not state.escalated:
            return self._escalate()
        if question.on_timeout == "escalate":
            raise AgentError(
                f"nobody decided: {self._title}",
                code="KN811",
                where=f"agent {self._site.agent}",
                remedy="give more time, tell more people, or write a fallback",
            )
        state.timed_out = True
        state.decision = question.on_timeout
        return ()

    def _escalate(self) -> Sequence[Channel]:
        self._state.escalated = True
        self._state.deadline = self._deadline()
        acted(self._site, "escalation", message=self._message.id)
        return self._question.escalation

    def _result(self) -> Any:
        state, question = self._state, self._question
        if not question.decides and not state.timed_out:
            return {**self._inputs, **state.answers}
        if state.decision == "reject" and question.on_reject == "drop":
            return Dropped("it was rejected")
        if state.decision == "reject" and question.on_reject == "fail":
            message = f"it was rejected{': ' if state.comment else ''}{state.comment}"
            raise AgentError(
                message, code="KN811", where=f"agent {self._site.agent}", remedy="see on_failure"
            )
        review = {
            "by": [each for each in state.by if each],
            "at": self._site.now().isoformat(),
            "comment": state.comment,
            "timed_out": state.timed_out,
            "escalated": state.escalated,
        }
        decided = {"decision": state.decision, "approved": state.decision == "approve", "review": review}
        return {**self._inputs, **state.answers, **decided}
