"""Write what is generated of Kumeo: the grammar's tables, the schema of programs, the tables of its manual."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from grammar import tables

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "kodonb" / "kumeo" / "syntax" / "tables.json"


def files() -> dict[Path, str]:
    """Return what each generated file should hold."""
    return {TABLES: written(tables())}


def written(value: Any) -> str:
    """Return a value as it is kept in a file."""
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


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
