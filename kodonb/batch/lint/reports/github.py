"""Findings as annotations: commands that a GitHub Actions workflow reads from a job's output.

Format: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.batch.lint.finding import Finding, Report, Unreadable
from kodonb.batch.lint.reports.text import place
from kodonb.model.errors import CODES


def lines(report: Report) -> Iterator[str]:
    """Yield a line for each finding, and for each notebook that cannot be read."""
    yield from (_annotation(finding) for finding in report.findings)
    yield from (_unread(found) for found in report.unreadable)


def _annotation(finding: Finding) -> str:
    title = f"{finding.code}: {CODES[finding.code]}"
    text = f"{place(finding)}: {finding.message}; {finding.remedy}"
    about = f"file={_value(finding.path)},line={finding.row},title={_value(title)}"
    return f"::{finding.severity} {about}::{_text(text)}"


def _unread(found: Unreadable) -> str:
    title = _value(f"{found.code}: {CODES[found.code]}")
    return f"::error file={_value(found.path)},title={title}::{_text(found.message)}"


def _text(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    return _text(text).replace(":", "%3A").replace(",", "%2C")
