"""The rules, each a function of a `Sheet` that yields findings; a new one is one function, named in `RULES`.

syntax · undefined · redefined · order · unread · secrets ← leaks · paths · origins ← captured · workflows
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.rules.captured import captured
from kodonb.batch.lint.rules.leaks import leaks
from kodonb.batch.lint.rules.order import order
from kodonb.batch.lint.rules.paths import paths
from kodonb.batch.lint.rules.redefined import redefined
from kodonb.batch.lint.rules.syntax import syntax
from kodonb.batch.lint.rules.undefined import undefined
from kodonb.batch.lint.rules.unread import unread
from kodonb.batch.lint.rules.workflows import workflows
from kodonb.batch.lint.sheet import Sheet

RULES: Final[tuple[Callable[[Sheet], Iterator[Finding]], ...]] = (
    syntax,
    undefined,
    redefined,
    order,
    unread,
    leaks,
    paths,
    captured,
    workflows,
)
"""All rules."""
