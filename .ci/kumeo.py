"""Write what is generated of Kumeo: the grammar's tables, the schema of programs, the tables of its manual."""

from __future__ import annotations

import json
import re
import sys
import typing
from inspect import cleandoc
from pathlib import Path
from typing import Any

from grammar import tables
from schemas import cleaned

from kodonb.kumeo.catalogue.arguments import Arguments
from kodonb.kumeo.catalogue.endpoints import ENDPOINTS
from kodonb.kumeo.catalogue.options import COMMON, options
from kodonb.kumeo.catalogue.roles import parts
from kodonb.kumeo.catalogue.sections import SECTIONS
from kodonb.kumeo.catalogue.types import BUILT_IN
from kodonb.kumeo.program import form

if typing.TYPE_CHECKING:
    from pydantic import BaseModel

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "kodonb" / "kumeo" / "syntax" / "tables.json"
SCHEMA = ROOT / "docs" / "reference" / "kumeo-program.schema.json"
MANUAL = ROOT / "docs" / "kumeo.md"


def files() -> dict[Path, str]:
    """Return what each generated file should hold."""
    return {TABLES: written(tables()), SCHEMA: written(cleaned(form.schema())), MANUAL: manual()}


def written(value: Any) -> str:
    """Return a value as it is kept in a file."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def manual() -> str:
    """Return the manual with its tables."""
    text = MANUAL.read_text(encoding="utf-8")
    made = {
        "sections": sections(),
        "endpoints": endpoints(),
        "common": arguments(Arguments),
        "agents": agents(),
    }
    for name, table in made.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        text = re.sub(f"{begin}.*?{end}", lambda _, new=f"{begin}{table}{end}": new, text, flags=re.DOTALL)
    return text


def sections() -> str:
    """Return the table of sections."""
    rows = [
        (kind if not number else "", f"`{name}`", about)
        for kind, known in SECTIONS.items()
        for number, (name, about) in enumerate(known.items())
    ]
    return table(("", "section", "holds"), rows)


def endpoints() -> str:
    """Return the table of sources and targets."""
    rows = [
        (f"`{each.name}`", each.summary, each.address, "" if each.target else "a source only")
        for each in ENDPOINTS.values()
    ]
    return table(("type", "is", "its address is", ""), rows) + "\nTheir options:\n\n" + "".join(_options())


def _options() -> typing.Iterator[str]:
    """Yield what each type takes beside its address."""
    for role, further in (("source", COMMON), ("target", {})):
        for kind in ENDPOINTS:
            known = [name for name in options(kind, role) if name not in further]
            if known:
                yield f"- `{kind}` as {role}: `{'`, `'.join(known)}`\n"
    yield f"- all sources: `{'`, `'.join(COMMON)}`\n"


def arguments(model: type[BaseModel]) -> str:
    """Return the table of arguments."""
    rows = [(f"`{name}`", about) for name, about in fields(model)]
    return table(("argument", "is"), rows)


def agents() -> str:
    """Return what each type takes."""
    found = []
    for kind in BUILT_IN:
        needs = [" or ".join(f"`{name}`" for name in group) for group in kind.needs]
        told = f" Needs {', and '.join(needs)}." if needs else ""
        places = f" Without a name: `{'`, `'.join(kind.positional)}`." if kind.positional else ""
        found += [f"{kind.__name__}", f": {cleandoc(kind.__doc__ or '')}{told}{places}", ""]
        common = dict(fields(Arguments))
        inner = parts(kind).get("config")
        own = [
            (name, about)
            for name, about in fields(kind)
            if common.get(name) != about or (name == "config" and inner)
        ]
        beside = {name for name, _ in own}
        own += [
            (f"config.{name}", about)
            for name, about in (fields(inner) if inner else [])
            if name not in beside
        ]
        found += [f"  - `{name}`: {about}" for name, about in own]
        found += [""] if own else []
    return "\n".join(found) + "\n"


def fields(model: type[BaseModel]) -> list[tuple[str, str]]:
    """Return the arguments of a model, with what each is."""
    return [(field.alias or name, field.description or "") for name, field in model.model_fields.items()]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


def main(words: list[str]) -> int:
    """Write the files, or with `--check` only say which would change."""
    stale = {path: text for path, text in files().items() if not _holds(path, text)}
    for path, text in stale.items():
        print(path.relative_to(ROOT))
        if "--check" not in words:
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in words else 0


def _holds(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
