"""The error reference and the code agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kodonb.model.errors import CODES

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "errors.md"
ENTRY = re.compile(
    r"^\((?P<anchor>KN\d+)\)=\n### (?P<code>KN\d+): (?P<title>[^\n]+)\n(?P<body>.*?)(?=^\(KN|^## |\Z)",
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture(scope="module")
def entries() -> list[re.Match[str]]:
    return list(ENTRY.finditer(PAGE.read_text(encoding="utf-8")))


def test_every_code_has_one_entry_with_its_title_in_order(entries: list[re.Match[str]]) -> None:
    assert [(entry["code"], entry["title"]) for entry in entries] == list(CODES.items())


def test_no_heading_names_a_code_outside_an_entry(entries: list[re.Match[str]]) -> None:
    headings = re.findall(r"^#+ (KN\d{3})", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [entry["code"] for entry in entries]


@pytest.mark.parametrize("code", CODES)
def test_an_entry_can_be_linked_and_gives_cause_and_remedy(code: str, entries: list[re.Match[str]]) -> None:
    (entry,) = (entry for entry in entries if entry["code"] == code)
    assert entry["anchor"] == code
    assert re.search(r"^Cause\n: \S", entry["body"], re.MULTILINE)
    assert re.search(r"^Remedy\n: \S", entry["body"], re.MULTILINE)
