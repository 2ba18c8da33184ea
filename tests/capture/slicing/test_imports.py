"""Imports of a slice: only what is needed, as typed where all of it is, once, at the top."""

import sys

import pytest

from tests.capture.slicing.cells import agree, made, refused, sliced, text


def test_a_statement_of_which_all_is_needed_stays_as_typed():
    found = text(
        "import os, sys  # both\nfrom math import (\n    sqrt,  # root\n    pi,\n)",
        "def main():\n    return os, sys, sqrt, pi",
    )
    assert found.startswith(
        "import os, sys  # both\nfrom math import (\n    sqrt,  # root\n    pi,\n)\n\n\ndef main"
    )


def test_of_a_longer_one_only_the_needed_names_come():
    found = text(
        "import os, sys, json as j\nfrom math import sqrt as root, pi, e",
        "def main():\n    return j, root, e",
    )
    assert found.startswith("import json as j\nfrom math import sqrt as root, e\n\n\n")


def test_very_many_names_are_wrapped():
    names = [f"very_long_name_of_something_{n}" for n in range(6)]
    found = text(
        f"from thing import {', '.join(names)}, other", f"def main():\n    return {', '.join(names)}"
    )
    assert found.startswith(f"from thing import (\n    {names[0]},\n    {names[1]},\n")


def test_groups_are_standard_library_packages_and_local_modules(tmp_path):
    (tmp_path / "mine.py").write_text("X = 1\n")
    found = text(
        "from mine import X", "import numpy as np\nimport re", "import math", "def main():\n    return X, np, re, math",
        folder=tmp_path,
    )  # fmt: skip
    assert found.startswith("import re\nimport math\n\nimport numpy as np\n\nfrom mine import X\n\n\ndef")


def test_the_same_import_in_several_cells_comes_once_from_the_first():
    found = sliced(
        "import math as m\nX = m.pi",
        "import math as m\nY = m.e",
        "import math as m",
        "def main():\n    return X, Y, m.tau",
    )
    assert found.module.source.count("import") == 1
    assert found.module.pieces[0].file == "cell 1"


def test_names_that_mean_one_thing_and_later_another_stay_in_their_order():
    agree(
        "json = {'a': 1}\nX = json['a']", "from json import dumps as show\nY = show(1)",
        "from pprint import pformat as show\nimport json", "def main():\n    return X, Y, show('a'), json.dumps(X)",
    )  # fmt: skip


def test_modules_of_a_package_are_imported_as_far_as_they_are_used():
    found = text(
        "import xml.dom.minidom\nimport xml.etree.ElementTree\nimport os.path",
        "def main():\n    return xml.etree.ElementTree.Element, os.path.join, os.sep",
    )
    assert found.startswith("import xml.etree.ElementTree\nimport os.path\n\n\n")


def test_a_module_that_its_package_does_not_import_is_imported_beside():
    found = sliced(
        "import concurrent\nimport xml as x", "def main():\n    return concurrent.futures.Future, x.dom.Node"
    )
    assert found.module.source.startswith(
        "import concurrent\nimport xml as x\nimport concurrent.futures\nimport xml.dom\n"
    )
    assert made(found)["main"]()


def test_names_of_a_star_import_are_read_from_the_module():
    agree("from textwrap import *\nfrom string import *", "def main():\n    return dedent(' a'), digits")
    assert text("from textwrap import *", "def main():\n    return dedent").startswith(
        "from textwrap import dedent\n"
    )


def test_a_star_import_of_what_cannot_be_read_stays():
    assert "math" in sys.builtin_module_names or "math" in sys.stdlib_module_names
    found = agree(
        "from math import *\nfloor = round", "def main(x):\n    return sqrt(x), floor(x)", given=[(2.5,)]
    )
    assert found.startswith("from math import *\n\nfloor = round\n")


def test_a_star_import_of_a_local_module_gives_its_public_names(tmp_path):
    (tmp_path / "mine.py").write_text("import os\nONE = 1\n_two = 2\ndef three(): pass\n")
    (tmp_path / "listed.py").write_text("__all__ = ['_four', \"FIVE\"]\n_four = FIVE = SIX = 6\n")
    found = text(
        "from mine import *\nfrom listed import *",
        "def main():\n    return ONE, three, _four, os",
        folder=tmp_path,
    )
    assert found.startswith("from mine import ONE, os, three\nfrom listed import _four\n\n\n")
    assert (
        refused(
            "from mine import *\nfrom listed import *", "def main():\n    return SIX", folder=tmp_path
        ).code
        == "KN101"
    )


def test_a_star_import_that_binds_a_name_again_wins():
    agree(
        "def dedent(x):\n    return 'mine'", "from textwrap import *", "def main():\n    return dedent(' a')"
    )


def test_an_import_in_a_with_or_if_comes_with_it():
    agree(
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import not_there_at_all as n\nif True:\n    import math as m",
        "def main():\n    return m.pi",
    )


def test_a_relative_import_is_refused():
    error = refused("from .near import x", "def main():\n    return x")
    assert (error.code, error.where) == ("KN102", "cell 1, line 1")
    assert "full name" in error.remedy


def test_display_of_ipython_is_imported():
    assert text("def main(x):\n    display(x)").startswith("from IPython.display import display\n\n\n")


@pytest.mark.parametrize("line", ["import kodonb as kb", "from kodonb import flow\nimport kodonb as kb"])
def test_the_decorator_of_a_flow_brings_its_import(line):
    found = text(line, "def main():\n    return 1", decorator='@kb.flow(name="m")')
    assert found == 'import kodonb as kb\n\n\n@kb.flow(name="m")\ndef main():\n    return 1\n'
    assert text("def main():\n    return 1", decorator='@kb.flow(name="m")') == found


def test_where_kb_means_something_else_the_decorator_says_it_in_full():
    found = text("kb = 1024", "def main():\n    return kb", decorator='@kb.flow(name="m")')
    assert found.startswith("import kodonb\n\nkb = 1024\n\n\n@kodonb.flow(")


def test_a_module_that_is_not_there_is_told():
    found = sliced("import surely_not_installed as s", "def main():\n    return s")
    assert found.module.notices == (
        "module `surely_not_installed` was not found here, so what provides it is not known",
    )


def test_packages_are_the_distributions_that_the_slice_imports():
    import importlib.metadata

    found = sliced(
        "import yaml, msgspec\nimport pandas\nfrom sklearn.svm import SVC",
        "def main():\n    import numpy\n    return yaml, SVC",
    )
    told = {name.lower(): version for name, version in found.module.packages.items()}
    assert told == {name: importlib.metadata.version(name) for name in ("numpy", "pyyaml", "scikit-learn")}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "__init__.py").write_text("from .deep import N\n")
    (tmp_path / "pack" / "deep.py").write_text("import single\nimport yaml\nN = single.N\n")
    (tmp_path / "single.py").write_text("N = 3\n")
    (tmp_path / "other.py").write_text("raise RuntimeError\n")
    return tmp_path


def test_local_modules_beside_the_notebook_travel_with_what_they_import(folder):
    before = list(sys.path), set(sys.modules)
    found = sliced("from pack import N", "def main():\n    return N", folder=folder)
    assert sorted(found.module.companions) == ["pack", "pack.deep", "single"]
    assert found.module.companions["single"] == (str(folder.resolve() / "single.py"), "N = 3\n")
    assert [name.lower() for name in found.module.packages] == ["pyyaml"]
    assert (
        list(sys.path),
        {name for name in set(sys.modules) - before[1] if name in found.module.companions},
    ) == (before[0], set())


def test_a_module_beside_the_notebook_wins_over_one_that_is_loaded(folder, monkeypatch):
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "single.py").write_text("N = 'elsewhere'\n")
    monkeypatch.syspath_prepend(elsewhere)
    monkeypatch.delitem(sys.modules, "single", raising=False)
    import single

    assert single.N == "elsewhere"
    found = sliced("import single", "def main():\n    return single.N", folder=folder)
    assert found.module.companions["single"][1] == "N = 3\n"
    monkeypatch.delitem(sys.modules, "single")


def test_a_module_that_a_cell_wrote_travels(folder):
    found = sliced(
        "%%writefile single.py\nN = 3", "import single\ndef main():\n    return single.N", folder=folder
    )
    assert list(found.module.companions) == ["single"]


@pytest.mark.parametrize(
    "line", ["sys.path.append('../src')", "sys.path.insert(0, str(Path('../src').resolve()))"]
)
def test_modules_in_folders_that_the_notebook_adds_to_the_path_travel(tmp_path, line):
    home = tmp_path / "notebooks"
    (tmp_path / "src" / "mylib").mkdir(parents=True)
    home.mkdir()
    (tmp_path / "src" / "mylib" / "__init__.py").write_text("X = 1\n")
    before = list(sys.path)
    found = sliced(
        f"import sys\nfrom pathlib import Path\n{line}",
        "from mylib import X\ndef main():\n    return X",
        folder=home,
    )
    assert list(found.module.companions) == ["mylib"]
    assert (found.module.notices, sys.path) == ((), before)
