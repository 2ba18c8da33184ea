"""A workflow in Kumeo, as somebody in JupyterLab writes, runs and answers it."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

import kodonb
from tests.ui.flows import SETUP
from tests.ui.jupyter import BIN

WRONG = """%%kumeo
workflow Orders {
  source: NATS("orders.new")
  target: NATS("orders.done")
  agents: [
    DataProcessor(id: "clean", input: source),
    HumanReview(id: "review", input: claen.output, timeout: "24 hours"),
  ]
}
"""
ORDERS = """%%kumeo
workflow Orders {
  source: File("orders.jsonl")
  target: [File("done.jsonl"), File("urgent.jsonl")]
  agents: [
    DataProcessor(id: "clean", input: source, config: {required_fields: ["amount"], features: ["id", "amount", "note"]}),
    Router(id: "split", input: clean.output, rules: {"amount > 100": "review", default: "target.done.jsonl"}),
    HumanReview(id: "review", input: split.output, output: "target.urgent.jsonl"),
  ]
}
"""
EVENTS = r"""orders = [
    {"id": 1, "amount": 5, "note": "small"},
    {"id": 2, "amount": 500, "note": "<b>fast</b>\nplease"},
    {"id": 3, "amount": 900, "note": {"lines": [{"sku": number} for number in range(20)]}},
    {"id": 4},
]"""
LIVE = """%%kumeo
workflow Live {
  source: NATS("live.in")
  target: NATS("live.out")
  agents: [DataProcessor(id: "clean", input: source, config: {features: ["id", "big: id > 2"]})]
}
"""
FILE = 'workflow FromFile { source: File("in.jsonl") target: File("out.jsonl") agents: [DataProcessor(id: "a", input: source)] }'
TEXT = """%%%%kumeo
workflow Orders {
  target: [NATS("orders.done"), NATS("orders.urgent")]
  models: {fraud: {file: "fraud.onnx", type: "onnx"}, risk: {file: "risk.json", type: "bayesian"}}
  %s
  agents: [
    DataProcessor(id: "clean", input: source, output: "orders.clean"),
    DataProcessor(id: "cleaner", input: source, output: "orders.cleaner"),
    %s
  ]
}
"""
MENU = ".jp-Completer:not(.lm-mod-hidden) .jp-Completer-match"


def edit(desk, number, text):
    """Write a cell, and put the cursor where the text has a bar."""
    desk.page.evaluate(
        """([number, text]) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = number;
            notebook.mode = 'edit';
            const { model, editor } = notebook.widgets[number];
            model.sharedModel.setSource(text.replace('|', ''));
            editor.focus();
            editor.setCursorPosition(editor.getPositionAt(text.indexOf('|')));
        }""",
        [number, text],
    )


def test_what_is_wrong_is_shown_with_its_line_and_a_caret(open_notebook, accessible):
    desk = open_notebook(SETUP, WRONG)
    desk.run(0, 1)
    first, second = desk.outputs(1).locator(".kn-call").all()
    assert "E160 `claen.output` means nothing here" in first.inner_text()
    assert f"Cell In[{desk.count(1)}], line 7, column 38" in first.inner_text()
    line, caret = first.locator("pre").inner_text().splitlines()
    assert line[caret.index("^") : caret.rindex("^") + 1] == "claen.output"
    assert "did you mean `clean.output`?" in first.inner_text()
    assert "`24 hours` is no duration" in second.inner_text()
    assert "2 errors" in desk.outputs(1).inner_text()
    accessible(desk.page)


OFFERS = {
    "a section": (TEXT % ("s|", ""), {"source", "schemas"}),
    "a type": (TEXT % ("", "H|"), {"HumanReview", "HumanInLoop"}),
    "an argument": (TEXT % ("", "HumanReview(id: 'x', on_|)"), {"on_timeout", "on_failure"}),
    "a value": (TEXT % ("", "HumanReview(id: 'x', on_timeout: '|')"), {"approve", "reject", "escalate"}),
    "an agent": (TEXT % ("", "HumanReview(id: 'x', input: cl|)"), {"clean.output", "cleaner.output"}),
    "a stream": (TEXT % ("", "HumanReview(id: 'x', input: 'orders.cl|')"), {"orders.clean", "orders.cleaner"}),
    "a model": (TEXT % ("", "MLModel(id: 'x', model: 'models.|')"), {"models.fraud", "models.risk"}),
    "a target": (
        TEXT % ("", "Router(id: 'x', rules: {default: 'target.|'})"),
        {"target.orders.done", "target.orders.urgent"},
    ),
}  # fmt: skip


def test_tab_offers_what_fits_at_the_cursor(open_notebook):
    desk = open_notebook(SETUP, "")
    desk.run(0)
    for what, (text, expected) in OFFERS.items():
        edit(desk, 1, text)
        desk.page.keyboard.press("Tab")
        desk.page.locator(MENU, has_text=min(expected)).first.wait_for()
        assert set(desk.page.locator(MENU).all_inner_texts()) == expected, what
        desk.page.keyboard.press("Escape")


def test_shift_and_tab_explain_the_word_at_the_cursor(open_notebook):
    desk = open_notebook(SETUP, "")
    desk.run(0)
    edit(desk, 1, TEXT % ("", "Human|Review(id: 'x')"))
    desk.page.keyboard.press("Shift+Tab")
    told = desk.page.locator(".jp-Tooltip")
    told.wait_for()
    assert "Pauses the run until a person has decided" in told.inner_text()
    assert told.locator("li code").get_by_text("on_timeout", exact=True).first.is_visible()


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_a_workflow_is_drawn_and_axe_finds_nothing(open_notebook, accessible, theme):
    desk = open_notebook(SETUP, EVENTS, ORDERS, "%flow run Orders events=$orders --detach")
    desk.command("apputils:change-theme", theme=theme)
    desk.run(0, 1, 2)
    picture = desk.outputs(2).locator("svg[role=img]")
    shown = picture.text_content()
    assert all(
        name in shown for name in ("orders.jsonl", "DataProcessor", "Router", "review", "urgent.jsonl")
    )
    box = picture.bounding_box()
    assert box["width"] > 400 and box["height"] > 60
    desk.run(3)
    desk.word(3, "awaiting")
    desk.view(3).get_by_text("asked by review").first.wait_for()
    accessible(desk.page)
    kodonb.attach("last").cancel()
    desk.sealed(3)


def test_a_review_shows_the_message_and_what_is_decided_goes_on(open_notebook):
    desk = open_notebook(
        SETUP, EVENTS, ORDERS, "done = %flow run Orders events=$orders", "done.result()['values']"
    )
    desk.run(0, 1, 2)
    desk.start(3)
    desk.word(3, "awaiting")
    view = desk.view(3)
    small = view.get_by_role("group", name="Review required").filter(has_text="500")
    large = view.get_by_role("group", name="Review required").filter(has_text="900")
    assert "<b>fast</b>\nplease" in small.inner_text()
    assert "alert" not in small.inner_html() and small.locator("dd b").count() == 0
    assert '"sku": 19' in large.locator("dd", has_text="sku").inner_text()
    assert large.bounding_box()["height"] < 520
    small.get_by_label("Decision").select_option("reject")
    small.get_by_label("Comment").fill("not so fast")
    small.get_by_role("button", name="Answer").click()
    small.wait_for(state="detached")
    large.get_by_label("Decision").select_option("approve")
    large.get_by_role("button", name="Answer").click()
    picture = desk.sealed(3)
    desk.ended(3)
    said = picture.inner_text()
    assert "finished" in said and "not so fast" in said
    assert "id: 2, amount: 500, note: <b>fast</b> please" in said
    assert "AGENTS" in said and "STEPS" not in said
    assert "2 done" in said and "3 done, 1 failed" in said
    assert said.count("amount: is missing") == 1 and "clean · Orders.events:3 · KN805" in said
    desk.run(4)
    values = desk.outputs(4).inner_text()
    assert values.count("urgent.jsonl") == 2 and "'decision': 'reject'" in values


def test_a_review_is_looked_at_and_answered_in_a_terminal(open_notebook):
    desk = open_notebook(SETUP, EVENTS, ORDERS, "%flow run Orders events=$orders --detach")
    desk.run(0, 1, 2, 3)
    desk.word(3, "awaiting")
    desk.view(3).get_by_text("900").first.wait_for()
    shown = terminal("show", "last").stdout
    assert "id: 2" in shown and "note: <b>fast</b> please" in shown and "amount: 900" in shown
    for command in re.findall(r"kodonb (answer \S+ flow\.\d+) decision=… comment=…", shown):
        asked = terminal(*command.split())
        assert (
            asked.returncode == 2
            and "amount: " in asked.stderr
            and "decision: Field required" in asked.stderr
        )
        assert terminal(*command.split(), "decision=approve").returncode == 0
    assert "finished" in desk.sealed(3).inner_text()
    assert kodonb.attach("last").result()["results"] == [1, 2]


def terminal(*words):
    """Return what a command did in a terminal beside the notebook."""
    return subprocess.run(
        [BIN / "kodonb", *words], env=os.environ, capture_output=True, text=True, check=False, timeout=60
    )


def test_events_are_sent_and_agents_looked_into_by_hand(open_notebook):
    sent = [
        '%kumeo send {"id": 1}',
        "%kumeo send $[{'id': 2}, {'id': 3}]".replace("$", "{") + "}",
        "%kumeo send $df",
    ]
    desk = open_notebook(
        SETUP, LIVE, "%flow run Live limit=5 --detach -o live", "import pandas as pd\ndf = pd.DataFrame({'id': [4, 5]})",
        *sent, "live.wait()\n%kumeo inspect clean", "%kumeo inspect clean --last 1 -o seen\nseen[0]['output']",
        '%kumeo run-agent clean {"id": 9}',
    )  # fmt: skip
    desk.run(*range(10))
    assert "sent 1 event to Live" in desk.outputs(4).inner_text()
    assert all("sent 2 events to Live" in desk.outputs(number).inner_text() for number in (5, 6))
    rows = desk.outputs(7).locator("tbody tr").all_inner_texts()
    assert len(rows) == 5 and '{"id": 1, "big": false}' in rows[0]
    assert "{'id': 5, 'big': True}" in desk.outputs(8).inner_text()
    assert '"big": true' in desk.outputs(9).inner_text()
    assert "finished" in desk.sealed(2).inner_text()


REFUSED = {
    "%kumeo send": "EVENT is missing",
    "%kumeo send {id: }": "write JSON",
    "%kumeo send $nothing": "'nothing' is not defined",
    "%kumeo inspect cleen": "did you mean clean?",
    "%kumeo inspect clean --last many": "is not a whole number",
    "%kumeo load nothing.kumeo": "No such file",
    "%kumeo load wrong.kumeo": "did you mean `clean.output`?",
    "%kumeo sned 1": "did you mean 'send'?",
}


def test_wrong_input_is_told_with_a_way_out_and_without_a_traceback(open_notebook, lab):
    (lab.notebooks / "wrong.kumeo").write_text(
        WRONG.partition("\n")[2].replace("source: NATS", "sorce: NATS")
    )
    desk = open_notebook(SETUP, LIVE, *REFUSED)
    desk.run(*range(2 + len(REFUSED)))
    for number, (command, told) in enumerate(REFUSED.items(), 2):
        said = desk.outputs(number).inner_text()
        assert told in said and "do: " in said, command
        assert "Traceback" not in said, command


def test_a_file_is_loaded_and_run_as_if_it_stood_in_a_cell(open_notebook, lab):
    (lab.notebooks / "from_file.kumeo").write_text(FILE)
    (lab.notebooks / "in.jsonl").write_text('{"a": 1}\n{"a": 2}\n')
    desk = open_notebook(SETUP, "%kumeo load from_file.kumeo", "%flow run FromFile", '%kumeo send {"a": 1}')
    desk.run(0, 1, 2, 3)
    assert "DataProcessor" in desk.outputs(1).locator("svg[role=img]").text_content()
    said = desk.sealed(2).inner_text()
    assert "FromFile" in said and "Fromfile" not in said and "2 done" in said
    assert (lab.notebooks / "out.jsonl").read_text() == '{"a":1}\n{"a":2}\n'
    assert "takes no events from outside, but from File" in desk.outputs(3).inner_text()
