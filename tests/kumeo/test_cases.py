"""Texts with their verdicts: those of the language's definition, and many more of our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.diagnostics.codes import CODES
from tests.kumeo.rulebook import rules

HERE = Path(__file__).parent
GIVEN = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", GIVEN, ids=[case["name"] for case in GIVEN])
def test_a_text_has_the_verdict_and_the_codes_that_the_definition_says(case):
    found = {one.code for one in check(case["text"]).diagnostics}
    errors = {code for code in found if code.startswith("E")}
    assert ("reject" if errors else "accept") == case["verdict"], case["why"]
    assert errors == {code for code in case["codes"] if code.startswith("E")}
    assert found >= set(case["codes"])
    assert case["verdict"] == "reject" or found == set(case["codes"])


RULES = rules()


@pytest.mark.parametrize("rule", RULES, ids=[rule.sentence for rule in RULES])
def test_a_rule_holds(rule):
    assert sorted({one.code for one in check(rule.text).diagnostics}) == rule.codes


def test_every_code_has_a_rule_that_leads_to_it():
    assert {code for rule in RULES for code in rule.codes} == set(CODES)
