"""Results as JSON: as declared where that can be, and described where it cannot."""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import pandas as pd
import pytest
from pydantic import BaseModel, Field

from kodonb.events.prune import PruneQuery, prune
from kodonb.flows.flow import Flow
from kodonb.model.flow import FlowMeta
from kodonb.serve import ServeAPI
from kodonb.serve.entries.outputs import output_of
from kodonb.serve.replies import PIECE
from tests.serve import samples


class Kind(enum.Enum):
    good = "good"


class Part(BaseModel):
    at: dt.datetime
    kind: Kind = Field(serialization_alias="sort")


class Plain(msgspec.Struct):
    a: int


@dataclass
class Pair:
    left: Part
    right: float


def flow_returning(annotation, value=None):
    def function():
        return value

    function.__annotations__["return"] = annotation
    return Flow(function, FlowMeta(name="made"))


WHEN = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
PART = b'{"at":"2026-01-31T12:00:00Z","sort":"good"}'


@pytest.mark.parametrize(
    ("annotation", "value", "expected"),
    [
        (Part, Part(at=WHEN, kind=Kind.good), PART),
        (list[Part], [Part(at=WHEN, kind=Kind.good)], b"[" + PART + b"]"),
        (Pair, Pair(Part(at=WHEN, kind=Kind.good), 1.5), b'{"left":' + PART + b',"right":1.5}'),
        (tuple[int, str], (1, "x"), b'[1,"x"]'),
        (Decimal, Decimal("1.50"), b'"1.50"'),
        (Any, Pair(Part(at=WHEN, kind=Kind.good), 1.5), None),
        (Plain, Plain(1), b'{"a":1}'),
        (pd.DataFrame, pd.DataFrame({"a": [1]}), None),
        (float, math.nan, None),
        (Part, object(), None),
        ("Unheard", {1: {2}}, b'{"1":[2]}'),
        (bytes, b"\xff", b'"/w=="'),
        (str, "\ud800", None),
    ],
)
def test_a_result_is_made_json_as_its_annotation_says_or_as_it_looks_or_not_at_all(
    annotation, value, expected
):
    output = output_of(flow_returning(annotation))
    made = output.dump(value)
    if annotation is Any:  # what nothing is known of looks like its parts
        assert msgspec.json.decode(made)["right"] == 1.5
    else:
        assert made == expected


def test_the_schema_of_a_result_is_that_of_what_is_sent():
    schema = output_of(flow_returning(list[Part])).schema
    assert schema["items"] == {"$ref": "#/$defs/Part"}
    assert set(schema["$defs"]["Part"]["properties"]) == {"at", "sort"}


@pytest.mark.parametrize("annotation", ["Unheard", "not python", pd.DataFrame, Any], ids=str)
def test_nothing_is_known_of_a_result_whose_annotation_says_nothing(annotation):
    assert output_of(flow_returning(annotation)).schema == {}


def test_a_generator_gives_a_list_unless_it_returns_something():
    def numbers() -> Iterator[int]:
        yield 1

    async def later() -> AsyncIterator[str]:
        yield ""

    def total() -> Generator[int, None, str]:
        yield 1
        return ""

    def loose():
        yield 1

    made = [output_of(Flow(each, FlowMeta(name="x"))).schema for each in (numbers, later, total, loose)]
    assert made == [
        {"items": {"type": "integer"}, "type": "array"},
        {"items": {"type": "string"}, "type": "array"},
        {"type": "string"},
        {},
    ]


@pytest.fixture
def client(serve):
    app = ServeAPI(access=None, rate=None)
    for name in ("locate", "place", "counts", "counts_later", "frame", "large", "hides"):
        app.include(getattr(samples, name))
    return serve(app)


def result(client, path, **inputs):
    run = client.post(path, json=inputs).json()["run"]
    return client.get(f"/runs/{run}/result?wait=20")


def test_results_keep_their_shape(client):
    assert result(client, "/locate", count=2).json()["result"] == [{"x": 0, "y": 0.0}, {"x": 1, "y": 0.0}]
    assert result(client, "/place").json()["result"] == {"Name": "here", "when": "2026-01-31"}
    assert (
        result(client, "/counts").json()["result"]
        == result(client, "/counts_later").json()["result"]
        == [0, 1, 2]
    )


def test_what_is_no_json_is_described(client):
    told = result(client, "/frame").json()["result"]
    assert told["type"] == "pandas.DataFrame" and "0  0" in told["repr"]


def test_a_secret_is_not_told(client):
    answer = result(client, "/hides", password="hunter2")
    assert answer.json()["result"] == {"secret": True} and "hunter2" not in answer.text


def test_a_large_result_is_sent_in_pieces_and_whole(client):
    answer = result(client, "/large", size=4 * PIECE)
    assert answer.json()["result"] == {"text": "x" * 4 * PIECE}
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_a_result_that_was_pruned_is_gone(client, inline):
    answer = result(client, "/large", size=200_000)
    run = answer.json()["run"]
    [artifact] = [path for path in inline.artifacts.folder.glob("*/*") if path.stat().st_size > 200_000]
    artifact.unlink()
    gone = client.get(f"/runs/{run}/result")
    assert gone.status_code == 410 and gone.json()["code"] == "KN505"
    assert str(inline.artifacts.folder) not in gone.text
    prune(inline.log, inline.artifacts, PruneQuery(before=2**62))
    assert client.get(f"/runs/{run}/result").status_code == 404
