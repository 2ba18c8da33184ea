"""Checks notebooks without executing anything of them.

reading, finding ← sheet ← book ← rules ← fixing · settings, rows, rules ← linting · search · reports
"""

from __future__ import annotations

from kodonb.batch.lint.finding import Finding, Report, Unreadable
from kodonb.batch.lint.fixing import fix
from kodonb.batch.lint.linting import lint
from kodonb.batch.lint.search import notebooks
from kodonb.batch.lint.settings import Choice, chosen

__all__ = ["Choice", "Finding", "Report", "Unreadable", "chosen", "fix", "lint", "notebooks"]
