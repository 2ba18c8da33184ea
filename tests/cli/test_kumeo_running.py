"""`kodonb run FILE.kumeo`: a workflow as a command, over events from a file or a pipe."""

from __future__ import annotations

import io
import json
import re

import pytest

ORDERS = """workflow Orders {
  source: NATS("orders.new")
  target: [NATS("orders.done"), NATS("orders.urgent")]
  agents: [
    DataProcessor(id: "clean", input: source, config: {required_fields: ["n"], features: ["even: n % 2 == 0"]}),
    Router(id: "route", input: clean.output, rules: {"n > 5": "target.orders.urgent", default: "target.orders.done"})
  ]
}
"""
ONE = ORDERS.replace('[NATS("orders.done"), NATS("orders.urgent")]', 'NATS("orders.done")')


@pytest.fixture(autouse=True)
def _no_server(monkeypatch):
    monkeypatch.setenv("KODONB_NATS", "nats://127.0.0.1:1")


@pytest.fixture
def folder(project):
    (project / "orders.kumeo").write_text(ORDERS)
    (project / "in.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in (1, 9, 4)))
    return project


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_results_are_lines_of_json_on_standard_output(kodonb, folder):
    done = kodonb("run", "orders.kumeo", "--events", "in.jsonl")
    assert done.code == 0
    assert sorted(each.get("data", each)["n"] for each in lines(done.out)) == [1, 4, 9]
    assert done.err.startswith("kodonb: 3 events, 3 results; run ")


def test_events_come_from_standard_input(kodonb, folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"n": 2}\n{"m": 1}\n')))
    done = kodonb("run", "orders.kumeo:Orders", "--events", "-")
    assert done.code == 0 and [each.get("data", each) for each in lines(done.out)] == [{"n": 2, "even": True}]
    told = done.err.splitlines()
    assert told[0] == "kodonb: event events.jsonl:2 was put aside by clean: KN805: n: is missing"
    assert told[1].startswith("kodonb: 2 events, 1 result, 1 put aside; run ")


def test_with_json_the_run_is_told_as_usual(kodonb, folder):
    done = kodonb("run", "orders.kumeo", "--events", "in.jsonl", "--json")
    assert done.code == 0 and done.err == ""
    *events, last = lines(done.out)
    assert {"meta", "agent", "result", "final"} <= {each["kind"] for each in events}
    assert last["status"] == "finished" and last["result"]["events"] == 3


def test_events_are_those_of_the_file_and_not_what_time_makes(kodonb, folder):
    sums = 'Aggregator(id: "sum", input: source, method: "sum", field: "n", window: "1h")'
    (folder / "sum.kumeo").write_text(
        f'workflow Sums {{ source: NATS("in"), target: NATS("out"), agents: [{sums}] }}'
    )
    done = kodonb("run", "sum.kumeo", "--events", "in.jsonl")
    assert done.code == 0 and done.err.startswith("kodonb: 3 events, 1 result; run ")


def test_a_question_that_no_other_command_reaches_says_so(kodonb, folder):
    review = 'HumanReview(id: "review", input: source, timeout: "1s", on_timeout: "approve")'
    (folder / "review.kumeo").write_text(
        f'workflow Reviews {{ source: NATS("in"), target: NATS("out"), agents: [{review}] }}'
    )
    done = kodonb("run", "review.kumeo", "--events", "in.jsonl", "-p", "limit=1")
    assert done.code == 0 and len(lines(done.out)) == 1
    assert "? Review required" in done.err and "start it with --session ray" in done.err
    assert re.search(r"\? Review required\n.*    n: \d+\n", done.err), done.err
    assert "kodonb answer" not in done.err


def test_what_cannot_be_opened_is_told_without_frames_that_nobody_wrote(kodonb, folder):
    (folder / "orders.kumeo").write_text(ORDERS.replace("config:", "schema: 'nope.json', config:"))
    done = kodonb("run", "orders.kumeo", "--events", "in.jsonl")
    assert done.code == 1 and "KN804: nope.json cannot be read" in done.err
    assert "Traceback" not in done.err and "File " not in done.err


def test_results_go_to_a_file(kodonb, folder):
    (folder / "one.kumeo").write_text(ONE)
    done = kodonb("run", "one.kumeo", "--events", "in.jsonl", "-o", "out.jsonl", "-p", "limit=2")
    assert done.code == 0 and done.out == "" and "2 events" in done.err
    written = [line for file in folder.glob("out*.jsonl") for line in lines(file.read_text())]
    assert [each["n"] for each in written] == [1, 9]


@pytest.mark.parametrize(
    ("name", "text"), [("out.csv", "n,even\n1,False\n"), ("out.json", '[{"n":1,"even":false}]\n')]
)
def test_the_ending_of_the_file_says_how_results_are_written(kodonb, folder, name, text):
    (folder / "one.kumeo").write_text(ONE)
    assert kodonb("run", "one.kumeo", "--events", "in.jsonl", "-o", name, "-p", "limit=1").code == 0
    [file] = folder.glob(f"out*{name[3:]}")
    assert file.read_text().lower() == text.lower()


@pytest.mark.parametrize("name", ["out.parquet", "out.XLSX", "out.jsonl.gz"])
def test_a_file_of_a_format_that_is_not_written_is_refused_before_anything_starts(kodonb, folder, name):
    done = kodonb("run", "orders.kumeo", "--events", "in.jsonl", "-o", name)
    assert done.code == 2 and done.out == "" and not (folder / name).exists()
    assert f"results are not written as {name[name.rindex('.') :].lower()}" in done.err
    assert ".jsonl" in done.err and ".csv" in done.err


def test_a_file_target_of_a_format_that_is_not_written_is_refused(kodonb, folder):
    (folder / "orders.kumeo").write_text(
        ONE.replace('NATS("orders.new")', 'File("in.jsonl")').replace(
            'NATS("orders.done")', 'File("out.parquet")'
        )
    )
    done = kodonb("run", "orders.kumeo", "--session", "inline")
    assert done.code == 1 and "KN821: results are not written as .parquet" in done.err
    assert not (folder / "out.parquet").exists()


def test_a_large_result_is_cut_with_a_word_about_it(kodonb, folder):
    (folder / "in.jsonl").write_text(json.dumps({"n": 1, "text": "x" * 20_000}) + "\n")
    done = kodonb("run", "orders.kumeo", "--events", "in.jsonl")
    assert done.code == 0 and "is printed cut" in done.err and set(lines(done.out)[0]) == {"cut", "bytes"}


def test_a_text_with_errors_is_told_whole_and_is_a_wrong_usage(kodonb, folder):
    (folder / "orders.kumeo").write_text(ORDERS.replace("clean.output", "claen.output"))
    done = kodonb("run", "orders.kumeo", "--events", "in.jsonl")
    assert done.code == 2 and done.out == ""
    assert "orders.kumeo:6:" in done.err and "E160" in done.err and "^^^" in done.err
    assert "KN830: orders.kumeo has 1 error, no warnings" in done.err


def test_several_errors_have_each_its_remedy_and_the_last_line_repeats_none(kodonb, folder):
    (folder / "orders.kumeo").write_text(
        ORDERS.replace("clean.output", "claen.output").replace("source:", "sauce:", 1)
    )
    told = kodonb("run", "orders.kumeo", "--events", "in.jsonl").err
    assert "do: did you mean `clean.output`?" in told and "do: did you mean `source`?" in told
    summary = told[told.index("KN830") :]
    assert (
        "has 3 errors" in summary and "its line `do:` says how" in summary and "did you mean" not in summary
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["order.kumeo"], "did you mean orders.kumeo?"),
        (["orders.kumeo:Odrers"], "did you mean Orders?"),
        (["orders.kumeo", "--events", "."], "is a folder"),
        (["orders.kumeo", "--events", "in.json"], "did you mean in.jsonl?"),
        (["orders.kumeo", "--html", "x.html"], "--html is for notebooks"),
        (["flows:good", "--events", "in.jsonl"], "--events is for workflows in Kumeo"),
        (["orders.kumeo", "-p", "limt=1"], "limt"),
    ],
)
def test_what_is_asked_wrongly_is_told(kodonb, folder, words, said):
    done = kodonb("run", *words)
    assert done.code == 2 and said in done.err and done.out == ""


def test_a_server_that_cannot_be_reached_fails_the_run(kodonb, folder):
    done = kodonb("run", "orders.kumeo", "--session", "inline")
    assert done.code == 1 and "KN820" in done.err


def test_a_workflow_of_a_notebook_is_run_from_a_terminal(kodonb, folder):
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    cells = ["%load_ext kodonb", f"%%kumeo\n{ORDERS}", "%kumeo inspect clean", "raise SystemExit"]
    nbformat.write(new_notebook(cells=[new_code_cell(each) for each in cells]), folder / "n.ipynb")
    done = kodonb("run", "n.ipynb:Orders", "--session", "inline", "-p", 'events=[{"n": 1}]')
    assert done.code == 0 and '"events":1' in done.out.splitlines()[-1]
