"""`kodonb fmt`: workflows in Kumeo, written in one way."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path
from typing import Any, Literal, NamedTuple

from kodonb.cli import codes
from kodonb.cli.kumeofiles import STDIN, content, shown
from kodonb.cli.output import Output
from kodonb.kumeo.checks.reading import check_bytes
from kodonb.kumeo.diagnostics import text
from kodonb.kumeo.writing import formatted
from kodonb.model.errors import NotebookError


class _Formatted(NamedTuple):
    """A file before and after; `after` is `None` if it has errors of syntax."""

    name: str
    before: str
    after: str | None

    @property
    def state(self) -> Literal["unreadable", "unchanged", "changed"]:
        if self.after is None:
            return "unreadable"
        return "unchanged" if self.before == self.after else "changed"


def fmt(args: argparse.Namespace, out: Output) -> int:
    """Format files, or say which would change."""
    found = [_format(name, out) for name in args.files]
    for one in found:
        if args.diff:
            _print_diff(one, out)
        elif one.name == STDIN and not args.check:
            _print_text(one, out)
        elif not args.check and one.state == "changed":
            _write(one)
    _tell(found, args, out)
    changed = args.check and any(one.state == "changed" for one in found)
    return codes.FAILED if changed or any(one.after is None for one in found) else codes.OK


def _format(name: str, out: Output) -> _Formatted:
    data = content(name)
    checked = check_bytes(data, shown(name))
    before = data.decode("utf-8", "replace")
    if not checked.tree.wrong:
        return _Formatted(name, before, formatted(before, shown(name)))
    syntax = [one for one in checked.diagnostics if one.code == "E001"]
    for line in text.lines(syntax, checked.tree.source):
        out.note(line)
    return _Formatted(name, before, None)


def _print_text(one: _Formatted, out: Output) -> None:
    if one.after is not None and not out.json:
        out.line(one.after.removesuffix("\n"))


def _print_diff(one: _Formatted, out: Output) -> None:
    if out.json or one.after is None:
        return
    names = shown(one.name), f"{shown(one.name)} (formatted)"
    for line in difflib.unified_diff(one.before.splitlines(), one.after.splitlines(), *names, lineterm=""):
        out.line(line)


def _write(one: _Formatted) -> None:
    assert one.after is not None
    try:
        Path(one.name).write_text(one.after, encoding="utf-8", newline="\n")
    except OSError as error:
        raise NotebookError(
            f"{one.name} cannot be written: {error.strerror}", code="KN605", remedy="check its permissions"
        ) from None


def _tell(found: list[_Formatted], args: argparse.Namespace, out: Output) -> None:
    files: list[dict[str, Any]] = [{"file": shown(one.name), "state": one.state} for one in found]
    if out.json:
        out.document({"files": files})
        return
    verb = "would change" if args.check or args.diff else "changed"
    for one in found:
        if one.state == "changed" and (args.check or (one.name != STDIN and not args.diff)):
            out.note(f"{shown(one.name)} {verb}")
