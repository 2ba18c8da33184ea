"""Parameters of a notebook: found, typed, checked and put in."""

import datetime as dt
import decimal
import pathlib
import uuid

import pytest

from kodonb.batch.injection import Injection
from kodonb.batch.plan import plan
from kodonb.model.errors import InputsError, UsageError
from tests.batch.conftest import KINDS, printed, sources

TYPES = f"""from datetime import date
from enum import Enum
from typing import Literal
from pydantic import BaseModel

{KINDS}
raise SystemExit("the kernel only")
"""

CELL = """alpha = 0.5  # how strong
n: int = 3
title = "x"  # type: str  what it is called
who: str
when: date = date(2026, 1, 2)
color = Color.red
mode: Mode = "fast"
limits: Limits = Limits()
maybe: int | None = None
xs = [1, 2]
flag = True
_hidden = 1
computed = len("abc")
"""

GIVEN = {
    "who": "me", "when": "2026-03-04", "color": "green", "mode": "slow", "limits": '{"depth": 4}',
    "maybe": "4", "xs": "3,4", "flag": "no", "alpha": "1", "n": "7",
}  # fmt: skip


def injected(path, texts, **values):
    planned = plan(path, texts, values)
    return next(
        c.source for c in planned.notebook.cells if "injected-parameters" in c.metadata.get("tags", [])
    )


def test_types_are_told_by_annotations_comments_and_defaults(notebook):
    path = notebook(TYPES, (CELL, "parameters"), "print(who)")
    source = injected(path, GIVEN)
    assert source.splitlines() == [
        "# Parameters",
        "alpha = 1.0",
        "n = 7",
        "who = 'me'",
        "when = date.fromisoformat('2026-03-04')",
        "color = Color['green']",
        "mode = 'slow'",
        "limits = Limits.model_validate_json('{\"depth\":4}')",
        "maybe = 4",
        "xs = [3, 4]",
        "flag = False",
    ]


@pytest.mark.parametrize(
    ("given", "field", "remedy"),
    [
        ({"who": "x", "alpah": "1"}, "alpah", "did you mean 'alpha'"),
        ({"who": "x", "n": "many"}, "n", "change the inputs"),
        ({"who": "x", "mode": "medium"}, "mode", "change the inputs"),
        ({"who": "x", "when": "soon"}, "when", "change the inputs"),
        ({}, "who", "give who=…"),
    ],
)
def test_what_does_not_fit_is_refused_before_a_kernel_starts(notebook, given, field, remedy):
    path = notebook(TYPES, (CELL, "parameters"))
    with pytest.raises(InputsError) as caught:
        plan(path, given, {})
    assert [problem.field for problem in caught.value.problems] == [field]
    assert remedy in caught.value.remedy and caught.value.where == "work.ipynb, cell 2, line 1"


def test_values_of_a_file_are_typed_already_and_give_way_to_the_command_line(notebook):
    path = notebook(("n: int = 1\nxs: list[float] = []", "parameters"))
    assert injected(path, {"n": "5"}, n=4, xs=[1, 2.5]) == "# Parameters\nn = 5\nxs = [1.0, 2.5]"


def test_a_parameter_that_nobody_reads_is_a_warning(notebook):
    planned = plan(notebook(("n = 1\nm = 2", "parameters"), "print(n)"), {}, {})
    assert planned.warnings == ("parameter 'm' is read by no later cell (KN115)",)


def test_a_notebook_that_was_executed_with_parameters_before_gets_new_ones(notebook):
    path = notebook(("n = 1", "parameters"), ("n = 2", "injected-parameters"), "print(n)")
    planned = plan(path, {"n": "3"}, {})
    assert sources(planned.notebook) == ["n = 1", "# Parameters\nn = 3", "print(n)"]


def test_a_notebook_without_parameters_takes_none(notebook):
    with pytest.raises(UsageError, match="takes no parameters") as caught:
        plan(notebook("n = 1"), {"n": "3"}, {})
    assert "tag the cell" in caught.value.remedy


def test_the_form_of_the_one_flow_serves_as_parameters(notebook, job):
    path = notebook(
        "%load_ext kodonb",
        "%%flow greet\ndef greet(who: str, times: int = 1):\n    return who * times",
        "run = %flow run greet who=nobody\nprint(run.result())",
    )
    outcome, heard, executed = job(path, texts={"who": "ab", "times": "2"})
    assert printed(executed).endswith("abab\n") and heard.runs[-1] == ("greet", "finished")
    assert outcome.parameters == {"who": "ab", "times": "2"}


def test_a_flow_that_no_cell_starts_is_started(notebook, job):
    path = notebook("%load_ext kodonb", "%%flow greet\ndef greet(who: str):\n    return who")
    outcome, _, _ = job(path, texts={"who": "ab"})
    assert [(run.flow, run.status) for run in outcome.runs] == [("greet", "finished")]
    with pytest.raises(InputsError):
        plan(path, {"whom": "x"}, {})


def test_types_of_modules_beside_a_notebook_are_not_those_beside_another(notebook, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        kinds = f"from enum import Enum\nclass Kind(Enum):\n    of_{folder} = 1\n"
        (tmp_path / folder / "kinds.py").write_text(kinds)
        path = notebook("from kinds import Kind", ("kind: Kind", "parameters"), name=f"{folder}/work.ipynb")
        assert injected(path, {"kind": f"of_{folder}"}) == f"# Parameters\nkind = Kind['of_{folder}']"


def test_a_secret_reaches_the_kernel_and_no_file(notebook, job, tmp_path):
    path = notebook(
        "from pydantic import SecretStr",
        ("key: SecretStr", "parameters"),
        "print(len(key.get_secret_value()))",
    )
    outcome, _, executed = job(path, texts={"key": "do-not-tell"})
    assert printed(executed) == "11\n" and outcome.parameters == {"key": "**********"}
    assert "do-not-tell" not in (tmp_path / "out.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "value",
    [
        dt.date(2026, 1, 2),
        dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC),
        dt.time(3, 4),
        dt.timedelta(days=1, seconds=5),
        decimal.Decimal("1.50"),
        pathlib.Path("a/b"),
        uuid.UUID(int=3),
        float("inf"),
        {"a": [1, (2, 3)], "b": {dt.date(2026, 1, 2)}},
        'it\'s "so"\n',
        None,
        True,
    ],
)
@pytest.mark.parametrize("space", [{}, {"dt": dt, "date": dt.date, "Path": pathlib.Path}])
def test_values_are_spelled_so_that_equal_ones_come_back(value, space):
    source = Injection(space).spelled(value)
    assert eval(source, dict(space)) == value


def test_types_are_called_as_the_notebook_calls_them():
    assert Injection({"date": dt.date}).spelled(dt.date(2026, 1, 2)) == "date.fromisoformat('2026-01-02')"
    assert Injection({"d": dt}).spelled(dt.date(2026, 1, 2)) == "d.date.fromisoformat('2026-01-02')"
