"""`kodonb check`: what is wrong with workflows in Kumeo, without running them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from kodonb.cli import codes
from kodonb.cli.kumeofiles import STDIN, content, shown
from kodonb.cli.output import Output
from kodonb.kumeo.checks.checking import Checked
from kodonb.kumeo.checks.reading import check_bytes
from kodonb.kumeo.diagnostics import sarif, text
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic
from kodonb.kumeo.running.foreseeing import foreseen

_TOLD: Final = ("code", "severity", "message", "file", "line", "column", "remedy")


def check(args: argparse.Namespace, out: Output) -> int:
    """Check files, and say what was found: in the texts, and with what lies beside them."""
    found = [check_bytes(content(name), shown(name)) for name in args.files]
    diagnostics = [one for checked in found for one in checked.diagnostics]
    beside = [
        foreseen(checked, None if name == STDIN else Path(name).resolve().parent)
        for checked, name in zip(found, args.files, strict=True)
    ]
    if args.format == "sarif":
        out.document(sarif.document(diagnostics))
    elif out.json or args.format == "json":
        told = [_told(one) for some in beside for one in some]
        out.document({"diagnostics": [_told(one) for one in diagnostics], "foreseen": told})
    else:
        _print(found, beside, out)
    return codes.FAILED if any(one.severity == "error" for one in diagnostics) else codes.OK


def _told(one: Diagnostic) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _TOLD}


def _print(found: list[Checked], beside: list[tuple[Diagnostic, ...]], out: Output) -> None:
    both = [(*checked.diagnostics, *more) for checked, more in zip(found, beside, strict=True)]
    for checked, told in zip(found, both, strict=True):
        for line in text.lines(sorted(told, key=lambda one: (one.line, one.column)), checked.tree.source):
            out.line(line)
    out.line(text.summary(len(found), [one for told in both for one in told]))
