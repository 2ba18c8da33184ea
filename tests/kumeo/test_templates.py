"""Prompts and settings are filled in with data that stays data."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodonb.kumeo.templates import interpolated, prompt
from kodonb.model.errors import RunError, UsageError

VALUES = {
    "name": "Ada",
    "none": None,
    "n": 3,
    "yes": True,
    "order": {"id": 7, "rows": ["a", "b"]},
    "trap": "{{name}}",
}

PROMPTS = {
    "Hello {{name}}!": "Hello Ada!",
    "{{ name }}{{name}}": "AdaAda",
    "{{order.id}} {{order.rows[1]}}": "7 b",
    "{{order}}": '{"id": 7, "rows": ["a", "b"]}',
    "{{none}}{{gone}}{{gone.deep}}": "",
    "{{gone ?? 'nobody'}}": "nobody",
    "{{n}} {{yes}}": "3 true",
    "{{#if yes}}Y{{/if}}{{#if none}}N{{/if}}": "Y",
    "{{#if none}}N{{else}}E{{/if}}": "E",
    "{{#if n > 2}}many {{#if name == 'Ada'}}of Ada{{/if}}{{/if}}.": "many of Ada.",
    "{{#if yes}}open": "open",
    "{{#if none}}a{{#if yes}}b{{else}}c{{/if}}d{{else}}e{{/if}}f": "ef",
    # What is no placeholder is text.
    '{"a": {"b": 1}}': '{"a": {"b": 1}}',
    "{{}} {{ }} {{{name}}} { {name} }": "{{}} {{ }} {Ada} { {name} }",
    "{{a b}} {{1 +}} {{": "{{a b}} {{1 +}} {{",
    "{{else}} {{/if}}": "{{else}} {{/if}}",
    "{{__import__('os').system('x')}}": "{{__import__('os').system('x')}}",
    # What is filled in is not read again.
    "{{trap}}": "{{name}}",
}


@pytest.mark.parametrize("text", PROMPTS)
def test_a_prompt_is_filled_in(text):
    assert prompt(text).render(VALUES) == PROMPTS[text]


def test_a_prompt_names_what_it_asks_for_and_where():
    found = prompt("{{a.b}} {{#if c}}{{d ?? e}}{{else}}{{f}}{{/if}}").placeholders()
    assert list(found) == [("a.b", 0), ("c", 8), ("d", 17), ("e", 17), ("f", 35)]


def test_a_prompt_that_grows_beyond_all_measure_is_refused():
    with pytest.raises(RunError, match="characters"):
        prompt("{{x}}" * 100).render({"x": "y" * 100_000})


SETTINGS = {
    "${env.X}": "1",
    "a${env.X}b${config.region}": "a1beu",
    "${env.GONE:-d}": "d",
    "${env.EMPTY:-d}": "d",
    "${env.EMPTY}": "",
    "${env.GONE:-${env.X}}": "1",
    "${env.GONE:-${env.LOST:-${config.region}}/x}": "eu/x",
    "${env.GONE:-}": "",
    "${env.X:-${env.GONE}}": "1",
    "$x ${ } ${} ${1} {env.X} $": "$x ${ } ${} ${1} {env.X} $",
    "${env.X": "${env.X",
    "${env.GONE:-${env.X}": "${env.GONE:-1",
    "}${env.X}}": "}1}",
    "${env.TRAP}": "${env.X}",
}


@pytest.mark.parametrize("text", SETTINGS)
def test_settings_are_filled_in(text):
    known = {"env.X": "1", "env.EMPTY": "", "config.region": "eu", "env.TRAP": "${env.X}"}
    assert interpolated(text).render(known.get) == SETTINGS[text]


def test_a_setting_that_is_missing_is_told_with_a_way_out():
    with pytest.raises(UsageError, match=r"\$\{env.GONE\} is not set") as caught:
        interpolated("x${env.GONE}").render({}.get)
    assert caught.value.code == "KN007" and ":-" in caught.value.remedy


@pytest.mark.parametrize(
    "unit", ["{{", "{{x}}", "{{#if x}}", "{{else}}", "}}", "${", "${a:-", "${a}", "}", "{{ ", "{"]
)
def test_a_megabyte_of_it_takes_no_time(unit):
    text = unit * (1_000_000 // len(unit))
    start = time.process_time()
    prompt(text).render({"x": 1})
    interpolated(text).render({"a": "1"}.get)
    assert time.process_time() - start < 4


PIECES = st.sampled_from(
    ["{{", "}}", "{{x}}", "{{#if x}}", "{{else}}", "{{/if}}", "x", "${", "${a}", "${a:-", "}", " "]
)


@given(st.lists(PIECES, max_size=20))
@settings(max_examples=500, deadline=None)
def test_any_pieces_can_be_filled_in(pieces):
    text = "".join(pieces)
    assert isinstance(prompt(text).render({"x": 1}), str)
    assert isinstance(interpolated(text).render(lambda path: path and "1"), str)


@given(st.text(alphabet="ab {}$#", max_size=40))
@settings(max_examples=300, deadline=None)
def test_a_text_without_placeholders_stays_as_it_is(text):
    if "{{" not in text and "${" not in text:
        assert prompt(text).render({}) == text
        assert interpolated(text).render({}.get) == text
