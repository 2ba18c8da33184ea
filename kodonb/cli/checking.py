"""`kodonb check`: what is wrong with workflows in Kumeo, without running them."""

from __future__ import annotations

import argparse
from typing import Any, Final

from kodonb.cli import codes
from kodonb.cli.kumeofiles import content, shown
from kodonb.cli.output import Output
from kodonb.kumeo.checks.checking import Checked
from kodonb.kumeo.checks.reading import check_bytes
from kodonb.kumeo.diagnostics import sarif, text
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic

_TOLD: Final = ("code", "severity", "message", "file", "line", "column", "remedy")


def check(args: argparse.Namespace, out: Output) -> int:
    """Check files, and say what was found."""
    found = [check_bytes(content(name), shown(name)) for name in args.files]
    diagnostics = [one for checked in found for one in checked.diagnostics]
    if args.format == "sarif":
        out.document(sarif.document(diagnostics))
    elif out.json or args.format == "json":
        out.document({"diagnostics": [_told(one) for one in diagnostics]})
    else:
        _print(found, diagnostics, out)
    return codes.FAILED if any(one.severity == "error" for one in diagnostics) else codes.OK


def _told(one: Diagnostic) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _TOLD}


def _print(found: list[Checked], diagnostics: list[Diagnostic], out: Output) -> None:
    for checked in found:
        for line in text.lines(checked.diagnostics, checked.tree.source):
            out.line(line)
    out.line(text.summary(len(found), diagnostics))
