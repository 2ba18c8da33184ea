from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pydantic
import pytest

from kodonb.events.plain import encode, short


class Colour(Enum):
    RED = "red"


class Model(pydantic.BaseModel):
    at: datetime


class Rude:
    def __repr__(self):
        raise ZeroDivisionError

    def isoformat(self):
        raise OSError


def through(payload):
    return json.loads(encode(payload))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (np.array([[1, 2]]), [[1, 2]]),
        (np.float32(0.5), 0.5),
        (Model(at=datetime(2026, 1, 1, tzinfo=UTC)), {"at": "2026-01-01T00:00:00Z"}),
        (pd.Timestamp("2026-01-01"), "2026-01-01T00:00:00"),
        (Colour.RED, "red"),
        ({1: {2}, "x": (3,)}, {"1": [2], "x": [3]}),
        (float("nan"), None),
        (ValueError("no"), "ValueError: no"),
        (10**5000, "<int whose repr raises ValueError>"),
        (np.datetime64("2026-01-01T00:00:00"), "2026-01-01T00:00:00"),
        (object, "<class 'object'>"),
        ({"bad": "\ud800", "n": 5, "b": True, "f": 0.5, "none": None, "big": 2**70},
         {"bad": "\\ud800", "n": 5, "b": True, "f": 0.5, "none": None, "big": str(2**70)}),
        ({(1, 2): 3}, {"(1, 2)": 3}),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_whatever_is_emitted_has_a_form_in_json(payload, expected):
    assert through(payload) == expected


def test_data_that_holds_itself_is_cut():
    endless: list = []
    endless.append(endless)
    assert "…" in encode(endless).decode()


def test_objects_that_pretend_or_raise_are_told_by_a_name():
    assert "MagicMock" in through(MagicMock())
    assert through([Rude()]) == ["<Rude whose repr raises ZeroDivisionError>"]


def test_long_texts_are_cut():
    assert short("x" * 100, 10) == "'xxxxxxxx…"
