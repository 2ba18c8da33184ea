"""A source or target as it is declared, with all that making one needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from kodonb.kumeo.ports.errors import PortError
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A source or target as it is declared.

    Attributes:
        type: Its type.
        address: Its subject, path, topic or interval, settings filled in.
        options: Everything else that is said of it.
        workflow: Name of the workflow.
        folder: Folder of the program; relative paths start there.
        client: Returns the connection to NATS, which is made when the first asks.
        warn: Told what a person should know.
        replay: Time or offset from which messages are taken again; empty for where it was left.
        fresh: Whether the run begins from nothing, so that results of an earlier one do not count.
    """

    type: str
    address: str
    workflow: str
    folder: Path
    client: Callable[[], Awaitable[Any]]
    warn: Callable[[str], None]
    options: dict[str, Any] = {}
    replay: str = ""
    fresh: bool = False

    @property
    def shown(self) -> str:
        """It as errors name it, without a password."""
        scheme, between, rest = self.address.partition("://")
        host, slash, path = rest.partition("/")
        address = scheme + between + host.rpartition("@")[2] + slash + path
        return f"{self.type}({address!r})"

    def option(self, name: str, default: Any = None) -> Any:
        """Return an option."""
        return self.options.get(name, default)

    def duration(self, name: str, default: float | str) -> float:
        """Return an option that is a duration, in seconds.

        Raises:
            PortError: It is none (KN821).
        """
        try:
            return seconds(self.options.get(name, default))
        except UsageError as error:
            raise self.wrong(error.message, "write e.g. 30s") from None

    def whole(self, name: str, default: int) -> int:
        """Return an option that is a whole number.

        Raises:
            PortError: It is none (KN821).
        """
        try:
            return int(self.options.get(name, default))
        except (TypeError, ValueError):
            raise self.wrong(f"`{name}` is no whole number", "write a number") from None

    def known(self, *names: str) -> None:
        """Check that no other options are given.

        Raises:
            PortError: There are (KN821).
        """
        common = {"dead_letter", "format", "partition"}
        unknown = sorted(set(self.options) - set(names) - common)
        if unknown:
            raise self.wrong(
                f"there is no option `{unknown[0]}`", f"use {', '.join(sorted({*names, *common}))}"
            )

    def wrong(self, message: str, remedy: str) -> PortError:
        """Return the error for a declaration that cannot be meant."""
        return PortError(message, code="KN821", where=self.shown, remedy=remedy)

    def unreachable(
        self, message: str, remedy: str = "see whether it runs, and whether the address is right"
    ) -> PortError:
        """Return the error for something that does not answer."""
        return PortError(message, where=self.shown, remedy=remedy)


def package(name: str, declared: Declared) -> Any:
    """Import a package that only some sources and targets need.

    Raises:
        PortError: It is not installed (KN822).
    """
    import importlib  # noqa: PLC0415 - beside the one use of it

    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        raise PortError(
            f"{declared.type} needs the package {name}",
            code="KN822",
            where=declared.shown,
            remedy="pip install 'kodonb[kumeo]'",
        ) from None
