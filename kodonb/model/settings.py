"""Where one instance of kodonb lives.

`KODONB_HOME` names an instance: its event log, its local cluster, its token. Two never meet.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import platformdirs


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment says.

    Attributes:
        home: Folder of the instance (`KODONB_HOME`; the user's data directory by default).
        store: SQLAlchemy URL of the event log (`KODONB_STORE`; SQLite in `home` by default).
        session: ``inline`` or ``ray`` (`KODONB_SESSION`; ``ray`` by default).
        address: Address of a Ray cluster to use (`KODONB_RAY_ADDRESS`); empty for the local one.
        num_cpus: CPUs of the local cluster (`KODONB_NUM_CPUS`); 0 for all of the machine.
        warm: How many runners are kept ready (`KODONB_WARM`).
        widgets: ``auto``, ``on`` or ``off`` (`KODONB_WIDGETS`): whether cells show live views; ``auto`` where a
            front end says which cell it executes.
        steady: Whether what is shown is equal from time to time (`KODONB_DETERMINISTIC`).
    """

    home: Path
    store: str
    session: str = "ray"
    address: str = ""
    num_cpus: int = 0
    warm: int = 2
    widgets: str = "auto"
    steady: bool = False

    @property
    def artifacts(self) -> Path:
        """Folder of artifacts beside an SQLite log."""
        return self.home / "artifacts"


def settings() -> Settings:
    """Read the settings from the environment.

    Raises:
        UsageError: A setting is malformed (KN007).
    """
    env = os.environ
    home = Path(env.get("KODONB_HOME") or platformdirs.user_data_dir("kodonb")).expanduser().absolute()
    return Settings(
        home=home,
        store=env.get("KODONB_STORE") or f"sqlite:///{home / 'events.db'}",
        session=_choice("KODONB_SESSION", ("ray", "inline")),
        address=env.get("KODONB_RAY_ADDRESS", ""),
        num_cpus=_count("KODONB_NUM_CPUS", 0),
        warm=_count("KODONB_WARM", 2),
        widgets=_choice("KODONB_WIDGETS", ("auto", "on", "off")),
        steady=deterministic(),
    )


def deterministic() -> bool:
    """Whether durations, times, ids and order are shown in a way that is equal each time (`KODONB_DETERMINISTIC`).

    Raises:
        UsageError: The setting is malformed (KN007).
    """
    return _choice("KODONB_DETERMINISTIC", ("0", "1")) == "1"


def _choice(name: str, choices: tuple[str, ...]) -> str:
    """Return one of the choices, the first by default."""
    from kodonb.model.errors import UsageError  # noqa: PLC0415 - only needed for a bad setting

    told = os.environ.get(name) or choices[0]
    if told not in choices:
        raise UsageError(f"{name} is {told!r}", code="KN007", remedy=f"use {' or '.join(choices)}")
    return told


def _count(name: str, default: int) -> int:
    from kodonb.model.errors import UsageError  # noqa: PLC0415 - only needed for a bad setting

    told = os.environ.get(name, "").strip() or str(default)
    if not (told.isascii() and told.isdigit()):
        raise UsageError(
            f"{name} is {told!r}, not a number", code="KN007", remedy="use a whole number, 0 or more"
        )
    return int(told)
