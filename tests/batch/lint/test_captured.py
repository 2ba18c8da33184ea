"""Flows that cannot leave the notebook."""

import pytest

from kodonb.batch.lint import lint

FLOW = "%%flow go\ndef go():\n    return {}"

TIED = {
    "a file": ("log = open('x')", "log.write('a')", "KN102"),
    "a lock": ("import threading\nlock = threading.Lock()", "lock.locked()", "KN102"),
    "a lock by another name": ("from threading import Lock as L\nlock = L()", "lock", "KN102"),
    "a connection": ("import sqlite3 as sql\ndb = sql.connect(':memory:')", "db", "KN102"),
    "a frame": ("import pandas as pd\ndf = pd.read_csv('x.csv')", "df.mean()", "KN103"),
    "an array": ("import numpy as np\na = np.zeros(3)", "a.sum()", "KN103"),
}


@pytest.mark.parametrize(("before", "use", "code"), TIED.values(), ids=TIED)
def test_a_flow_uses_what_cannot_travel(found, before, use, code):
    assert found(before, FLOW.format(use)) == [(code, 2, 3)]


def test_the_message_is_that_of_capturing(write):
    [one] = lint(write("log = open('x')", FLOW.format("log")))
    assert one.message == "`log` is a file and cannot travel"
    assert one.remedy == "create `log` inside the flow or step that uses it"


def test_functions_and_classes_that_a_flow_uses_are_followed(found):
    cells = [
        "log = open('x')",
        "def note(x):\n    log.write(x)",
        "class A:\n    def f(self):\n        note(1)",
    ]
    assert found(*cells, FLOW.format("A().f()")) == [("KN102", 2, 2)]


@pytest.mark.parametrize(
    "imported", ["import kodonb as kb\n@kb.flow", "from kodonb import flow\n@flow(name='x')"]
)
def test_decorated_functions_are_flows_too(found, imported):
    assert found("log = open('x')", f"{imported}\ndef go():\n    return log") == [("KN102", 2, 4)]


QUIET = {
    "a flow of another library": ["log = open('x')", "from prefect import flow\n@flow\ndef go():\n    return log"],
    "a name that is bound twice": ["log = open('x')", "log = log.name", FLOW.format("log")],
    "a parameter": ["log = open('x')", "%%flow go\ndef go(log: str):\n    return log"],
    "a local name": ["log = open('x')", "%%flow go\ndef go():\n    log = open('y')\n    return log"],
    "a function that no flow uses": ["log = open('x')", "def f():\n    return log", FLOW.format("1")],
    "a function of one's own that is called open": ["def open(x):\n    return x", "log = open('x')", FLOW.format("log")],
    "a frame in parts": ["import pandas as pd\ndf = pd.read_csv('x', chunksize=3)", FLOW.format("df")],
}  # fmt: skip


@pytest.mark.parametrize("cells", QUIET.values(), ids=QUIET)
def test_what_may_travel_is_not_told(found, cells):
    assert found(*cells) == []


WRONG = {
    "no function": ("%%flow go\nx = 1", "KN201", 1),
    "several functions": ("%%flow go\ndef a(): ...\n\ndef b(): ...", "KN202", 2),
    "a magic within": ("%%flow go\ndef go():\n    !ls", "KN203", 3),
    "no name": ("%%flow", "KN001", 1),
    "an option that there is not": ("%%flow go --titel x\ndef go(): ...", "KN001", 1),
    "no duration": ("%%flow go --timeout long\ndef go(): ...", "KN005", 1),
    "a syntax error": ("%%flow go\ndef go(:\n    pass", "KN203", 2),
}


@pytest.mark.parametrize(("cell", "code", "line"), WRONG.values(), ids=WRONG)
def test_a_cell_that_is_no_flow(found, cell, code, line):
    assert found(cell) == [(code, 1, line)]


def test_a_magic_in_a_function_that_a_flow_uses_cannot_travel(found):
    assert found("def f():\n    x = !ls\n    return x", FLOW.format("f()")) == [("KN102", 1, 2)]
