"""`kodonb check` and `kodonb fmt`: what they print, what they write, and how they end."""

from __future__ import annotations

import io
import json

import pytest

FINE = 'workflow W {\n  source: NATS("in")\n  target: NATS("out")\n}\n'
WRONG = 'workflow W {\n  sauce: NATS("in")\n  source: Redis("in")\n  target: NATS("out")\n}\n'


@pytest.fixture
def write(project):
    """Writes a file into the current folder."""

    def make(name, text):
        (project / name).write_text(text, encoding="utf-8")
        return name

    return make


@pytest.fixture
def standard_input(monkeypatch):
    """Puts a text on standard input."""

    def put(text):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        return "-"

    return put


def test_a_diagnostic_has_its_place_a_caret_and_a_way_out(kodonb, write):
    done = kodonb("check", write("a.kumeo", WRONG))
    assert done.code == 1 and done.err == ""
    assert done.out.splitlines() == [
        "a.kumeo:2:3: E003 a workflow has no section `sauce`",
        '    2 |   sauce: NATS("in")',
        "          ^^^^^",
        "  do: did you mean `source`?",
        "a.kumeo:3:11: W113 `Redis` is no type of sources that is known, so it is a custom one",
        '    3 |   source: Redis("in")',
        "                  ^^^^^",
        "  do: register it, or use Custom(…)",
        "1 file: 1 error, 1 warning",
    ]


def test_a_sound_workflow_ends_with_exit_code_0(kodonb, write):
    done = kodonb("check", write("a.kumeo", FINE), write("b.kumeo", FINE))
    assert done.code == 0 and done.out == "2 files: no errors, no warnings\n"


def test_warnings_do_not_fail(kodonb, write):
    assert kodonb("check", write("a.kumeo", WRONG.replace('  sauce: NATS("in")\n', ""))).code == 0


@pytest.mark.parametrize("words", [["--json"], ["--format", "json"]])
def test_json_is_one_document(kodonb, write, words):
    [line] = kodonb("check", write("a.kumeo", WRONG), *words).out.splitlines()
    first, second = json.loads(line)["diagnostics"]
    assert first == {
        "code": "E003",
        "severity": "error",
        "message": "a workflow has no section `sauce`",
        "file": "a.kumeo",
        "line": 2,
        "column": 3,
        "remedy": "did you mean `source`?",
    }
    assert (second["code"], second["severity"]) == ("W113", "warning")


def test_sarif_names_places_and_rules(kodonb, write):
    log = json.loads(kodonb("check", write("a b.kumeo", WRONG), "--format", "sarif").out)
    [run] = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["E003", "W113"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.kumeo"
    assert place["region"] == {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 8}


def test_standard_input_is_checked(kodonb, standard_input):
    done = kodonb("check", standard_input(WRONG))
    assert done.code == 1 and done.out.startswith("<stdin>:2:3: E003")


def test_a_missing_file_is_a_usage_error_that_names_a_near_one(kodonb, write):
    write("orders.kumeo", FINE)
    done = kodonb("check", "order.kumeo")
    assert done.code == 2 and "KN006" in done.err and "orders.kumeo" in done.err


def test_a_long_line_is_shown_from_near_the_place(kodonb, write):
    done = kodonb("check", write("a.kumeo", "workflow W { config: {x: [" + "1, " * 500 + "oops: 2]} }"))
    [line, caret] = done.out.splitlines()[1:3]
    assert len(line) < 130 and line[caret.index("^") :].startswith(": 2]")


def test_a_file_is_formatted_where_it_is(kodonb, write, project):
    done = kodonb("fmt", write("a.kumeo", FINE.replace("  ", "\t")), write("b.kumeo", FINE))
    assert done.code == 0 and done.out == "" and done.err == "kodonb: a.kumeo changed\n"
    assert (project / "a.kumeo").read_text() == FINE


def test_standard_input_is_formatted_to_standard_output(kodonb, standard_input):
    done = kodonb("fmt", standard_input(FINE.replace("\n", " ")))
    assert (done.code, done.out, done.err) == (0, FINE, "")


def test_with_check_nothing_is_written_and_a_change_fails(kodonb, write, project):
    messy = FINE.replace("  ", "\t")
    done = kodonb("fmt", "--check", write("a.kumeo", messy), write("b.kumeo", FINE))
    assert done.code == 1 and done.err == "kodonb: a.kumeo would change\n"
    assert (project / "a.kumeo").read_text() == messy
    assert kodonb("fmt", "--check", "b.kumeo").code == 0


def test_a_difference_is_shown_and_nothing_written(kodonb, write, project):
    messy = FINE.replace("  source", "source")
    done = kodonb("fmt", "--diff", write("a.kumeo", messy))
    assert done.code == 0 and '-source: NATS("in")\n+  source: NATS("in")' in done.out
    assert (project / "a.kumeo").read_text() == messy


def test_a_file_with_errors_of_syntax_stays_as_it_is(kodonb, write, project):
    done = kodonb("fmt", write("a.kumeo", "workflow W {"), write("b.kumeo", FINE.replace("  ", "\t")))
    assert done.code == 1 and "E001" in done.err
    assert (project / "a.kumeo").read_text() == "workflow W {"
    assert (project / "b.kumeo").read_text() == FINE


def test_formatting_tells_each_file_in_json(kodonb, write):
    done = kodonb("fmt", "--json", write("a.kumeo", FINE), write("b.kumeo", "}"))
    assert json.loads(done.out) == {
        "files": [{"file": "a.kumeo", "state": "unchanged"}, {"file": "b.kumeo", "state": "unreadable"}]
    }


def test_no_agent_is_proposed_as_its_own_input(kodonb, write):
    agents = 'DataProcessor(id: "a", input: source), DataProcessor(id: "b", input: c.output)'
    name = write("w.kumeo", FINE.replace("}\n", f"  agents: [{agents}]\n}}\n"))
    done = kodonb("check", name)
    assert done.code == 1 and "did you mean `a.output`?" in done.out + done.err


MISSING = FINE.replace("}\n", '  models: {fraud: {file: "fruad.onnx", type: "onnx"}}\n}\n')


def test_a_file_that_is_missing_beside_the_text_is_a_warning(kodonb, write, project):
    (project / "fraud.onnx").touch()
    done = kodonb("check", write("a.kumeo", MISSING))
    assert done.code == 0 and done.out.splitlines() == [
        "a.kumeo:4:26: KN804 there is no file `fruad.onnx`",
        '    4 |   models: {fraud: {file: "fruad.onnx", type: "onnx"}}',
        "                                 ^^^^^^^^^^^^",
        "  do: did you mean `fraud.onnx`?",
        "1 file: no errors, 1 warning",
    ]
    (project / "fruad.onnx").touch()
    assert kodonb("check", "a.kumeo").out == "1 file: no errors, no warnings\n"


def test_files_are_looked_for_where_the_text_lies(kodonb, write, project):
    (project / "inner").mkdir()
    (project / "inner" / "fruad.onnx").touch()
    assert "KN804" not in kodonb("check", write("inner/a.kumeo", MISSING)).out


def test_what_is_foreseen_stands_beside_the_diagnostics_in_json_and_not_in_sarif(kodonb, write):
    name = write("a.kumeo", MISSING)
    told = json.loads(kodonb("check", name, "--json").out)
    assert told["diagnostics"] == []
    assert [(one["code"], one["severity"], one["line"]) for one in told["foreseen"]] == [
        ("KN804", "warning", 4)
    ]
    assert json.loads(kodonb("check", name, "--format", "sarif").out)["runs"][0]["results"] == []


def test_of_standard_input_no_files_are_looked_for(kodonb, standard_input):
    assert kodonb("check", standard_input(MISSING)).out == "1 file: no errors, no warnings\n"
