"""Checks notebooks without executing anything of them.

uses ← walk ← scopes ← scan ← code ← sheet ← book, origins ← rules: syntax, undefined, redefined, order, unread, leaks,
paths, captured ← linting · noqa, settings, rows, search · fixing · text, sarif, github

A rule is a function of a `Sheet` that yields findings; a new one is one function, named in `linting.RULES`.
"""

from __future__ import annotations

from kodonb.batch.lint.finding import Finding, Report, Unreadable
from kodonb.batch.lint.fixing import fix
from kodonb.batch.lint.linting import lint
from kodonb.batch.lint.search import notebooks
from kodonb.batch.lint.settings import Choice, chosen

__all__ = ["Choice", "Finding", "Report", "Unreadable", "chosen", "fix", "lint", "notebooks"]
