"""Agents that are people."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from kodonb.kumeo.catalogue.arguments import Arguments, Needs, Part
from kodonb.kumeo.catalogue.roles import Condition, Duration


class Form(Part):
    """What a person is shown and asked."""

    title: str | None = None
    """Heading."""
    description: str | None = None
    """What it is about."""
    fields: Any = None
    """Names of what is to be filled in, or names with types."""


class Asking(Part):
    """What becomes of a question."""

    ui: Form | None = None
    """What the person is shown: `title`, `description`, `fields`."""
    on_timeout: Literal["approve", "reject", "escalate"] = "reject"
    """What happens when nobody has answered in time."""
    on_reject: Literal["continue", "drop", "fail"] = "continue"
    """What becomes of what is rejected: it goes on with the decision in it, ends, or is an error."""
    escalation_path: Any = None
    """Who is told when nobody has answered."""
    link: str | None = None
    """Where to answer, for notifications."""


class Review(Asking):
    """Settings of a HumanReview."""

    notifications: Any = None
    """Who is told, and over which channel."""
    timeout: Duration | None = None
    """How long to wait for the answer."""
    required_approvals: int = 1
    """How many people must approve."""


class Loop(Asking, Form):
    """Settings of a HumanInLoop."""

    options: list[str] | None = None
    """What can be chosen."""


class HumanReview(Arguments):
    """Pauses the run until a person has decided, or the time is up."""

    config: Review | str | None = None
    """What the person is shown, under `ui`; or a JSON file with that."""
    notifications: Any = None
    """Who is told, and over which channel."""
    timeout: Duration | None = None
    """How long people are waited for; for ever by default. What happens then, `on_timeout` says."""
    on_timeout: Literal["approve", "reject", "escalate"] = "reject"
    """What happens when nobody has answered in time."""
    escalation_path: Any = None
    """Who is told when nobody has answered."""
    required_approvals: int | None = None
    """How many people must approve."""


class HumanInLoop(Arguments):
    """Asks a person over an interface or a channel."""

    needs: ClassVar[Needs] = (("interface", "notification_channel"),)
    positional: ClassVar[tuple[str, ...]] = ("interface",)

    interface: Any = None
    """Where the person is asked."""
    notification_channel: Any = None
    """Where the person is told."""
    notifications: Any = None
    """Who is told, and over which channel."""
    trigger: Condition | None = None
    """The person is asked if this holds; otherwise the message goes on as it is."""
    timeout: Duration | None = None
    """How long people are waited for; for ever by default. What happens then, `config.on_timeout` says."""
    config: Loop | str | None = None
    """Further settings, or a JSON file with them."""
