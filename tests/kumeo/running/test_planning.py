"""Check and planning agree on what can be run."""

from __future__ import annotations

import pytest

from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.running import WorkflowError
from kodonb.kumeo.running.planning.planning import plan
from tests.kumeo.rulebook import rules

RULES = rules()
SOUND = [rule for rule in RULES if check(rule.text).ok]
RINGS = [rule for rule in RULES if rule.codes == ["E171"] and "integration {" in rule.text]


@pytest.mark.parametrize("rule", SOUND, ids=[rule.sentence for rule in SOUND])
def test_what_has_no_error_can_be_planned(rule):
    program = check(rule.text).program
    assert [plan(program, each.name).name for each in program.workflows] == [
        each.name for each in program.workflows
    ]


@pytest.mark.parametrize("rule", RINGS, ids=[rule.sentence for rule in RINGS])
def test_a_ring_through_an_integration_is_refused_by_both(rule):
    found = check(rule.text)
    assert [each.code for each in found.errors] == ["E171"]
    with pytest.raises(WorkflowError, match="KN832: agents wait for each other"):
        plan(found.program)
