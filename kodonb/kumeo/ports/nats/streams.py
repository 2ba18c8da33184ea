"""Streams of JetStream: found by a subject, made where there is none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from nats.errors import Error
from nats.js import JetStreamContext, api
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from kodonb.kumeo.ports.errors import PortError
from kodonb.model.units import seconds, size

if TYPE_CHECKING:
    from nats.aio.client import Client

_AGE: Final = "7d"
_WINDOW: Final = "2m"  # in which the server drops doubles by their id


async def stream_for(client: Client, subject: str, options: Mapping[str, Any]) -> str:
    """Return the name of the stream that holds a subject.

    Args:
        client: The connection.
        subject: The subject.
        options: Of the source or target: `stream` (its name), `create` (whether it may be made), and for one
            that is made `max_age`, `max_bytes`, `replicas`, `duplicate_window`.

    Raises:
        PortError: There is none, and none can be made (KN825).
    """
    checked(subject)
    context = client.jetstream()
    try:
        if options.get("stream"):
            return str((await context.stream_info(str(options["stream"]))).config.name)
        return await context.find_stream_name_by_subject(subject)
    except NotFoundError:
        if options.get("create", True) is False:
            raise _missing(subject, "and `create` says that none is to be made") from None
    except (ServiceUnavailableError, Error) as error:
        raise _missing(subject, f"JetStream does not answer: {_said(error)}") from None
    return await _made(context, subject, options)


def checked(subject: str) -> str:
    """Return a subject that can be sent over a connection.

    Raises:
        PortError: It cannot: it is blank, or has spaces or empty parts (KN821).
    """
    if not subject.isprintable() or " " in subject or "" in subject.split("."):
        raise PortError(f"{subject!r} is no subject", code="KN821", remedy="write e.g. orders.new")
    return subject


async def _made(context: JetStreamContext, subject: str, options: Mapping[str, Any]) -> str:
    config = api.StreamConfig(
        name=str(options.get("stream") or f"kumeo_{re.sub(r'[^A-Za-z0-9_-]', '_', subject)}"),
        subjects=[subject],
        storage=api.StorageType.FILE,
        max_age=seconds(options.get("max_age", _AGE)),
        max_bytes=size(options["max_bytes"]) if options.get("max_bytes") else -1,
        num_replicas=int(options.get("replicas", 1)),
        duplicate_window=seconds(options.get("duplicate_window", _WINDOW)),
    )
    try:
        info = await context.add_stream(config)
    except (APIError, Error) as error:
        raise _missing(subject, f"none can be made: {_said(error)}") from None
    return str(info.config.name)


def _said(error: Exception) -> str:
    return str(getattr(error, "description", None) or error) or type(error).__name__


def _missing(subject: str, why: str) -> PortError:
    return PortError(
        f"no stream holds {subject!r}: {why}",
        code="KN825",
        remedy="make one, name one with `stream`, or do without: jetstream: false",
    )
