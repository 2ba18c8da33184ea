"""Parameters of the one flow of a notebook: read from its text, so that no cell is executed before there is a kernel."""

import nbformat
import pytest

from kodonb.batch.inspection import inspect
from kodonb.batch.plan import plan
from kodonb.model.errors import FlowError, InputsError, UsageError
from tests.batch.conftest import KINDS, printed, sources

ABOVE = f"""%load_ext kodonb
from datetime import date
from enum import Enum
from typing import Annotated, Literal, NewType
from pydantic import BaseModel, Field, SecretStr
import pathlib

{KINDS}
Rate = float
Size = NewType("Size", int)
TODAY = date.today()
pathlib.Path("executed").write_text("by whom?")
raise SystemExit("the kernel only")"""

FLOW = '''%%flow work --title "Hard work"
def work(
    who: str,
    times: int = 1,
    when: date = TODAY,
    color: "Color" = Color.red,
    limits: Limits | None = None,
    *,
    mode: Mode = "fast",
    rate: Rate = 1,
    size: Size = 3,
    few: Annotated[int, Field(gt=0, description='not many')] = 1,
    anything=None,
    flag=True,
):
    """Do it.

    Args:
        who: for whom
        times: how often
    """
    return who * times'''


def injected(path, texts=(), **values):
    planned = plan(path, dict(texts), values)
    return [c.source for c in planned.notebook.cells if "injected-parameters" in c.metadata.get("tags", [])]


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("times=2", "times=2"),
        ("when=2026-01-02", "when=date.fromisoformat('2026-01-02')"),
        ("color=green", "color=Color['green']"),
        ('limits={"depth": 4}', "limits=Limits.model_validate_json('{\"depth\":4}')"),
        ("mode=slow", "mode='slow'"),
        ("rate=2.5", "rate=2.5"),
        ("size=5", "size=5"),
        ("size=[1, {}]", "size=[1, {}]"),
        ("anything=[1]", "anything=[1]"),
        ("flag=no", "flag=False"),
    ],
)
def test_arguments_are_typed_though_no_cell_is_executed(notebook, tmp_path, text, spelled):
    name, _, value = text.partition("=")
    parameters, run = injected(notebook(ABOVE, FLOW), {name: value}, who="x")
    assert parameters == f"# Parameters\nwork.fix(who='x', {spelled})" and run == "%flow run work"
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("given", "field", "remedy"),
    [
        ({"times": "many"}, "times", "change the inputs"),
        ({"mode": "medium"}, "mode", "change the inputs"),
        ({"color": "blue"}, "color", "change the inputs"),
        ({"few": "0"}, "few", "change the inputs"),
        ({"limits": '{"depth": "deep"}'}, "limits.depth", "change the inputs"),
        ({"tiems": "2"}, "tiems", "did you mean 'times'"),
        ({"who": None}, "who", "give who=…"),
    ],
)
def test_what_does_not_fit_is_refused_at_the_line_of_the_flow(notebook, given, field, remedy):
    texts = {name: value for name, value in {"who": "x", "times": "1", **given}.items() if value is not None}
    with pytest.raises(InputsError) as caught:
        plan(notebook(ABOVE, FLOW), texts, {})
    assert [problem.field for problem in caught.value.problems] == [field]
    assert remedy in caught.value.remedy and caught.value.where == "work.ipynb, cell 2, line 2"


def test_what_a_cell_gives_to_the_run_that_it_starts_need_not_be_given(notebook):
    path = notebook(ABOVE, FLOW, "work.submit(who='a').result()")
    assert injected(path, {"times": "2"}) == ["# Parameters\nwork.fix(times=2)"]
    with pytest.raises(InputsError, match="times"):
        plan(path, {"who": "x", "times": "two"}, {})
    with pytest.raises(InputsError, match="who"):
        plan(notebook(ABOVE, FLOW, "%flow run work-less who=b"), {"times": "2"}, {})


def test_further_inputs_are_taken_if_the_flow_takes_any(notebook):
    path = notebook("%%flow work\nasync def work(n: int = 1, **more: float):\n    return more")
    assert injected(path, {"x": "2"})[0] == "# Parameters\nwork.fix(x=2.0)"
    with pytest.raises(InputsError):
        plan(path, {"x": "many"}, {})


def test_a_secret_reaches_the_flow_and_no_file(notebook):
    flow = "%%flow work\ndef work(key: SecretStr):\n    return len(key.get_secret_value())"
    planned = plan(notebook("from pydantic import SecretStr", flow), {"key": "do-not-tell"}, {})
    assert "do-not-tell" not in nbformat.writes(planned.notebook) and planned.shown == {"key": "**********"}
    assert list(planned.environment.values()) == ['"do-not-tell"']


def test_a_type_that_only_the_kernel_knows_is_checked_there(notebook, job):
    path = notebook(
        "%load_ext kodonb\nfrom pydantic import create_model\nLimits = create_model('Limits', depth=(int, 3))",
        "%%flow work\ndef work(limits: Limits):\n    return limits.depth",
        "print(work.submit().result())",
    )
    outcome, _, executed = job(path, texts={"limits": '{"depth": 4}'})
    assert outcome.status == "ok" and printed(executed).endswith("4\n")
    outcome, _, _ = job(path, texts={"limits": '{"depth": "deep"}'})
    assert outcome.status == "failed" and "KN010" in outcome.error["message"] + outcome.error["traceback"]


def test_a_flow_of_another_name_than_its_function_takes_the_values(notebook, job):
    path = notebook("%load_ext kodonb", "%%flow say-it\ndef _say(word: str):\n    print(word)")
    outcome, _, _ = job(path, texts={"word": "hello"})
    assert [(run.flow, run.status) for run in outcome.runs] == [("say-it", "finished")]


def test_a_flow_whose_own_cell_runs_it_runs_once_and_with_the_values(notebook, job, tmp_path):
    path = notebook("%load_ext kodonb", "%%flow say --run\ndef say(word: str):\n    return word", "say")
    outcome, _, executed = job(path, texts={"word": "hello"})
    assert [(run.flow, run.status, run.cell) for run in outcome.runs] == [("say", "finished", 4)]
    again = plan(tmp_path / "out.ipynb", {"word": "goodbye"}, {}).notebook
    assert sources(again)[2:4] == ["# Parameters\nsay.fix(word='goodbye')", "%flow run say"]
    assert len(sources(again)) == len(sources(executed))


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%%flow work\nx = 1", "KN201"),
        ("%%flow work\ndef a(): ...\ndef b(): ...", "KN202"),
        ("%%flow work\ndef work(", "KN203"),
    ],
)
def test_a_cell_that_defines_no_flow_is_told_when_values_are_given_and_else_by_the_kernel(
    notebook, cell, code
):
    path = notebook("x = 1", cell)
    with pytest.raises(FlowError) as caught:
        plan(path, {"n": "1"}, {})
    assert caught.value.code == code and caught.value.where.startswith("work.ipynb, cell 2, line ")
    assert plan(path, {}, {}).total == 2
    assert inspect(path)["parameters"] == []


def test_of_two_flows_none_is_meant(notebook):
    flows = [f"%%flow {name}\ndef {name}(n: int = 1): ..." for name in ("a", "b")]
    with pytest.raises(UsageError, match="takes no parameters"):
        plan(notebook(*flows), {"n": "1"}, {})
    assert inspect(notebook(*flows))["parameters"] == []
    assert injected(notebook(flows[0], (flows[1], "skip-execution")), {"n": "2"})[0].endswith("a.fix(n=2)")


def test_inspect_lists_the_arguments_of_the_flow(notebook, tmp_path):
    told = {each["name"]: each for each in inspect(notebook(ABOVE, FLOW))["parameters"]}
    assert told["who"] == {
        "name": "who",
        "type": "str",
        "default": "",
        "required": True,
        "help": "for whom",
        "unread": False,
    }
    assert (told["times"]["default"], told["times"]["help"]) == ("1", "how often")
    assert (
        told["few"]["help"] == "not many"
        and told["flag"]["type"] == "boolean"
        and told["when"]["default"] == "TODAY"
    )
    assert told["anything"]["type"] == "any" and not (tmp_path / "executed").exists()


def test_inspect_lists_flows_and_steps_by_their_names(notebook):
    path = notebook(
        "%%flow say-it --tag x\ndef _say(): ...", "@kb.step\ndef one(): ...\n@kb.flow\ndef two(): ..."
    )
    told = inspect(path)
    assert told["flows"] == [
        {"name": "say-it", "cell": 1, "kind": "flow"},
        {"name": "two", "cell": 2, "kind": "flow"},
    ]
    assert told["steps"] == [{"name": "one", "cell": 2}]
