"""`kodonb lint`: what it prints, what it writes, and how it ends."""

import json
import re

import jsonschema
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from kodonb.model.errors import CODES

KEY = "ghp_" + "aB3" * 12


@pytest.fixture
def write(project):
    """Writes a notebook of cells into the current folder."""

    def make(name, *cells):
        made = [new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        (project / name).parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=made), project / name)
        return name

    return make


@pytest.fixture
def wrong(write):
    """A notebook with an error, a warning, and a secret in an output."""
    output = new_output("stream", text=f"token {KEY}")
    return write(
        "wrong.ipynb",
        "x = 1",
        "y = x\nprint(gone)\nopen('/home/ada/x')",
        new_code_cell("y", outputs=[output]),
    )


def test_a_finding_has_its_place_code_message_and_remedy(kodonb, wrong):
    done = kodonb("lint", wrong)
    assert done.code == 1 and done.err == ""
    assert done.out.splitlines() == [
        "wrong.ipynb:cell 2:line 2:7: KN112 `gone` is defined in no cell",
        "  do: define or import `gone` in a cell",
        "wrong.ipynb:cell 2:line 3:6: KN117 '/home/ada/x' exists on one machine only",
        "  do: write a path relative to the notebook, or make it a parameter",
        "wrong.ipynb:cell 3: KN116 output 1 of the cell shows a GitHub token (ghp_…, 40 characters)",
        "  do: remove the output (--fix does); then change the secret, as it was seen",
        "1 notebook: 2 errors, 1 warning",
    ]


def test_a_clean_notebook_ends_with_exit_code_0(kodonb, write):
    done = kodonb("lint", write("fine.ipynb", "x = 1", "print(x)"))
    assert done.code == 0 and done.out == "1 notebook: no errors, no warnings\n"


def test_warnings_fail_only_when_strict(kodonb, write):
    name = write("warn.ipynb", "open('/home/ada/x')")
    assert kodonb("lint", name).code == 0
    assert kodonb("lint", name, "--strict").code == 1


def test_codes_are_selected_and_ignored(kodonb, wrong):
    assert "1 error, no warnings" in kodonb("lint", wrong, "--select", "KN112,KN113").out
    assert kodonb("lint", "--ignore", "KN112", "--ignore=KN116", wrong).code == 0


def test_folders_are_searched(kodonb, write):
    write("in/a.ipynb", "gone")
    write("in/b.ipynb", "x = 1")
    done = kodonb("lint", ".")
    assert done.out.startswith("in/a.ipynb:cell 1:line 1:1: KN112") and "2 notebooks" in done.out


def test_a_folder_without_notebooks_is_told(kodonb, project):
    done = kodonb("lint", ".")
    assert done.code == 0 and "no notebook" in done.err


def test_a_notebook_that_cannot_be_read_leaves_the_others_checked(kodonb, write, project):
    (project / "broken.ipynb").write_text('{"cells": [')
    done = kodonb("lint", "broken.ipynb", "missing.ipynb", write("wrong.ipynb", "gone"))
    assert done.code == 2
    assert "KN601" in done.err and "KN006" in done.err and "Traceback" not in done.err
    assert "KN112" in done.out and "3 notebooks: 1 error, no warnings, 2 not readable" in done.out


@pytest.mark.parametrize("words", [["--json"], ["--format", "json"], ["--format", "text", "--json"]])
def test_json_is_one_document(kodonb, wrong, words):
    [line] = kodonb("lint", wrong, "missing.ipynb", *words).out.splitlines()
    told = json.loads(line)
    assert (told["notebooks"], told["errors"], told["warnings"], told["fixed"]) == (2, 2, 1, [])
    first = told["findings"][0]
    assert (first["code"], first["path"], first["cell"], first["line"], first["column"]) == (
        "KN112",
        wrong,
        2,
        2,
        7,
    )
    assert first["severity"] == "error" and first["id"] and first["row"] > 1
    assert told["unreadable"][0]["code"] == "KN006"


def test_a_fix_removes_outputs_with_secrets_and_says_so(kodonb, wrong, project):
    done = kodonb("lint", wrong, "--fix", "--ignore", "KN112")
    assert done.code == 0
    assert "wrong.ipynb:cell 3: removed 1 output that showed a secret" in done.out
    assert "no errors, 1 warning, 1 fixed" in done.out
    assert KEY not in (project / wrong).read_text()
    assert nbformat.read(project / wrong, 4).cells[2].source == "y"


def test_a_fix_leaves_what_is_kept_silent(kodonb, wrong, project):
    kodonb("lint", wrong, "--fix", "--ignore", "KN116")
    assert KEY in (project / wrong).read_text()


def test_annotations_are_commands_of_a_workflow_with_lines_of_the_file(kodonb, wrong, project):
    done = kodonb("lint", wrong, "--format", "github")
    first = done.out.splitlines()[0]
    match = re.fullmatch(r"::error file=wrong\.ipynb,line=(\d+),title=KN112%3A [^:,]+::(.+)", first)
    assert "gone" in (project / wrong).read_text().splitlines()[int(match[1]) - 1]
    assert match[2].startswith("wrong.ipynb:cell 2:line 2:7: `gone`")
    assert done.out.splitlines()[1].startswith("::warning file=")


def test_sarif_has_what_code_scanning_needs(kodonb, wrong, project):
    done = kodonb("lint", wrong, "missing file.ipynb", "--format", "sarif")
    log = json.loads(done.out)
    jsonschema.validate(log, SARIF)
    [run] = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["KN112", "KN116", "KN117"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = run["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": "wrong.ipynb", "uriBaseId": "%SRCROOT%"}
    row = place["physicalLocation"]["region"]["startLine"]
    assert "gone" in (project / wrong).read_text().splitlines()[row - 1]
    assert place["logicalLocations"][0]["name"] == "cell 2"
    assert (place["properties"]["line"], place["properties"]["column"]) == (2, 7)
    [invocation] = run["invocations"]
    assert not invocation["executionSuccessful"]
    [told] = invocation["toolExecutionNotifications"]
    assert told["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "missing%20file.ipynb"


def test_a_finding_keeps_its_fingerprint_when_cells_are_added_above(kodonb, write, project):
    def prints():
        [run] = json.loads(kodonb("lint", "a.ipynb", "--format", "sarif").out)["runs"]
        return [result["partialFingerprints"] for result in run["results"]]

    write("a.ipynb", "gone")
    before = prints()
    notebook = nbformat.read(project / "a.ipynb", 4)
    notebook.cells.insert(0, new_code_cell("x = 1"))
    nbformat.write(notebook, project / "a.ipynb")
    assert prints() == before


@pytest.mark.parametrize("words", [["--select", "KN999"], ["--format", "xml"], []])
def test_what_is_typed_wrong_ends_with_exit_code_2(kodonb, write, words):
    done = kodonb("lint", *([write("a.ipynb", "1")] if words else []), *words)
    assert done.code == 2 and done.out == ""


def test_a_bad_setting_ends_the_command(kodonb, write, project):
    (project / "pyproject.toml").write_text("[tool.kodonb.lint]\nignore = ['KN9']\n")
    done = kodonb("lint", write("a.ipynb", "1"))
    assert done.code == 2 and done.err.startswith("KN007")


def test_nothing_of_a_notebook_is_executed(kodonb, write, project):
    kodonb(
        "lint",
        write(
            "a.ipynb",
            "open('made', 'w').write('x')",
            "%%flow go\nopen('made', 'w')\ndef go(): ...",
            "!touch made",
        ),
    )
    assert not (project / "made").exists()


# What the schema of SARIF 2.1.0 asks of the parts that are written here.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "additionalProperties": False,
    "properties": {
        "physicalLocation": {
            "type": "object",
            "additionalProperties": False,
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["uri"],
                    "properties": {
                        "uri": {"type": "string", "pattern": "^[^ ]+$"},
                        "uriBaseId": {"type": "string"},
                    },
                },
                "region": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                },
            },
        },
        "logicalLocations": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"name": {"type": "string"}, "fullyQualifiedName": {"type": "string"}},
            },
        },
        "properties": {"type": "object"},
    },
}
RESULT = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {
        "ruleId": {"enum": list(CODES)},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": TEXT,
        "locations": {"type": "array", "items": LOCATION},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
RULE = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "shortDescription": TEXT,
        "defaultConfiguration": {"type": "object", "properties": {"level": LEVEL}},
    },
}
NOTIFICATION = {
    "type": "object",
    "required": ["message"],
    "additionalProperties": False,
    "properties": {"level": LEVEL, "message": TEXT, "locations": {"type": "array", "items": LOCATION}},
}
INVOCATION = {
    "type": "object",
    "required": ["executionSuccessful"],
    "additionalProperties": False,
    "properties": {
        "executionSuccessful": {"type": "boolean"},
        "toolExecutionNotifications": {"type": "array", "items": NOTIFICATION},
    },
}
DRIVER = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "version": {"type": "string"},
        "rules": {"type": "array", "uniqueItems": True, "items": RULE},
    },
}
RUN = {
    "type": "object",
    "required": ["tool"],
    "additionalProperties": False,
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "invocations": {"type": "array", "items": INVOCATION},
        "results": {"type": "array", "items": RESULT},
    },
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {"type": "array", "items": RUN},
    },
}
