"""What `make` can do is told where people look."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_help_names_every_target():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE) == TARGETS


def test_every_target_is_phony():
    phony = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert phony is not None
    assert phony[1].split() == TARGETS


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "help"])
def test_the_readme_tells_every_target(target):
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("| `make …` | does |")[1]
    assert f"`{target}`" in table.split("\n\n", maxsplit=1)[0]
