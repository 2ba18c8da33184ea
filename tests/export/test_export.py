"""Whole exports, tried by executing what was written."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from kodonb.export import export
from kodonb.export.exporting import compare
from kodonb.model.errors import CaptureError, ServiceError, UsageError

FARE = '''%%flow fare --title "A fare" --version 1.2.0 --tag rides
from pathlib import Path

# Cents for a minute.
RATE = 12

def minutes(km: float) -> float:
    return km * 4  # in town

def fare(km: float, night: bool = False) -> int:
    """Return what a ride costs, in cents."""
    rows = Path("data/rates.csv").read_text().split()
    return round(minutes(km) * RATE * (2 if night else 1)) + len(rows)
'''


@pytest.fixture
def book(notebook, tmp_path, shows):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/rates.csv").write_text("day 1\nnight 2\n")
    return notebook(
        "%load_ext kodonb\nimport kodonb as kb\nimport pandas as pd",
        "print('looking at data')\npd.DataFrame({'a': [1]})",
        FARE,
        "%flow run fare km=2.5 -o run",
        shows("run.result()", "124"),
        shows("fare(1, night=True)", "100"),
    )


def environment(folder, tmp_path):
    return os.environ | {
        "PYTHONPATH": str(folder / "src"),
        "KODONB_HOME": str(tmp_path / "home"),
        "KODONB_SESSION": "inline",
        "KODONB_NO_AUTH": "1",
    }


def test_an_export_is_a_service_whose_own_tests_pass(book, tmp_path):
    made = export(f"{book}:fare", tmp_path / "out")
    assert "passed" in made.tests
    assert {
        "Dockerfile",
        "README.md",
        "constraints.txt",
        "provenance.json",
        "pyproject.toml",
        "serve.yaml",
        "src/fare/app.py",
        "src/fare/flows.py",
        "src/fare/replica.py",
        "src/fare/resources/data/rates.csv",
        "tests/test_contract.py",
    } <= set(made.files)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".out")]


def test_the_flows_are_the_lines_of_the_notebook_and_no_others(book, tmp_path):
    export(f"{book}:fare", tmp_path / "out", checked=False)
    text = (tmp_path / "out/src/fare/flows.py").read_text()
    assert "# Cents for a minute.\nRATE = 12\n" in text
    assert "    return km * 4  # in town\n" in text
    assert '@kb.flow(title="A fare", tags=["rides"], version="1.2.0")\ndef fare(' in text
    assert 'resource("data/rates.csv")' in text
    assert "pandas" not in text
    assert "looking at data" not in text


def test_provenance_tells_cells_code_and_versions(book, tmp_path):
    export(f"{book}:fare", tmp_path / "out", checked=False)
    told = json.loads((tmp_path / "out/provenance.json").read_text())
    assert told["source"] == "book.ipynb"
    assert told["cells"] == ["c3"]
    assert len(told["code"]) == 16
    assert told["flows"] == [{"name": "fare", "function": "fare", "place": "cell 3"}]
    assert str(tmp_path) not in (tmp_path / "out/provenance.json").read_text()


def test_the_contract_holds_what_the_notebook_shows(book, tmp_path):
    made = export(f"{book}:fare", tmp_path / "out", checked=False)
    assert [(case.inputs, case.result) for case in made.service.cases] == [
        ({"km": 2.5}, 124),
        ({"km": 1, "night": True}, 100),
    ]


def test_a_service_that_gives_another_result_than_the_notebook_is_not_written(book, tmp_path):
    book.write_text(book.read_text().replace('"124"', '"125"'))
    with pytest.raises(ServiceError) as raised:
        export(f"{book}:fare", tmp_path / "out")
    assert raised.value.code == "KN703"
    assert "cell 4" in "\n".join(raised.value.__notes__)
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_imported_unseen_is_not_there(notebook, tmp_path):
    path = notebook(
        "%%flow hidden\nimport importlib\ndef hidden() -> str:\n"
        "    return importlib.import_module('sklearn').__name__",
        "%flow run hidden",
    )
    with pytest.raises(ServiceError, match="its tests fail") as raised:
        export(str(path), tmp_path / "out")
    assert "KN703" in str(raised.value)
    assert "'sklearn' is not among what is pinned" in "\n".join(raised.value.__notes__)


def test_an_export_that_is_up_to_date_passes_the_check_and_another_does_not(book, tmp_path):
    export(f"{book}:fare", tmp_path / "out", checked=False)
    compare(f"{book}:fare", tmp_path / "out")
    book.write_text(book.read_text().replace("RATE = 12", "RATE = 13"))
    with pytest.raises(ServiceError) as raised:
        compare(f"{book}:fare", tmp_path / "out")
    assert raised.value.code == "KN702"
    assert "-RATE = 12" in "\n".join(raised.value.__notes__)
    assert "RATE = 12" in (tmp_path / "out/src/fare/flows.py").read_text()


def test_two_flows_share_their_helper_and_their_service(notebook, tmp_path):
    path = notebook(
        "import kodonb as kb\nHALF = 2\ndef halve(x: int) -> int:\n    return x // HALF",
        "%%flow one\ndef one(x: int) -> int:\n    return halve(x)",
        "%%flow two\ndef two(x: int) -> int:\n    return halve(x) + 1",
        "%flow run one x=4\n%flow run two x=8",
    )
    made = export(str(path), tmp_path / "out", name="halves")
    assert made.service.package == "halves"
    assert (tmp_path / "out/src/halves/flows.py").read_text().count("def halve") == 1
    assert "passed" in made.tests


def test_flows_of_a_file_become_a_service_too(tmp_path):
    path = tmp_path / "tasks.py"
    path.write_text(
        'import kodonb as kb\n\n\n@kb.flow(tags=["a"])\ndef double(x: int = 2) -> int:\n    return 2 * x\n'
    )
    made = export(f"{path}:double", tmp_path / "out")
    assert "passed" in made.tests


def test_a_flow_that_asks_is_answered_as_in_the_notebook(notebook, tmp_path):
    path = notebook(
        "import kodonb as kb\nfrom pydantic import BaseModel",
        "class Check(BaseModel):\n    sure: bool",
        "%%flow asks\ndef asks() -> bool:\n    return kb.ask(Check, 'Are you sure?').sure",
        "%flow run asks --detach -o run\n%flow answer last sure=true",
    )
    made = export(str(path), tmp_path / "out")
    assert "passed" in made.tests
    assert '"answers": [{"sure": True}]' in (tmp_path / "out/tests/test_contract.py").read_text()


def test_a_script_is_executed_with_inputs(book, tmp_path):
    export(f"{book}:fare", tmp_path / "out", target="script", checked=False)
    done = subprocess.run(
        [sys.executable, "fare.py", "fare", "km=2.5", "--json"],
        cwd=tmp_path / "out",
        env=environment(tmp_path / "out", tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"result":124' in done.stdout.replace(" ", "")


def test_a_script_finds_its_data_also_beside_a_name_resource(notebook, tmp_path):
    (tmp_path / "a.csv").write_text("one")
    cell = "%%flow rows\nresource = 3\ndef rows() -> int:\n    return resource + len(open('a.csv').read())"
    export(str(notebook(cell)), tmp_path / "out", target="script")
    done = subprocess.run(
        [sys.executable, "rows.py", "--json"],
        cwd=tmp_path / "out",
        env=environment(tmp_path / "out", tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert '"result":6' in done.stdout.replace(" ", ""), done.stderr


def test_a_module_is_a_package_without_http(book, tmp_path):
    made = export(f"{book}:fare", tmp_path / "out", target="module")
    assert not {"src/fare/app.py", "serve.yaml", "Dockerfile"} & set(made.files)
    code = "from fare import flows; print(flows.fare(2.5))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(tmp_path / "out", tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "124\n"


def test_an_unknown_target_is_told(book, tmp_path):
    with pytest.raises(ServiceError, match="KN704") as raised:
        export(f"{book}:fare", tmp_path / "out", target="imag")
    assert raised.value.remedy == "did you mean image?"


def test_a_name_that_a_module_has_is_refused_if_chosen_and_changed_if_not(notebook, tmp_path):
    path = notebook("%%flow statistics\ndef statistics() -> int:\n    return 1")
    with pytest.raises(UsageError, match="KN005"):
        export(str(path), tmp_path / "out", name="json")
    assert export(str(path), tmp_path / "out", checked=False).service.package == "statistics_service"


def test_hidden_state_is_refused_with_cell_line_and_cure(notebook, tmp_path):
    path = notebook("files = !ls", "%%flow count\ndef count() -> int:\n    return len(files) + len(missing)")
    with pytest.raises(CaptureError) as raised:
        export(str(path), tmp_path / "out")
    told = str(raised.value)
    assert "`files`" in told
    assert "`missing`" in told
    assert "cell 2, line 3" in told
    assert not (tmp_path / "out").exists()


def test_what_flows_write_while_they_are_tested_stays_out_of_the_export(notebook, tmp_path):
    path = notebook(
        "%%flow notes\ndef notes() -> int:\n    return open('notes.txt', 'w').write('x')", "%flow run notes"
    )
    made = export(str(path), tmp_path / "out")
    assert "passed" in made.tests
    assert not (tmp_path / "out/notes.txt").exists()


def test_data_is_copied_without_what_is_hidden_and_without_what_links_lead_to(notebook, tmp_path):
    data = tmp_path / "nb/data"
    data.mkdir(parents=True)
    (tmp_path / "outside.txt").write_text("not ours")
    (data / "a.csv").write_text("a")
    (data / ".env").write_text("KEY=1")
    (data / "link.txt").symlink_to(tmp_path / "outside.txt")
    cell = "%%flow names\nfrom pathlib import Path\nDATA = Path('data')\ndef names() -> int:\n    return len(list(DATA.iterdir()))"
    path = notebook(cell, folder=tmp_path / "nb")
    made = export(str(path), tmp_path / "out", checked=False)
    assert [name for name in made.files if "resources/" in name] == ["src/names/resources/data/a.csv"]
    with pytest.raises(ServiceError, match="part of the data"):
        export(str(path), data / "build", checked=False)


@pytest.mark.parametrize("name", ["runs", "docs", "a{b}", "../up"])
def test_a_flow_whose_name_is_no_path_is_refused_with_its_cell(notebook, tmp_path, name):
    path = tmp_path / "flows.py"
    path.write_text(f"import kodonb as kb\n\n@kb.flow(name={name!r})\ndef f() -> int:\n    return 1\n")
    with pytest.raises(ServiceError, match="KN701"):
        export(str(path), tmp_path / "out", checked=False)


def test_two_flows_of_one_function_name_are_refused_with_both_cells(notebook, tmp_path):
    path = notebook("%%flow one\ndef f() -> int:\n    return 1", "%%flow two\ndef f() -> int:\n    return 2")
    with pytest.raises(ServiceError, match="same function") as raised:
        export(str(path), tmp_path / "out", checked=False)
    assert raised.value.where == "cell 1, cell 2"
    assert export(f"{path}:two", tmp_path / "out").service.package == "two"


@pytest.mark.parametrize("name", ["yaml", "sklearn", "beside"])
def test_a_service_does_not_take_the_name_of_a_module_that_is_imported(notebook, tmp_path, name):
    (tmp_path / "beside.py").write_text("ONE = 1\n")
    path = notebook(
        f"from beside import ONE\nimport kodonb as kb\n@kb.flow\ndef {name}() -> int:\n    return ONE",
        f"{name}()",
    )
    made = export(str(path), tmp_path / "out")
    assert made.service.package == f"{name}_service"
    assert "passed" in made.tests


def test_a_version_that_no_package_can_have_is_refused(book, tmp_path):
    with pytest.raises(UsageError, match="KN005"):
        export(f"{book}:fare", tmp_path / "out", version="spring 2024")


def test_a_module_is_found_without_executing_its_package(tmp_path, monkeypatch):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/__init__.py").write_text("raise RuntimeError('executed')\n")
    (tmp_path / "pack/fl.py").write_text("import kodonb as kb\n\n@kb.flow\ndef f() -> int:\n    return 1\n")
    monkeypatch.chdir(tmp_path)
    assert export("pack.fl", tmp_path / "out", checked=False).service.package == "f"
