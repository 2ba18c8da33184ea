from __future__ import annotations

import datetime as dt
import json

import numpy as np

from kodonb.kumeo.ports.encoding import encode
from kodonb.kumeo.ports.reading import Reading


def test_whatever_an_agent_returns_becomes_json():
    values = {
        "array": np.arange(3),
        "number": np.float64(0.5),
        "time": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "set": {1},
    }
    assert json.loads(encode(values)) == {
        "array": [0, 1, 2], "number": 0.5, "time": "2026-01-01T00:00:00Z", "set": [1],
    }  # fmt: skip
    assert json.loads(encode({"big": 1 << 70, "half": "\ud800"})) == {"big": 1 << 70, "half": "\ud800"}
    assert "object" in json.loads(encode(object()))


def test_keys_are_found_by_their_path():
    key = Reading({"partition": "source.order.id"}).key
    assert [key(value) for value in ({"order": {"id": 7}}, {"order": {"id": "a"}}, {"order": 1}, None)] == [
        "7",
        "a",
        "",
        "",
    ]
