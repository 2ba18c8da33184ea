"""Which notebooks pytest collects, and together with what."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.timeout(110)

TEST = "import pytest\n\n\nasync def test_async():\n    pass\n\n\ndef test_other():\n    pass\n"
AUTO = ("asyncio_default_fixture_loop_scope = function", "asyncio_mode = auto")


@pytest.fixture
def project(folder):
    folder.ini(*AUTO)
    (folder.path / "tests").mkdir()
    (folder.path / "tests/test_it.py").write_text(TEST)
    folder.notebook("nb/a.ipynb", "x = 1", "assert x == 1")
    folder.notebook("nb/b.ipynb", "y = 1", "assert y == 1")
    folder.notebook("nb/.ipynb_checkpoints/a.ipynb", "1 / 0")
    return folder


A = ["nb/a.ipynb::cell 1 (c1)", "nb/a.ipynb::cell 2 (c2)"]
B = ["nb/b.ipynb::cell 1 (c1)", "nb/b.ipynb::cell 2 (c2)"]
TESTS = ["tests/test_it.py::test_async", "tests/test_it.py::test_other"]


@pytest.mark.parametrize(
    ("args", "found"),
    [
        ("", TESTS),
        ("nb tests", TESTS),
        ("--notebooks nb/", A + B),
        ("--notebooks nb/*b.ipynb", B),
        ("--notebooks nb/b.ipynb --notebooks nb/a.ipynb", A + B),
        ("tests --notebooks nb/a.ipynb", TESTS + A),
        ("nb/a.ipynb --notebooks", A),
        ("nb/a.ipynb --notebooks nb", A + B),
        ("--notebooks", A + B + TESTS),
    ],
)
def test_the_option_takes_files_folders_and_globs(project, args, found):
    assert project.collected(*args.split()) == found


@pytest.mark.parametrize(
    ("args", "found"),
    [("", TESTS + A), ("nb", A), ("nb/b.ipynb", B), ("tests", TESTS), ("--notebooks", TESTS + A)],
)
def test_the_setting_adds_notebooks_to_the_tests(project, args, found):
    project.ini(*AUTO, "testpaths = tests", "notebooks = nb/a*.ipynb")
    assert project.collected(*args.split()) == found


def test_a_notebook_that_is_not_there_is_a_usage_error(project):
    done = project.pytest("--notebooks", "nb/c.ipynb")
    assert done.code == 4 and "--notebooks: there is no notebook at nb/c.ipynb" in done.text


def test_ids_that_are_new_each_time_are_in_no_name(folder):
    path = folder.notebook("a.ipynb", "1")
    path.write_text(
        path.read_text().replace('"nbformat_minor": 5', '"nbformat_minor": 4').replace('"id": "c1",', "")
    )
    assert folder.collected("--notebooks", "a.ipynb") == ["a.ipynb::cell 1"]


def test_it_works_beside_asyncio_tests(project):
    assert project.pytest("tests", "--notebooks", "nb/a.ipynb").counts == {"passed": 4}


@pytest.mark.parametrize("dist", ["load", "worksteal", "loadgroup", "loadfile"])
def test_the_cells_of_a_notebook_go_to_one_worker(project, dist):
    project.notebook("nb/c.ipynb", "z = 1", "z += 1", "assert z == 2", "open('kernels', 'a').write('k')")
    done = project.pytest("tests", "--notebooks", "nb/c.ipynb", "nb/a.ipynb", "-n2", "--dist", dist, "-v")
    assert done.counts == {"passed": 8}
    worker = {
        name: {line.split()[0] for line in done.text.splitlines() if line.startswith("[gw") and name in line}
        for name in ("nb/a.ipynb", "nb/c.ipynb")
    }
    assert (
        all(len(workers) == 1 for workers in worker.values())
        and len(set(map(frozenset, worker.values()))) == 2
    )


def test_it_costs_nothing_while_nobody_asks_for_notebooks():
    program = (
        "import sys, pytest; before = set(sys.modules); import kodonb.batch.testing; "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names); "
        "assert new <= {'kodonb'}, new"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
