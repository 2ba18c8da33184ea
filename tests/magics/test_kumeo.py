"""`%%kumeo` and `%kumeo`: workflows in cells."""

from __future__ import annotations

import json
import re

import pytest

from kodonb.flows import register
from kodonb.kumeo.agents import registry
from kodonb.kumeo.running import WorkflowError
from kodonb.magics.kumeo import texts
from kodonb.magics.kumeo.hovering import Inspector
from kodonb.model.errors import KumeoError, UsageError

ORDERS = """%%kumeo
// Orders
workflow Orders {
  source: NATS("orders.new")
  target: [NATS("orders.done"), NATS("orders.urgent")]
  agents: [
    DataProcessor(id: "clean", input: source, config: {required_fields: ["n"], features: ["even: n % 2 == 0"]}),
    Router(id: "route", input: clean.output, rules: {"n > 5": "target.orders.urgent", default: "target.orders.done"})
  ]
}
"""
WRONG = ORDERS.replace("clean.output", "claen.output").replace('  source: NATS("orders.new")\n', "")
DOUBTFUL = ORDERS.replace('NATS("orders.new")', 'Redis("orders.new")')
OTHERS = ORDERS + ORDERS.removeprefix("%%kumeo\n").replace("Orders", "Others")


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch):
    monkeypatch.setattr(texts, "_known", {})


def test_a_cell_becomes_a_flow_and_shows_its_graph(notebook):
    notebook.run(ORDERS)
    [shown] = notebook.outputs
    assert shown["data"]["text/plain"].splitlines() == [
        "Orders: workflow of 2 agents",
        "  source orders.new     NATS           → clean",
        "  clean                 DataProcessor  → route",
        "  route                 Router         → target orders.urgent if n > 5, target orders.done",
        "  target orders.done    NATS",
        "  target orders.urgent  NATS",
    ]
    markup = shown["data"]["text/html"]
    assert '<svg class="kodonb-workflow"' in markup and "%flow run Orders" in markup
    assert register.find("Orders") is notebook.ns["Orders"]


def test_it_is_run_as_any_flow(notebook):
    notebook.run(ORDERS, "events = [{'n': 1}, {'n': 9}]", "run = %flow run Orders events=$events")
    assert [each["data"]["n"] for each in notebook.ns["run"].result()["values"]] == [1, 9]
    notebook.run("again = %flow retry last")
    assert notebook.ns["again"].status == "finished"
    notebook.run("%flow form Orders")
    assert "events" in notebook.text


def test_a_cell_with_errors_shows_all_of_them_in_its_own_lines_and_fails_with_one(notebook):
    error = notebook.attempt(WRONG)
    assert isinstance(error, KumeoError)
    number = notebook.shell.displayhook.prompt_count
    assert str(error).splitlines()[0].startswith("E110: ") and "(1 more error above)" in str(error)
    assert error.where == f"Cell In[{number}], line 3"
    [shown] = notebook.outputs
    text = shown["data"]["text/plain"]
    assert re.search(rf"Cell In\[{number}\]:7:\d+: E160 ", text)
    assert "^^^^^" in text and "2 errors, no warnings" in text
    assert "do: did you mean `clean" in text
    markup = shown["data"]["text/html"]
    assert markup.count('role="note"') == 2 and "    7 |     Router" in markup
    assert "Orders" not in register.flows() and texts.names() == []


def test_lines_count_from_the_top_of_the_cell(notebook):
    error = notebook.attempt("# above\n\n" + WRONG)
    assert not isinstance(error, KumeoError)  # a magic is the first line of its cell
    error = notebook.attempt("\n\n" + WRONG)
    assert error.where.endswith(", line 5")


def test_warnings_are_shown_beneath_the_graph_and_do_not_stop_it(notebook):
    notebook.run(DOUBTFUL)
    assert "W113 `Redis`" in notebook.text and "Orders: workflow of 2 agents" in notebook.text
    assert 'class="kn-call kn-wait"' in notebook.outputs[0]["data"]["text/html"]


def test_markup_of_a_text_is_shown_as_text(notebook):
    notebook.attempt(WRONG.replace("claen.output", '"<img src=x>"'))
    assert "&lt;img src=x&gt;" in notebook.outputs[0]["data"]["text/html"]
    notebook.run(ORDERS.replace('NATS("orders.new")', 'File("<script>.jsonl")'))
    assert "&lt;script&gt;" in notebook.outputs[0]["data"]["text/html"]
    assert "<script>" not in notebook.outputs[0]["data"]["text/html"]


def test_a_name_chooses_a_workflow_or_renames_the_only_one(notebook):
    notebook.run(OTHERS)
    assert {"Orders", "Others"} <= set(register.flows()) and len(notebook.outputs) == 1
    notebook.run(ORDERS.replace("%%kumeo", "%%kumeo trial --author sales --tag shop"))
    flow = register.find("trial")
    assert flow.meta.author == "sales" and flow.meta.tags == ("kumeo", "shop")
    notebook.run("run = %flow run trial events={[{'n': 1}]}")
    assert notebook.ns["run"].record.flow == "trial"
    error = notebook.attempt(OTHERS.replace("%%kumeo", "%%kumeo Othes"))
    assert error.code == "KN002" and error.remedy == "did you mean Others?"


def test_a_cell_without_a_workflow_is_refused(notebook):
    assert notebook.attempt("%%kumeo\n").code == "KN002"
    assert notebook.attempt("%%kumeo").code == "KN002"
    error = notebook.attempt("%%kumeo --nmae x\n" + ORDERS.removeprefix("%%kumeo\n"))
    assert isinstance(error, UsageError) and "%%kumeo has no option --nmae" in str(error)


def test_paths_start_in_the_folder_of_the_notebook(notebook, tmp_path, monkeypatch):
    (tmp_path / "in.jsonl").write_text('{"n": 4}\n')
    monkeypatch.chdir(tmp_path)
    notebook.run(ORDERS)
    monkeypatch.chdir("/")
    notebook.run("run = %flow run Orders events=in.jsonl")
    assert notebook.ns["run"].result()["events"] == 1


SCORING = """%%kumeo
workflow Scoring {
  source: NATS("orders")
  target: NATS("scored")
  agents: [MLModel(id: "score", model: "score.onnx", input: source)]
}
"""


def test_what_will_keep_a_workflow_from_running_in_the_folder_of_the_notebook_is_told(
    notebook, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    notebook.run(SCORING)
    assert "Scoring: workflow of 1 agent" in notebook.text
    assert re.search(r"Cell In\[\d+\]:5:40: KN804 there is no file `score.onnx`", notebook.text)
    assert "KN804" in notebook.outputs[0]["data"]["text/html"]
    notebook.run("%kumeo check")
    assert "KN804" in notebook.text and notebook.text.endswith("no errors, 1 warning")
    (tmp_path / "score.onnx").write_bytes(b"")
    notebook.run("%kumeo check Scoring")
    assert notebook.text == "no errors, no warnings"


def test_files_are_looked_for_beside_the_text_that_is_checked(notebook, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "scoring.kumeo").write_text(SCORING.removeprefix("%%kumeo\n"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "score.onnx").write_bytes(b"")
    notebook.run("%kumeo check there/scoring.kumeo")
    assert "KN804 there is no file `score.onnx`" in notebook.text
    (tmp_path / "there" / "score.onnx").write_bytes(b"")
    notebook.run("%kumeo check there/scoring.kumeo")
    assert notebook.text == "no errors, no warnings"


def test_a_function_of_the_notebook_is_an_agent(notebook):
    try:
        notebook.run(
            "from kodonb.kumeo.agents import agent\n@agent\ndef Doubling(inputs):\n    return {'n': 2 * inputs['n']}\n",
            ORDERS.replace(
                'Router(id: "route"', 'Doubling(id: "double", input: clean.output), Router(id: "route"'
            ),
        )
        assert "W131" not in notebook.text
        notebook.run("%kumeo run-agent double '{\"n\": 4}' -o trial")
        assert notebook.ns["trial"].output == {"n": 8}
        notebook.run("run = %flow run Orders events={[{'n': 2}]}")
        assert notebook.ns["run"].status == "finished"
    finally:
        registry.forget("Doubling")


def test_what_an_agent_was_given_and_made_of_it_is_shown(notebook):
    notebook.run(ORDERS, "%flow run Orders events={[{'n': n} for n in range(9)]}")
    notebook.run("%kumeo inspect clean --last 2 -o seen")
    assert [each["input"] for each in notebook.ns["seen"]] == [{"n": 7}, {"n": 8}]
    assert '{"n": 8, "even": true}' in notebook.text
    notebook.run("%kumeo inspect route")
    assert "→ orders.urgent" in notebook.text
    notebook.run("%kumeo run-agent clean --recorded Orders.events:3 -o trial")
    assert notebook.ns["trial"].output == {"n": 3, "even": False}
    notebook.run("%kumeo run-agent clean")
    assert '{"n": 8}' in notebook.text
    notebook.run("%kumeo run-agent clean {{'m': 1}}")
    assert "failed" in notebook.text and "n: is missing" in notebook.text
    error = notebook.attempt("%kumeo inspect claen")
    assert error.remedy == "did you mean clean?" and error.where.startswith("%kumeo inspect, Cell In[")


def test_before_the_first_run_there_is_nothing_to_inspect(notebook):
    assert notebook.attempt("%kumeo inspect clean").code == "KN002"
    error = notebook.run(ORDERS).attempt("%kumeo inspect clean")
    assert error.code == "KN003" and "%flow run Orders" in error.remedy
    assert isinstance(notebook.attempt("%kumeo run-agent clean {nonsense"), UsageError)
    assert notebook.attempt("%kumeo run-agent clean nonsense").code == "KN005"
    assert notebook.attempt("%kumeo run-agent clean $nothing").code == "KN005"


def test_events_that_no_source_takes_are_refused(notebook):
    notebook.run(ORDERS.replace('NATS("orders.new")', 'File("in.jsonl")'))
    error = notebook.attempt('%kumeo send {"n": 1}')
    assert isinstance(error, WorkflowError) and "from outside" in str(error)


def test_events_are_sent_to_a_source_on_nats(notebook, monkeypatch, capsys):
    monkeypatch.delenv("KODONB_NATS", raising=False)
    notebook.run(ORDERS, "more = __import__('pandas').DataFrame({'n': [8, 9]})")
    notebook.run('%kumeo send {"n": 1}', "%kumeo send $more --workflow Orders")
    assert capsys.readouterr().out.splitlines()[-2:] == ["sent 1 event to Orders", "sent 2 events to Orders"]
    notebook.run("run = %flow run Orders limit=3 --timeout 30s")
    assert notebook.ns["run"].result()["results"] == [1, 2]


def test_a_file_is_checked_drawn_and_loaded(notebook, tmp_path, capsys):
    path = tmp_path / "orders.kumeo"
    path.write_text(ORDERS.removeprefix("%%kumeo\n"))
    notebook.run(f"%kumeo check {path}")
    assert notebook.text == "no errors, no warnings"
    notebook.run(f"%kumeo graph {path}")
    assert "source orders.new" in notebook.text and "Orders" not in register.flows()
    notebook.run(f"%kumeo load {path}", "%kumeo graph", "%kumeo check Orders")
    assert register.find("Orders") is notebook.ns["Orders"]
    path.write_text(WRONG.removeprefix("%%kumeo\n"))
    for command in ("graph", "load"):
        error = notebook.attempt(f"%kumeo {command} {path}")
        assert isinstance(error, KumeoError) and error.where == "orders.kumeo, line 2"
    assert notebook.attempt("%kumeo check nowhere.kumeo").code == "KN006"
    assert notebook.attempt("%kumeo chekc").remedy == "did you mean 'check'?"
    notebook.run("%kumeo")
    assert "%kumeo run-agent AGENT [EVENT]" in capsys.readouterr().out


def test_completion_knows_the_language_in_its_cells(notebook):
    begun = "%%kumeo\nworkflow W {\n  sour"
    assert notebook.complete(begun) >= {"source"} - set() and "print" not in notebook.complete(begun)
    assert any(text.startswith("source") for text in notebook.complete(begun))
    assert any("HumanReview" in text for text in notebook.complete("%%kumeo\nworkflow W {\n  agents: [Hum"))
    assert notebook.complete("%%kumeo orders --auth") == {"--author"}


def test_completion_behind_the_line_magic(notebook):
    notebook.run(ORDERS)
    assert notebook.complete("%kumeo ins") == {"inspect"}
    assert notebook.complete("%kumeo inspect cl") == {"clean"}
    assert notebook.complete("%kumeo graph Or") == {"Orders"}
    assert notebook.complete("%kumeo help se") == {"send"}
    assert notebook.complete("%flow run Orders ev") == {"events="}


def test_the_inspector_explains_words_of_the_language_only_in_its_cells():
    class Kernel:
        def do_inspect(self, code, cursor_pos, detail_level=0, omit_sections=()):
            return "the kernel's own"

    class Shell:
        kernel = Kernel()

    inspector = Inspector(Shell)
    inspector.hang_in()
    inspector.hang_in()
    ask = Shell.kernel.do_inspect
    said = ask(ORDERS, ORDERS.index("DataProcessor") + 3)
    assert said["found"] and "DataProcessor" in said["data"]["text/markdown"] and json.dumps(said)
    assert not ask(ORDERS, ORDERS.index("// Orders") + 1)["found"]
    assert ask(ORDERS, 3) == ask("print(1)", 3, detail_level=1) == "the kernel's own"
    inspector.take_out()
    assert "do_inspect" not in vars(Shell.kernel)


def test_unloading_takes_everything_back(notebook):
    notebook.run("%unload_ext kodonb")
    magics = notebook.shell.magics_manager.magics
    assert "kumeo" not in magics["line"] and "kumeo" not in magics["cell"]
