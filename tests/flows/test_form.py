from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import pytest
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Secret,
    SecretBytes,
    SecretStr,
    field_serializer,
)

from kodonb.flows.form import form_of
from kodonb.model.errors import FlowError, InputsError

if TYPE_CHECKING:
    from decimal import Decimal


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Options(BaseModel):
    depth: int = 3
    names: list[str] = []


class DeepOptions(Options):
    extra: int = 0


@dataclass
class Point:
    x: float
    y: float = 0.0


class Opaque:
    pass


def train(  # noqa: PLR0917 - flows have many parameters
    data: pd.DataFrame,
    rate: Annotated[float, Field(gt=0, description="Step width.")],
    colour: Colour = Colour.RED,
    mode: Literal["fast", "slow"] = "fast",
    since: date | None = None,
    layers: list[int] = [8, 8],  # noqa: B006 - the form copies it
    options: Options | None = None,
    seed=7,
    *,
    anything=None,
) -> Decimal:
    """Train a model
    on data.

    Args:
        data: Rows to learn from,
            one for each sample.
        rate (float): Never shown, the field has its own.
        mode: How careful: fast or slow.

    Returns:
        Nothing: really.
    """
    raise NotImplementedError


def problems_of(function: Any, **inputs: Any) -> dict[str, str]:
    with pytest.raises(InputsError) as caught:
        form_of(function).validate(inputs)
    return dict(caught.value.problems)


def parsed(annotation: Any, text: str) -> Any:
    def flow(x): ...

    flow.__annotations__ = {"x": annotation}
    return form_of(flow).parse({"x": text})["x"]


# --- signatures


def test_names_and_required_parameters_come_in_order_of_the_signature():
    form = form_of(train)
    names = ("data", "rate", "colour", "mode", "since", "layers", "options", "seed", "anything")
    assert form.names == names
    assert form.required == ("data", "rate")
    assert form.title == "train"


def test_positional_variadics_and_positional_only_parameters_are_refused_at_once():
    def many(*files): ...

    def first(x, /): ...

    for function in (many, first):
        with pytest.raises(FlowError) as caught:
            form_of(function)
        assert caught.value.code == "KN204"
        assert "test_form.py, line" in caught.value.where
        assert caught.value.remedy


def test_a_function_without_a_signature_is_refused():
    with pytest.raises(FlowError, match="cannot be read"):
        form_of(type)


def test_extra_keywords_are_taken_and_checked_by_their_type():
    def flow(a: int, **more: int): ...

    form = form_of(flow)
    assert form.open
    assert form.names == ("a",)
    assert form.validate({"a": 1, "parameter": "2"}) == {"a": 1, "parameter": 2}
    assert form.parse({"b": "3"}) == {"b": 3}
    assert form.split({"a": 1, "b": 3}) == ({"a": 1, "b": 3}, {})
    assert "whole number" in problems_of(flow, a=1, b="x")["b"]


def test_parameters_may_have_names_that_pydantic_keeps_for_itself():
    def flow(copy: int, model_config: str, _hidden: int, schema: list[int], self_: int = 0): ...

    inputs = {"copy": 1, "model_config": "m", "_hidden": 2, "schema": [3], "self_": 4}
    form = form_of(flow)
    assert form.validate(inputs) == inputs
    assert form.required == ("copy", "model_config", "_hidden", "schema")
    assert set(form.schema["properties"]) == set(inputs)
    assert form.split(inputs) == (inputs, {})


def test_an_unannotated_parameter_has_the_type_of_its_default_or_any():
    def flow(a, b=1, c=None): ...

    opaque = object()
    assert form_of(flow).validate({"a": opaque, "b": "2", "c": "x"}) == {"a": opaque, "b": 2, "c": "x"}


def test_a_data_frame_may_be_a_default():
    frame = pd.DataFrame({"a": [1]})

    def flow(a=frame, b: pd.DataFrame = frame): ...

    values = form_of(flow).validate({})
    assert values["a"].equals(frame)
    assert values["b"].equals(frame)
    assert "default" not in form_of(flow).schema["properties"]["b"]


def test_a_default_of_none_makes_a_parameter_optional():
    def flow(a: int = None): ...  # noqa: RUF013 - users write it

    assert form_of(flow).validate({"a": None}) == {"a": None}
    assert form_of(flow).parse({"a": "none"}) == {"a": None}


def test_a_default_may_be_given_by_a_field():
    def flow(a: Annotated[int, Field(default=3)], b: int = Field(default=4, ge=1), c=Field("c")): ...  # noqa: B008 - users write it

    form = form_of(flow)
    assert form.required == ()
    assert form.validate({}) == {"a": 3, "b": 4, "c": "c"}
    assert "b" in problems_of(flow, b=0)


def test_a_mutable_default_is_copied_for_every_run():
    form = form_of(train)
    inputs = {"data": pd.DataFrame(), "rate": 1}
    form.validate(inputs)["layers"].append(1)
    assert form.validate(inputs)["layers"] == [8, 8]


def test_bound_methods_wrapped_functions_and_callable_objects_have_forms():
    class Flow:
        def go(self, a: int): ...

        def __call__(self, b: Colour): ...

    @wraps(train)
    def wrapped(*args, **kwargs): ...

    assert form_of(Flow().go).validate({"a": "1"}) == {"a": 1}
    assert form_of(Flow()).validate({"b": "red"}) == {"b": Colour.RED}
    assert form_of(wrapped).names == form_of(train).names


def test_an_annotation_that_cannot_be_resolved_names_its_parameter_and_its_place():
    def flow(a: Decimal): ...

    form = form_of(flow)  # creation asks for no types
    with pytest.raises(FlowError, match=r"parameter 'a'.*Decimal") as caught:
        form.validate({})
    assert caught.value.code == "KN205"
    assert "test_form.py, line" in caught.value.where


def test_a_type_that_pydantic_cannot_check_names_its_parameter():
    @dataclass
    class Box:
        content: Opaque

    class Unfinished(BaseModel):
        later: Later  # noqa: F821 - what is defined later, or never

    def flow(a: int, b): ...

    for kind in (Unfinished, Annotated[int, Field(pattern="[")], "int |"):
        flow.__annotations__ = {"a": int, "b": kind}
        with pytest.raises(FlowError, match="parameter 'b'") as caught:
            form_of(flow).validate({"a": 1, "b": 1})
        assert caught.value.code == "KN205"

    flow.__annotations__ = {"b": Box}
    box = Box(Opaque())
    assert form_of(flow).validate({"a": 1, "b": box})["b"].content is box.content


# --- schema


def test_the_schema_has_titles_descriptions_defaults_and_definitions():
    schema = form_of(train).schema
    assert schema["title"] == "train"
    assert schema["description"] == "Train a model on data."
    assert schema["required"] == ["data", "rate"]
    assert schema["additionalProperties"] is False
    fields = schema["properties"]
    assert fields["data"] == {
        "type": "object",
        "x-python": "pandas.DataFrame",
        "title": "Data",
        "description": "Rows to learn from, one for each sample.",
    }
    assert fields["rate"]["description"] == "Step width."
    assert fields["rate"]["exclusiveMinimum"] == 0
    assert fields["mode"]["enum"] == ["fast", "slow"]
    assert fields["mode"]["description"] == "How careful: fast or slow."
    assert fields["layers"]["default"] == [8, 8]
    assert fields["colour"]["default"] == "red"
    assert set(schema["$defs"]) == {"Colour", "Options"}


def test_the_schema_may_be_changed_by_who_asked_for_it():
    form = form_of(train)
    form.schema["properties"].clear()
    assert form.schema["properties"]


def test_objects_without_json_have_a_place_in_the_schema_and_no_warning():
    def flow(f: Any = Opaque(), g: list[Opaque] = [], h: type[int] = int): ...  # noqa: B006, B008

    fields = form_of(flow).schema["properties"]
    assert fields["g"]["items"]["x-python"].endswith("test_form.Opaque")
    assert "default" not in fields["f"]
    assert "h" in fields


# --- validation


def test_valid_inputs_become_python_objects_and_defaults_fill_the_rest():
    data = pd.DataFrame({"a": [1]})
    values = form_of(train).validate(
        {"data": data, "rate": "0.5", "colour": "blue", "since": "2026-01-31", "options": {"depth": "4"}}
    )
    assert values["data"] is data
    assert values["rate"] == 0.5
    assert values["colour"] is Colour.BLUE
    assert values["since"] == date(2026, 1, 31)
    assert values["options"] == Options(depth=4)
    assert (values["mode"], values["seed"], values["anything"]) == ("fast", 7, None)


def test_all_problems_are_told_at_once_in_plain_words_with_what_pydantic_said():
    found = problems_of(
        train, rate=-1, colour="green", mode="x", layers=[1, "b"], options={"depth": "z"}, data=3, seed=1.5
    )
    assert list(found) == ["data", "rate", "colour", "mode", "layers.1", "options.depth", "seed"]
    assert found["data"].startswith("needs an object of class DataFrame, got 3 (Input should be")
    assert found["rate"] == "Input should be greater than 0, got -1"
    assert found["colour"].startswith("must be 'red' or 'blue', got 'green'")
    assert found["layers.1"] == (
        "needs a whole number, got 'b' "
        "(Input should be a valid integer, unable to parse string as an integer)"
    )


def test_missing_and_unknown_parameters_are_named_and_the_nearest_is_proposed():
    with pytest.raises(InputsError) as caught:
        form_of(train).validate({"data": pd.DataFrame(), "rte": 1, "zzzzzz": 2})
    error = caught.value
    assert dict(error.problems)["rate"].startswith("is missing")
    assert dict(error.problems)["rte"].startswith("is not a parameter")
    assert "did you mean 'rate' instead of 'rte'?" in error.remedy
    assert "leave 'zzzzzz' out; parameters are: data, rate" in error.remedy
    assert "give rate=" in error.remedy
    assert error.code == "KN010"


def test_a_missing_field_of_a_model_is_not_called_a_parameter():
    def flow(p: Point): ...

    with pytest.raises(InputsError) as caught:
        form_of(flow).validate({"p": {"z": 1}})
    assert dict(caught.value.problems)["p.x"].startswith("is missing")
    assert caught.value.remedy == "change the inputs named below"


# --- JSON


def test_values_that_come_back_from_json_are_separated_from_those_that_do_not():
    form = form_of(train)
    data = pd.DataFrame({"a": [1]})
    values = form.validate({"data": data, "rate": 1, "since": "2026-01-31", "options": {}})
    values["anything"] = (1, 2)  # JSON would make a list of it
    jsons, objects = form.split(values)
    assert jsons == {
        "rate": 1.0,
        "colour": "red",
        "mode": "fast",
        "since": "2026-01-31",
        "layers": [8, 8],
        "options": {"depth": 3, "names": []},
        "seed": 7,
    }
    assert objects == {"data": data, "anything": (1, 2)}
    assert form.dump(values) == jsons
    assert form.validate(jsons | objects) == values


def test_json_never_changes_a_value_silently():
    def flow(number: float = 0, options: Options = None, loose: Any = None, numbers: list[float] = ()): ...

    form = form_of(flow)
    deep = DeepOptions(extra=5)
    for name, value in [
        ("number", math.nan),
        ("numbers", [math.inf]),
        ("options", deep),
        ("loose", date(2026, 1, 1)),
        ("loose", {1: 2}),
        ("loose", Colour.RED),
        ("loose", b"\xff"),
        ("loose", pd.Series([1, 2])),
    ]:
        assert form.split({name: value}) == ({}, {name: value}), name
    assert form.split({"loose": {"a": [1, None, "x"]}})[0] == {"loose": {"a": [1, None, "x"]}}


class Aliased(BaseModel):
    size: int = Field(1, alias="Size")
    key: SecretStr | None = Field(None, alias="Key")


def test_models_that_take_their_fields_by_alias_only_survive_json():
    def flow(one: Aliased, several: list[Aliased] = [], **more: Any): ...  # noqa: B006

    form = form_of(flow)
    values = form.validate({"one": {"Size": 2}, "several": [{"Size": 3}]})
    told = {"one": {"Size": 2, "Key": None}, "several": [{"Size": 3, "Key": None}]}
    assert form.split(values) == (told, {})
    assert form.validate(told) == values
    assert form.secrets(form.validate({"one": {"Size": 2, "Key": "hunter2"}})) == {
        "one": {"Size": 2, "Key": "hunter2"}
    }


# --- secrets


class Login(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    user: str
    password: SecretStr | None = Field(None, alias="pass")


class Told(BaseModel):
    password: SecretStr

    @field_serializer("password", when_used="json")
    def tell(self, password):
        return password.get_secret_value()


class Declared(BaseModel):
    password: str = Field(json_schema_extra={"format": "password"})


@dataclass
class Pin:
    digits: Secret[int]


def guarded(  # noqa: PLR0917 - one for each way
    key: SecretStr | None = None,
    body: SecretBytes | None = None,
    number: Secret[int] | None = None,
    several: list[SecretStr] | None = None,
    pair: tuple[int, SecretStr] | None = None,
    named: dict[str, SecretStr] | None = None,
    login: Login | None = None,
    logins: list[Login] | None = None,
    told: Told | None = None,
    declared: Declared | None = None,
    pin: Pin | None = None,
    bare: Annotated[SecretStr, AfterValidator(lambda key: key.get_secret_value())] | None = None,
    **others: SecretStr,
): ...


GIVEN = {
    "key": "hunter2",
    "body": b"hunter2",
    "number": 271828,
    "several": ["hunter2"],
    "pair": (1, "hunter2"),
    "named": {"a": "hunter2"},
    "login": {"user": "ada", "pass": "hunter2"},
    "logins": [{"user": "bob"}, {"user": "ada", "pass": "hunter2"}],
    "told": {"password": "hunter2"},
    "declared": {"password": "hunter2"},
    "pin": {"digits": 271828},
    "bare": "hunter2",
    "other": "hunter2",
}


def test_the_schema_of_a_secret_says_that_it_is_written_and_never_read():
    def flow(key: SecretStr, number: Secret[int]): ...

    fields = form_of(flow).schema["properties"]
    assert fields["key"] == {"type": "string", "format": "password", "writeOnly": True, "title": "Key"}
    assert fields["number"] == {"type": "integer", "writeOnly": True, "title": "Number"}


@pytest.mark.parametrize("name", GIVEN)
def test_secrets_are_named_wherever_they_are_and_never_become_json(name):
    form = form_of(guarded)
    values = form.validate({name: GIVEN[name]})
    secrets = form.secrets(values)
    jsons, objects = form.split(values)
    assert set(secrets) == {name} and name not in jsons and objects == {}
    assert form.validate(jsons | secrets) == values


def test_secrets_travel_as_plain_data_since_classes_of_a_flow_are_made_anew_where_it_runs():
    form = form_of(guarded)
    values = form.validate(GIVEN)
    plain = GIVEN | {"pair": [1, "hunter2"], "login": {"user": "ada", "password": "hunter2"}}
    plain["logins"] = [{"user": "bob", "password": None}, plain["login"]]
    assert form.secrets(values) == plain


def test_a_secret_that_plain_data_would_change_travels_as_it_is():
    def flow(number: Secret[float]): ...

    form = form_of(flow)
    values = form.validate({"number": math.nan})
    assert form.secrets(values)["number"] is values["number"]


def test_a_place_for_a_secret_that_is_empty_holds_none():
    form = form_of(guarded)
    values = form.validate({"login": {"user": "ada"}, "logins": [{"user": "bob"}], "several": []})
    assert form.secrets(values) == {}
    assert form.dump(values)["login"] == {"user": "ada", "password": None}


WRONG = {
    "key": 271828,
    "body": 271828,
    "number": "hunter2",
    "several": "hunter2",
    "pair": (1, 271828),
    "named": {"a": 271828},
    "login": {"user": "ada", "pass": 271828},
    "logins": "hunter2",
    "told": {"password": 271828},
    "declared": {"password": 271828},
    "pin": {"digits": "hunter2"},
    "bare": 271828,
    "other": 271828,
}


def test_problems_with_secrets_do_not_say_what_was_given():
    form = form_of(guarded)
    with pytest.raises(InputsError) as caught:
        form.validate(WRONG)
    assert len(caught.value.problems) == len(WRONG)
    assert "key: needs a text (Input should be a valid string)" in str(caught.value)
    assert "hunter2" not in str(caught.value) and "271828" not in str(caught.value)
    with pytest.raises(InputsError) as caught:
        form.parse({"number": "hunter2", "pin": "hunter2"})
    assert [p.field for p in caught.value.problems] == ["number", "pin"]
    assert "hunter2" not in str(caught.value)


class Service(BaseModel):
    key: SecretStr = SecretStr("hunter2")
    retries: int = 3


KEY, SERVICE = SecretStr("hunter2"), Service()


def test_a_secret_default_is_not_in_the_schema_nor_are_its_asterisks():
    def flow(key: SecretStr = KEY, service: Service = SERVICE, nothing: SecretStr | None = None): ...

    schema = form_of(flow).schema
    assert "hunter2" not in repr(schema) and "***" not in repr(schema)
    assert schema["properties"]["nothing"]["default"] is None
    assert schema["$defs"]["Service"]["properties"]["retries"]["default"] == 3
    assert "required" not in schema


def test_a_secret_is_read_as_it_was_typed():
    form = form_of(guarded)
    assert form.parse({"key": "0123"})["key"].get_secret_value() == "0123"
    assert form.parse({"key": "none"}) == {"key": None}


# --- bytes


def test_bytes_are_a_binary_string_in_the_schema_and_survive_json_where_they_are_text():
    def flow(data: bytes, more: list[bytes] = ()): ...

    form = form_of(flow)
    field = form.schema["properties"]["data"]
    assert (field["type"], field["format"]) == ("string", "binary")
    assert form.split({"data": "ä".encode()}) == ({"data": "ä"}, {})
    assert form.split({"data": b"\xff\x00"}) == ({}, {"data": b"\xff\x00"})
    assert form.split({"more": [b"a", b"\xff"]}) == ({}, {"more": [b"a", b"\xff"]})
    for values in ({"data": "ä".encode()}, {"data": b"\xff\x00"}):
        jsons, objects = form.split(values)
        assert form.validate(jsons | objects)["data"] == values["data"]


# --- text


@pytest.mark.parametrize(
    ("annotation", "text", "value"),
    [
        (int, "3", 3),
        (float, "1e-3", 0.001),
        *[(bool, text, True) for text in ("true", "yes", "1", "True")],
        *[(bool, text, False) for text in ("false", "no", "0", "NO")],
        (str, "3", "3"),
        (str, "none", "none"),
        (str, '"quoted"', '"quoted"'),
        (str, "", ""),
        (int | None, "null", None),
        (int | None, "5", 5),
        (str | None, "None", None),
        (str | None, "nobody", "nobody"),
        (int | str, "5", 5),
        (int | str, "five", "five"),
        (date, "2026-01-31", date(2026, 1, 31)),
        (Path, "a/b", Path("a/b")),
        (Colour, "RED", Colour.RED),
        (Colour, "red", Colour.RED),
        (Size, "LARGE", Size.LARGE),
        (Size, "2", Size.LARGE),
        (Literal["a", 1], "1", 1),
        (Literal["a", 1], "a", "a"),
        (list[int], "[1, 2]", [1, 2]),
        (list[int], "1,2", [1, 2]),
        (list[int], "1", [1]),
        (list[int], "", []),
        (list[str], "a, b", ["a", "b"]),
        (list[str] | None, "a", ["a"]),
        (list[Colour], "RED,blue", [Colour.RED, Colour.BLUE]),
        (list, "1,a", [1, "a"]),
        (set[int], "1,2", {1, 2}),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (dict[str, int] | None, "null", None),
        (Options, '{"depth": 9}', Options(depth=9)),
        (Options | None, '{"depth": 9}', Options(depth=9)),
        (Point, '{"x": 1}', Point(1.0)),
        (Annotated[int, Field(ge=1)], "1", 1),
        (Any, "3", 3),
        (Any, "hello", "hello"),
        (Any, "NaN", "NaN"),
        (Any, "{broken", "{broken"),
    ],
)
def test_text_is_read_as_its_type_wants(annotation, text, value):
    result = parsed(annotation, text)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("annotation", "text", "field", "words"),
    [
        (int, "true", "x", "whole number"),
        (int, "2.5", "x", "whole number"),
        (bool, "maybe", "x", "true or false"),
        (Colour, "green", "x", "must be 'red' or 'blue'"),
        (date, "soon", "x", "a date such as"),
        (list[int], "1,b", "x.1", "whole number"),
        (list[int], "[1,", "x", "a list"),
        (Options, '{"depth": "z"}', "x.depth", "whole number"),
        (Options, "depth", "x", "a mapping"),
        (pd.DataFrame, "{}", "x", "DataFrame"),
    ],
)
def test_text_that_does_not_fit_is_explained(annotation, text, field, words):
    with pytest.raises(InputsError) as caught:
        parsed(annotation, text)
    assert caught.value.problems[0].field == field
    assert words in caught.value.problems[0].message


def test_reading_tells_all_problems_and_leaves_missing_parameters_alone():
    form = form_of(train)
    assert form.parse({}) == {}
    with pytest.raises(InputsError) as caught:
        form.parse({"rate": "-1", "sed": "1", "since": "x"})
    assert [p.field for p in caught.value.problems] == ["rate", "sed", "since"]
    assert "did you mean 'seed'" in caught.value.remedy


def test_what_was_read_is_valid_input():
    form = form_of(train)
    texts = {"rate": "2", "colour": "BLUE", "since": "2026-01-31", "options": "{}", "layers": "1,2"}
    values = form.validate({"data": pd.DataFrame(), **form.parse(texts)})
    assert values["colour"] is Colour.BLUE
    assert values["layers"] == [1, 2]


def test_choices_are_offered_for_enums_literals_and_bools():
    def flow(a: Colour, b: Literal["x", 1] | None, c: bool, *, d: Size, e: list[Colour], f: int): ...

    form = form_of(flow)
    assert form.choices("a") == ["red", "blue"]
    assert form.choices("b") == ["x", "1"]
    assert form.choices("c") == ["true", "false"]
    assert form.choices("d") == ["SMALL", "LARGE"]
    assert form.choices("e") == ["red", "blue"]
    assert form.choices("f") == form.choices("nothing") == []


def test_a_form_is_made_without_loading_pydantic():
    code = (
        "import sys; from kodonb.flows.form import form_of\n"
        "def f(a: int): ...\n"
        "form_of(f).names; assert 'pydantic' not in sys.modules; form_of(f).required"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
