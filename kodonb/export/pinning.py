"""What the code of a service requires, pinned to the versions that are installed here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

WORKFLOWS: Final = "kodonb[kumeo]"
"""What services with workflows in Kumeo require."""

RUNTIME: Final = "kodonb[serve]"
"""What every service requires."""

TESTS: Final = ("httpx2", "pytest")
"""What its tests require besides."""


def requirements(packages: Mapping[str, str]) -> dict[str, str]:
    """Return the distributions that a slice imports, without ours, which every service requires."""
    return {
        name: version for name, version in sorted(packages.items()) if canonicalize_name(name) != "kodonb"
    }


def closure(roots: Iterable[str]) -> dict[str, str]:
    """Return installed distributions with all that they require, and their versions.

    Args:
        roots: Requirements such as ``kodonb[serve]`` or ``pandas``.
    """
    found: dict[str, str] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(root) for root in roots]
    while waiting:
        asked = waiting.pop()
        key = (canonicalize_name(asked.name), frozenset(asked.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            known = metadata.distribution(asked.name)
        except metadata.PackageNotFoundError:
            continue  # is not wanted on this platform, or was left out on purpose: what ran, ran without it
        found[key[0]] = known.version
        waiting += _required(known.requires or (), asked.extras)
    return dict(sorted(found.items()))


def _required(lines: Iterable[str], extras: set[str]) -> Iterator[Requirement]:
    for line in lines:
        try:
            asked = Requirement(line)
        except InvalidRequirement:
            continue
        marker = asked.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, "")):
            yield asked
