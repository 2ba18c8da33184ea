"""`kodonb export`."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.export.exporting import Exported
from kodonb.export.exporting import compare as _compare
from kodonb.export.exporting import export as _export


def export(args: argparse.Namespace, out: Output) -> int:
    """Write flows as a service, or say how what was written differs."""
    options = {"target": args.target, "name": args.name, "version": args.version}
    folder = args.output or _folder(args.what)
    if args.check:
        _compare(args.what, folder, **options)
        out.say(f"{folder} is what {args.what} gives", {"folder": str(folder), "differs": False})
        return codes.OK
    made = _export(args.what, folder, **options, force=args.force, checked=not args.unchecked)
    for notice in _notices(made):
        out.note(notice)
    out.say("\n".join(_lines(made)), _told(made))
    return codes.OK


def _folder(what: str) -> Path:
    """Return where an export goes when nobody says: ``build/`` and the name of the flow or the file."""
    spot, colon, names = what.rpartition(":")
    name = names if colon and "," not in names else Path(spot or what).stem
    return Path("build") / (re.sub(r"[^\w.-]+", "-", name.replace("_", "-")).strip(".-") or "service")


def _notices(made: Exported) -> Iterator[str]:
    yield from made.service.slice.module.notices
    for left in made.service.left:
        yield f"left out: {left.what} ({left.where})"
    if made.others:
        yield f"not exported: {', '.join(made.others)}"


def _lines(made: Exported) -> Iterator[str]:
    yield f"{made.folder}: {made.service.package} {made.service.version}, {len(made.files)} files"
    for flow in made.service.flows:
        yield f"  /{flow.name}  from {flow.place}"
    if made.service.requirements:
        yield "  requires " + ", ".join(
            f"{name} {version}" for name, version in made.service.requirements.items()
        )
    if made.tests:
        yield f"  tests: {made.tests.strip('= ')}"


def _told(made: Exported) -> dict[str, object]:
    return {
        "folder": str(made.folder),
        "package": made.service.package,
        "version": made.service.version,
        "flows": [
            {"name": flow.name, "path": f"/{flow.name}", "place": flow.place} for flow in made.service.flows
        ],
        "files": made.files,
        "requires": made.service.requirements,
        "left": [left._asdict() for left in made.service.left],
        "tests": made.tests,
    }
