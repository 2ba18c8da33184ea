"""A DataProcessor cleans, checks and computes."""

from __future__ import annotations

import json
import time

import pytest

from kodonb.kumeo.agents import AgentError, MemorySite

ORDER = {"id": " A-1 ", "amount": 1500, "country": "DE"}


async def test_steps_come_before_all_else(run):
    found = await run("DataProcessor", {"name": "  Hello, WORLD! ", "n": 1, "list": [" A "]}, config={
        "steps": ["trim", "lowercase", "remove_special_chars"], "rules": [{"name": "r", "condition": "name == 'hello world'"}],
    })  # fmt: skip
    assert found == {"name": "hello world", "n": 1, "list": ["a"]}


@pytest.mark.parametrize(
    ("step", "given", "made"),
    [
        ("uppercase", "a", "A"),
        ("collapse_whitespace", " a \n\t b ", "a b"),
        ("strip_html", "<b>1 &lt; 2</b>", "1 < 2"),
        ("strip_html", f"<i>1&#{'1' * 5000};", "1\ufffd"),
        ("normalize_unicode", "\uff21", "A"),
        ("remove_digits", "a1b2", "ab"),
        ("to_number", "12", 12),
        ("to_number", "1.5e2", 150.0),
        ("to_number", "1e999", "1e999"),
        ("to_number", "nan", "nan"),
        ("to_number", "9" * 5000, "9" * 5000),
        ("to_boolean", "Yes", True),
        ("to_boolean", "maybe", "maybe"),
        ("parse_json", "[1, 2]", [1, 2]),
        ("parse_json", "[" * 100_000, "[" * 100_000),
        ("drop_nulls", None, None),
    ],
)
async def test_each_step_does_what_it_is_called(run, step, given, made):
    found = await run("DataProcessor", {"x": given}, steps=[step])
    assert found.get("x") == made


async def test_a_step_may_be_for_some_fields_only(run):
    steps = [{"step": "uppercase", "fields": ["a"]}, "drop_empty", "flatten"]
    assert await run("DataProcessor", {"a": "x", "b": "y", "c": "", "d": {"e": 1}}, steps=steps) == {
        "a": "X", "b": "y", "d.e": 1,
    }  # fmt: skip


async def test_deep_values_do_not_exhaust_the_stack(run):
    deep = "x "
    for _ in range(50_000):
        deep = [deep]
    found = await run(
        "DataProcessor", {"deep": deep, "a": " y "}, steps=["trim", "flatten", "deduplicate"][:2]
    )
    assert found["a"] == "y"


async def test_an_unknown_step_names_a_near_one(ready):
    with pytest.raises(AgentError) as error:
        await ready("DataProcessor", config={"steps": ["lowercas"]})
    assert "`lowercase`" in error.value.remedy


async def test_required_fields_must_be_there_and_not_null(run):
    with pytest.raises(AgentError) as error:
        await run("DataProcessor", {"id": None, "x": 0}, config={"required_fields": ["id", "x", "y"]})
    assert error.value.details == ["id: is missing", "y: is missing"]


async def test_a_schema_is_checked_with_all_problems(run, tmp_path):
    (tmp_path / "order.json").write_text(
        json.dumps(
            {"type": "object", "properties": {"amount": {"type": "number", "minimum": 0}}, "required": ["id"]}
        )
    )
    site = MemorySite(tmp_path, sections={"schemas": {"order": "order.json"}})
    assert await run("DataProcessor", ORDER, site, config={"schema": "schemas.order"}) == ORDER
    with pytest.raises(AgentError) as error:
        await run("DataProcessor", {"amount": -1}, site, config={"schema": "schemas.order"})
    assert len(error.value.details) == 2


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "wat"},
        {"$ref": "http://192.0.2.1/x"},
        {"$ref": "file:///etc/passwd"},
        {"pattern": "(?=a)"},
        {"pattern": "("},
    ],
)
async def test_a_schema_that_is_none_or_refers_elsewhere_is_refused(ready, schema):
    with pytest.raises(AgentError, match="KN802"):
        await ready("DataProcessor", config={"schema": schema})


async def test_a_pattern_in_a_schema_cannot_hang(run):
    schema = {"properties": {"x": {"pattern": "^(a+)+$"}}}
    began = time.monotonic()
    with pytest.raises(AgentError, match="KN805"):
        await run("DataProcessor", {"x": "a" * 50_000 + "!"}, config={"schema": schema})
    assert time.monotonic() - began < 5


async def test_computed_features_are_added(run):
    found = await run("DataProcessor", ORDER, config={"features": ["is_high_value: amount > 1000"]})
    assert found == {**ORDER, "is_high_value": True}
    assert await run("DataProcessor", ORDER, config={"features": {"double": "amount * 2"}}) == {
        **ORDER,
        "double": 3000,
    }


async def test_plain_names_among_features_make_it_a_selection_in_their_order(run):
    found = await run(
        "DataProcessor", ORDER, config={"features": ["country", "is_high: amount > 1000", "nothing"]}
    )
    assert list(found.items()) == [("country", "DE"), ("is_high", True), ("nothing", None)]


async def test_fields_can_be_renamed_and_dropped(run):
    assert await run("DataProcessor", ORDER, config={"rename": {"id": "order"}, "drop": ["country"]}) == {
        "order": " A-1 ", "amount": 1500,
    }  # fmt: skip


async def test_the_config_may_be_a_file(run, tmp_path):
    (tmp_path / "clean.json").write_text('{"steps": ["trim"]}')
    assert (await run("DataProcessor", ORDER, config="clean.json"))["id"] == "A-1"


async def test_settings_keep_their_place_after_steps(run):
    site = MemorySite(sections={"config": {"limit": 10}})
    event = {"config": {"limit": " 0 "}, "x": 5}
    with pytest.raises(AgentError, match="KN805"):
        await run(
            "DataProcessor",
            event,
            site,
            steps=["trim"],
            rules=[{"name": "r", "condition": "x > config.limit"}],
        )


async def test_a_schema_may_be_fields_with_their_types(run):
    schema = {"n": "int", "s": "string"}
    assert await run("DataProcessor", {"n": 1, "s": "x"}, config={"schema": schema}) == {"n": 1, "s": "x"}
    with pytest.raises(AgentError, match="KN805"):
        await run("DataProcessor", {"n": "1"}, config={"schema": {"n": "number"}})
    with pytest.raises(AgentError) as error:
        await run("DataProcessor", {}, config={"schema": {"n": "nummer"}})
    assert "`number`" in error.value.remedy
