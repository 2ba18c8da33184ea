"""Findings for people."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.batch.lint.finding import Finding, Fixed, Report


def lines(report: Report) -> Iterator[str]:
    """Yield what was found and fixed, and a summary."""
    for finding in report.findings:
        yield f"{place(finding)}: {finding.code} {finding.message}"
        yield f"  do: {finding.remedy}"
    yield from (_fixed(fixed) for fixed in report.fixed)
    yield summary(report)


def place(finding: Finding) -> str:
    """Return notebook, cell, line and column of a finding, as far as it has them."""
    parts = [finding.path]
    if finding.cell is not None:
        parts.append(f"cell {finding.cell}")
    if finding.line is not None:
        parts.append(f"line {finding.line}:{finding.column or 1}")
    return ":".join(parts)


def summary(report: Report) -> str:
    """Return one line that counts."""
    counts = [_count(report.count("error"), "error"), _count(report.count("warning"), "warning")]
    if report.fixed:
        counts.append(f"{len(report.fixed)} fixed")
    if report.unreadable:
        counts.append(f"{len(report.unreadable)} not readable")
    return f"{_count(report.notebooks, 'notebook')}: {', '.join(counts)}"


def _fixed(fixed: Fixed) -> str:
    cell = f":cell {fixed.cell}" if fixed.cell is not None else ""
    return f"{fixed.path}{cell}: {fixed.what}"


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
