"""What is generated is up to date, and every code and agent has its place in the manual."""

from __future__ import annotations

import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from pygments.token import Error

from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.diagnostics.codes import CODES
from kodonb.kumeo.highlight import KumeoLexer
from tests.kumeo.rulebook import rules
from tests.kumeo.texts import SOUND

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "kumeo-diagnostics.md"
ENTRY = re.compile(
    r"^\((?P<anchor>[EW]\d{3})\)=\n### (?P<code>[EW]\d{3}): (?P<title>[^\n]+)\n(?P<body>.*?)(?=^\([EW]\d|^## |\Z)",
    re.MULTILINE | re.DOTALL,
)
ENTRIES = {entry["code"]: entry for entry in ENTRY.finditer(PAGE.read_text(encoding="utf-8"))}


def test_tables_schema_and_manual_are_up_to_date():
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "kumeo.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"write them anew: make kumeo\n{done.stdout}{done.stderr}"


def test_every_code_has_one_entry_with_its_title_in_order():
    assert [(code, entry["title"]) for code, entry in ENTRIES.items()] == list(CODES.items())


@pytest.mark.parametrize("code", CODES)
def test_an_entry_has_an_example_that_leads_to_the_code(code):
    body = ENTRIES[code]["body"]
    [example] = re.findall(r"```kumeo\n(.*?)```", body, re.DOTALL)
    assert ENTRIES[code]["anchor"] == code
    assert code in {one.code for one in check(example).diagnostics}
    assert re.search(r"^Remedy\n: \S", body, re.MULTILINE)


def test_examples_of_the_manual_are_sound():
    page = (ROOT / "docs" / "kumeo.md").read_text(encoding="utf-8")
    examples = [text for text in re.findall(r"```kumeo\n(.*?)```", page, re.DOTALL) if "workflow" in text]
    assert len(examples) >= 3
    for text in examples:
        assert check(text).errors == ()


def test_pygments_is_told_of_the_lexer():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [(name, home)] = project["entry-points"]["pygments.lexers"].items()
    assert name in KumeoLexer.aliases
    assert pkgutil.resolve_name(home) is KumeoLexer


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_text_has_no_colour_of_errors_and_loses_nothing(text):
    found = list(
        KumeoLexer(stripnl=False, ensurenl=False).get_tokens(text.removeprefix("\ufeff").replace("\r", ""))
    )
    assert not [piece for kind, piece in found if kind is Error]
    assert "".join(piece for _, piece in found) == text.removeprefix("\ufeff").replace("\r", "")


def test_the_language_is_loaded_without_a_parser_generator_or_anything_heavy():
    text = rules()[0].text
    code = f"import sys; from kodonb.kumeo.checks.checking import check; check({text!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {
        "lark",
        "ray",
        "pandas",
        "numpy",
        "IPython",
        "re2",
        "pygments",
        "sqlalchemy",
    }
