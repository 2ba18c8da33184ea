"""HumanInLoop: a person answers a question, chooses, or approves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

import pydantic

from kodonb.kumeo.agents.asking.deciding import Deciding, OnReject, OnTimeout, Question
from kodonb.kumeo.agents.asking.fields import Field, fields
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.human_review import Ui, check_escalation, duration, read_by
from kodonb.kumeo.agents.notifying.channels import channels
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.problems import problems
from kodonb.kumeo.agents.protocol import Message, Site
from kodonb.kumeo.agents.scope import Scope, scope_of_paths
from kodonb.kumeo.catalogue import people
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.expressions import Condition
from kodonb.kumeo.templates import prompt

_ANYWHERE: Final = frozenset({"web", "web_ui", "ui", "panel", "notebook", "terminal", "dashboard"})
_KINDS: Final = ("approval", "form", "text", "choice")


class InLoopConfig(Record):
    """Settings of a HumanInLoop.

    Attributes:
        ui: What the person is shown; `title`, `description` and `fields` may also stand here.
        title: The question, a template.
        description: What it is about, a template.
        fields: What is to be filled in, as in a HumanReview.
        options: What can be chosen, for ``choice``.
        on_timeout: What happens when nobody has answered in time: ``approve``, ``reject`` or ``escalate``.
        on_reject: What becomes of what is rejected.
        escalation_path: Who is told then.
        link: Where to answer, for notifications.
    """

    ui: Ui = Ui()
    title: str = ""
    description: str = ""
    fields: Any = None
    options: list[str] = []
    on_timeout: OnTimeout | None = None
    on_reject: OnReject = "continue"
    escalation_path: Any = None
    link: str = ""


class HumanInLoopParameters(Parameters):
    """Arguments of a HumanInLoop.

    Attributes:
        interface: ``approval``, ``form``, ``text`` or ``choice``; or ``{title, description, fields, options}``.
            ``web``, ``panel``, ``notebook`` and ``terminal`` say where, and it is everywhere at once; an address or a
            URL is a channel.
        notification_channel: Who is told: an address or a URL.
        notifications: The same, as in a HumanReview.
        trigger: Condition on which a person is asked; other events go on as they are.
        config: More settings.
    """

    needs = people.HumanInLoop.needs
    positional = people.HumanInLoop.positional
    own = frozenset({"timeout"})

    interface: str | dict[str, Any] | None = None
    notification_channel: Any = None
    notifications: Any = None
    trigger: str | None = None
    config: InLoopConfig = InLoopConfig()


class HumanInLoop:
    """Returns the event's fields with what was answered.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Parameters]] = HumanInLoopParameters

    def __init__(self, arguments: HumanInLoopParameters) -> None:
        self.arguments = arguments
        self._scope: Scope | None = None

    async def open(self, site: Site) -> None:
        """Compile the form, and find the channels.

        Raises:
            AgentError: The declaration is wrong (KN802), or there is no server for e-mail (KN812).
        """
        self._site = site
        said = self.arguments
        self._question = _question(site, said)
        self._trigger: Condition | None = (
            None if said.trigger is None else expression(said.trigger, "trigger")
        )
        paths = read_by(self._question) | set(self._trigger.paths() if self._trigger else ())
        self._scope = await scope_of_paths(site, paths, said.context)

    async def process(self, inputs: Any, message: Message) -> Any:
        """Ask, and return what was answered.

        Raises:
            AgentError: Nobody answered (KN811).
        """
        assert self._scope is not None
        fields = await self._scope.looked(inputs, message)
        if self._trigger is not None and not self._trigger.holds(fields):
            return inputs
        return await Deciding(self._site, self._question, message, inputs, fields).run()

    async def close(self) -> None:
        """Let go of what was looked things up in."""
        if self._scope is not None:
            await self._scope.close()


def _question(site: Site, said: HumanInLoopParameters) -> Question:
    config, told = _config(site, said)
    kind = _kind(site, said, config)
    escalation = config.escalation_path
    on_timeout = config.on_timeout or ("escalate" if escalation else "reject")
    timeout = duration(said.timeout, site.agent)
    check_escalation(on_timeout, timeout, escalation, site.agent)
    return Question(
        title=prompt(config.title or config.ui.title or "Your answer is needed"),
        description=prompt(config.description or config.ui.description),
        fields=tuple(_fields(site, kind, config)),
        decides=kind == "approval",
        timeout=timeout,
        on_timeout=on_timeout,
        on_reject=config.on_reject,
        channels=tuple(channels(site, [told, said.notification_channel, said.notifications])),
        escalation=tuple(channels(site, escalation)),
        link=config.link,
    )


def _config(site: Site, said: HumanInLoopParameters) -> tuple[InLoopConfig, str]:
    """Return the settings, those of an interface that is an object among them, and a channel that it names."""
    interface = said.interface
    if isinstance(interface, Mapping):
        try:
            inner = InLoopConfig.model_validate(
                {name: each for name, each in interface.items() if name != "type"}
            )
        except pydantic.ValidationError as error:
            message, remedy = problems(error, InLoopConfig)
            raise declared_wrongly(f"interface: {message}", remedy, where=site.agent) from None
        return said.config.model_copy(
            update={name: getattr(inner, name) for name in inner.model_fields_set}
        ), ""
    return said.config, interface if interface and ("@" in interface or "://" in interface) else ""


def _kind(site: Site, said: HumanInLoopParameters, config: InLoopConfig) -> str:
    interface = said.interface
    name = interface.get("type", "") if isinstance(interface, Mapping) else interface or ""
    if name in _KINDS:
        return str(name)
    if name and name not in _ANYWHERE and not ("@" in name or "://" in name):
        remedy = meant(name, [*_KINDS, *_ANYWHERE])
        raise declared_wrongly(f"there is no interface `{name}`", remedy, where=site.agent)
    return "form" if config.fields or config.ui.fields else "choice" if config.options else "approval"


def _fields(site: Site, kind: str, config: InLoopConfig) -> list[Field]:
    asked = fields(config.fields or config.ui.fields, site.agent)
    if kind == "text":
        return [*asked, Field(field="answer", label="Answer", type="textarea", required=True)]
    if kind == "choice":
        if not config.options:
            raise declared_wrongly(
                "there is nothing to choose from", "write config: {options: […]}", where=site.agent
            )
        return [
            *asked,
            Field(field="answer", label="Answer", type="select", required=True, options=[*config.options]),
        ]
    if kind == "form" and not asked:
        raise declared_wrongly("the form has no fields", "write config: {fields: […]}", where=site.agent)
    return asked
