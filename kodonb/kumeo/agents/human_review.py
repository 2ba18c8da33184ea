"""HumanReview: a person approves or rejects, before the workflow goes on."""

from __future__ import annotations

from typing import Any, ClassVar

import pydantic

from kodonb.kumeo.agents.asking.deciding import Deciding, OnReject, OnTimeout, Question
from kodonb.kumeo.agents.asking.fields import fields
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.notifying.channels import channels
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.protocol import Message, Site
from kodonb.kumeo.agents.scope import Scope, scope_of_paths
from kodonb.kumeo.catalogue import people
from kodonb.kumeo.templates import Prompt, prompt
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds

_TAKEN = frozenset({"decision", "approved", "review"})


class Ui(Record):
    """What a person is shown.

    Attributes:
        title: The question, a template.
        description: What it is about, a template.
        fields: Names of what is to be filled in, names with types, or ``{field, label, type, required, options}``.
    """

    title: str = ""
    description: str = ""
    fields: Any = None


class ReviewConfig(Record):
    """Settings of a HumanReview; those beside it have precedence.

    Attributes:
        ui: What the person is shown.
        notifications: Who is told: ``{email: {to, subject}, webhook: {url, secret}}``, an address, a URL, a list.
        timeout: How long to wait.
        on_timeout: What happens then.
        on_reject: What becomes of what is rejected: ``continue`` with the decision in the result, ``drop``, ``fail``.
        escalation_path: Who is told when nobody has answered: an address, a URL, or as `notifications`.
        required_approvals: How many people must approve.
        link: Where to answer, for notifications.
    """

    ui: Ui = Ui()
    notifications: Any = None
    timeout: float | str | None = None
    on_timeout: OnTimeout | None = None
    on_reject: OnReject = "continue"
    escalation_path: Any = None
    required_approvals: int = pydantic.Field(1, ge=1, le=100)
    link: str = ""


class HumanReviewParameters(Parameters):
    """Arguments of a HumanReview.

    Attributes:
        config: Settings.
        notifications: Who is told.
        on_timeout: ``approve``, ``reject`` or ``escalate``; to reject by default.
        escalation_path: Who is told when nobody has answered.
        required_approvals: How many people must approve.
    """

    needs = people.HumanReview.needs
    positional = people.HumanReview.positional
    own = frozenset({"timeout"})

    config: ReviewConfig = ReviewConfig()
    notifications: Any = None
    on_timeout: OnTimeout | None = None
    escalation_path: Any = None
    required_approvals: int | None = pydantic.Field(None, ge=1, le=100)


class HumanReview:
    """Returns the event's fields with what was filled in, `decision`, `approved`, and `review`.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Parameters]] = HumanReviewParameters

    def __init__(self, arguments: HumanReviewParameters) -> None:
        self.arguments = arguments
        self._scope: Scope | None = None

    async def open(self, site: Site) -> None:
        """Compile the form, and find the channels.

        Raises:
            AgentError: The declaration is wrong (KN802), or there is no server for e-mail (KN812).
        """
        self._site = site
        self._question = question(site, self.arguments)
        self._scope = await scope_of_paths(site, read_by(self._question), self.arguments.context)

    async def process(self, inputs: Any, message: Message) -> Any:
        """Ask, and return what was decided.

        Raises:
            AgentError: Nobody decided (KN811).
        """
        assert self._scope is not None
        fields = await self._scope.looked(inputs, message)
        return await Deciding(self._site, self._question, message, inputs, fields).run()

    async def close(self) -> None:
        """Let go of what was looked things up in."""
        if self._scope is not None:
            await self._scope.close()


def read_by(asked: Question) -> set[str]:
    """Return the fields that a question reads, with dots."""
    templates: tuple[Prompt, ...] = (asked.title, asked.description)
    return {path for each in templates for path, _ in each.placeholders()}


def question(site: Site, said: HumanReviewParameters) -> Question:
    """Return what is asked.

    Raises:
        AgentError: The declaration is wrong (KN802), or there is no server for e-mail (KN812).
    """
    config = said.config
    escalation = said.escalation_path or config.escalation_path
    on_timeout = said.on_timeout or config.on_timeout or "reject"
    timeout = duration(config.timeout if said.timeout is None else said.timeout, site.agent)
    asked = fields(config.ui.fields, site.agent)
    for field in asked:
        if field.field in _TAKEN:
            raise declared_wrongly(
                f"the form has a field `{field.field}` already", "rename it", where=site.agent
            )
    check_escalation(on_timeout, timeout, escalation, site.agent)
    return Question(
        title=prompt(config.ui.title or "Review required"),
        description=prompt(config.ui.description),
        fields=tuple(asked),
        timeout=timeout,
        on_timeout=on_timeout,
        on_reject=config.on_reject,
        approvals=said.required_approvals or config.required_approvals,
        channels=tuple(channels(site, said.notifications or config.notifications)),
        escalation=tuple(channels(site, escalation)),
        link=config.link,
    )


def check_escalation(on_timeout: OnTimeout, timeout: float | None, escalation: Any, where: str) -> None:
    """Check that somebody is named to escalate to.

    Raises:
        AgentError: Nobody is, and time can be up (KN802).
    """
    if on_timeout == "escalate" and timeout is not None and not escalation:
        raise declared_wrongly("nobody is named to escalate to", "write escalation_path: …", where=where)


def duration(said: float | str | None, where: str) -> float | None:
    """Return seconds.

    Raises:
        AgentError: It is no duration (KN802).
    """
    try:
        return None if said is None else seconds(said)
    except UsageError as error:
        raise declared_wrongly(error.message, error.remedy or "", where=where) from None
