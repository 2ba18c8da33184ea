"""The cells of a notebook go to one worker of pytest-xdist: they share a kernel.

Not by the marker `xdist_group`, which works with ``--dist loadgroup`` only, and not with every version of pytest.
"""

from __future__ import annotations

from typing import Final

from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

SINGLE: Final = frozenset({"load", "loadgroup", "worksteal"})
"""Ways of dealing out tests that take the cells of a notebook apart."""


class ByNotebook(LoadGroupScheduling):  # type: ignore[misc]  # pytest-xdist may not be there
    """Deals out tests one by one, groups as they are marked, and notebooks whole."""

    def _split_scope(self, nodeid: str) -> str:
        file, cell, _ = nodeid.partition(".ipynb::")
        return f"{file}{cell}" if cell else str(super()._split_scope(nodeid))
