"""`kodonb lint`: what is wrong with notebooks, without executing them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from kodonb.batch.lint import Choice, Finding, Report, Unreadable, chosen, fix, notebooks
from kodonb.batch.lint import lint as check
from kodonb.batch.lint.reports import github, sarif, text
from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.model.errors import KodonbError

_OF_ALL: Final = ("KN007",)
"""Errors that are not one notebook's own."""


def lint(args: argparse.Namespace, out: Output) -> int:
    """Check notebooks, and say what was found."""
    choice = Choice(chosen(args.select), chosen(args.ignore))
    report = Report()
    found = notebooks(args.notebooks)
    if not found:
        out.note(f"there is no notebook in {', '.join(args.notebooks)}")
    for path in found:
        _take(_shown(path), choice, report, args, out)
    _tell(report, args.format, out)
    return _code(report, args)


def _take(path: Path, choice: Choice, report: Report, args: argparse.Namespace, out: Output) -> None:
    """Check one notebook; one that cannot be read does not keep others from being checked."""
    report.notebooks += 1
    try:
        report.findings += _checked(path, choice, report, mend=args.fix)
    except KodonbError as error:
        if error.code in _OF_ALL:
            raise
        out.note(str(error))
        name = path.as_posix()
        report.unreadable.append(Unreadable(name, error.code, error.message, error.where, error.remedy))


def _checked(path: Path, choice: Choice, report: Report, *, mend: bool) -> list[Finding]:
    findings = check(path, choice)
    fixed = fix(path, findings) if mend else []
    report.fixed += fixed
    return check(path, choice) if fixed else findings


def _shown(path: Path) -> Path:
    """Return a path as it is shown: from the current folder, if it is below."""
    whole = path.absolute()
    return whole.relative_to(Path.cwd()) if whole.is_relative_to(Path.cwd()) else path


def _tell(report: Report, form: str | None, out: Output) -> None:
    if form == "sarif":
        out.document(sarif.document(report))
    elif out.json or form == "json":
        out.document(_document(report))
    else:
        for line in (github if form == "github" else text).lines(report):
            out.line(line)


def _document(report: Report) -> dict[str, object]:
    counts = {"errors": report.count("error"), "warnings": report.count("warning")}
    lists = {"findings": report.findings, "fixed": report.fixed, "unreadable": report.unreadable}
    return {"notebooks": report.notebooks, **counts, **lists}


def _code(report: Report, args: argparse.Namespace) -> int:
    if report.unreadable:
        return codes.USAGE
    counted = report.findings if args.strict else [one for one in report.findings if one.severity == "error"]
    return codes.FAILED if counted else codes.OK
