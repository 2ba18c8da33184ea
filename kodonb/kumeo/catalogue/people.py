"""Agents that are people."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from kodonb.kumeo.catalogue.arguments import Arguments, Needs, Part


class Form(Part):
    """What a person is shown and asked."""

    title: str | None = None
    """Heading."""
    description: str | None = None
    """What it is about."""
    fields: Any = None
    """Names of what is to be filled in, or names with types."""


class Review(Part):
    """Settings of a HumanReview."""

    ui: Form | None = None
    """What the person is shown: `title`, `description`, `fields`."""


class HumanReview(Arguments):
    """Pauses the run until a person has decided, or the time is up."""

    config: Review | str | None = None
    """What the person is shown, under `ui`; or a JSON file with that."""
    notifications: Any = None
    """Who is told, and over which channel."""
    on_timeout: Literal["approve", "reject", "escalate"] = "reject"
    """What happens when nobody has answered in time."""


class HumanInLoop(Arguments):
    """Asks a person over an interface or a channel."""

    needs: ClassVar[Needs] = (("interface", "notification_channel"),)
    positional: ClassVar[tuple[str, ...]] = ("interface",)

    interface: Any = None
    """Where the person is asked."""
    notification_channel: str | None = None
    """Where the person is told."""
