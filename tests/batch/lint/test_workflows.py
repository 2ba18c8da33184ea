"""Cells of `%%kumeo`: what is wrong with their texts is told with the codes of the language."""

from __future__ import annotations

from nbformat.v4 import new_code_cell

from kodonb.batch.lint import Choice, chosen, lint

SMALL = """%%kumeo
workflow Small {
  source: NATS("a")
  target: NATS("b")
  agents: [Aggregator(id: "x", method: "merge", input: source)]
}"""


def test_a_text_in_kumeo_is_not_called_python(found):
    assert found(SMALL) == []


def test_what_is_wrong_with_a_text_is_told_with_its_place(write):
    (one,) = lint(write("x = 1", SMALL.replace("input: source", "input: sauce")))
    assert (one.code, one.cell, one.line, one.severity) == ("E160", 2, 5, "error")
    assert one.column == SMALL.split("\n")[4].index("source") + 1
    assert "source" in one.remedy


def test_what_is_doubtful_is_a_warning(write):
    (one,) = lint(write(SMALL.replace('NATS("a")', 'Pigeon("a")')))
    assert (one.code, one.severity) == ("W113", "warning")


def test_an_agent_that_another_cell_defines_is_known(found):
    used = SMALL.replace("Aggregator", "Own")
    own = "from kodonb.kumeo.agents import agent\n@agent\ndef Own(inputs, *, method='a'):\n    return inputs"
    assert found(own, used) == []
    assert found(own.replace("@agent", '@agent("Other")'), used) == [("W131", 2, 5)]


def test_the_workflow_is_a_name_and_other_words_of_the_text_are_none(found):
    assert found(SMALL, "Small.submit()") == []
    assert found(SMALL, "print(merge)") == [("KN112", 2, 1)]


def test_a_wrong_option_is_told(found):
    assert found(SMALL.replace("%%kumeo", "%%kumeo --titel x")) == [("KN001", 1, 1)]


def test_a_cell_that_fails_on_purpose_is_left_alone(write):
    cell = new_code_cell("%%kumeo\nworkflow {", metadata={"tags": ["raises-exception"]})
    assert lint(write(cell)) == []


def test_codes_of_kumeo_are_selected_and_silenced(write):
    path = write(SMALL.replace('NATS("a")', 'Pigeon("a")'))
    assert lint(path, Choice(ignore=chosen(["W113"]))) == []
    assert len(lint(path, Choice(select=chosen(["W1"])))) == 1


def test_what_a_magic_of_kumeo_keeps_is_a_name(found):
    assert found(SMALL, "%kumeo inspect x -o seen", "print(seen)") == []
