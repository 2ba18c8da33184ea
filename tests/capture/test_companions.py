"""Local modules, installed packages, git: what a module knows of its surroundings."""

import importlib
import platform
import subprocess
import sys
from importlib import metadata

import pytest

from kodonb.capture import capture, finder, load
from kodonb.capture.finder import install
from kodonb.capture.provenance import commit
from kodonb.model.errors import CaptureError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a local package and modules, on the path."""
    package = tmp_path / "local_package"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("from .numbers import SIX\nfrom . import numbers\n")
    (package / "numbers.py").write_text(
        "import local_single\nfrom .deep.more import BASE\nSIX = BASE * local_single.TWO\n"
    )
    (package / "deep" / "__init__.py").write_text("")
    (package / "deep" / "more.py").write_text("import math\nBASE = math.floor(3.5)\n")
    (tmp_path / "local_single.py").write_text("TWO = 2\n\n\ndef fail():\n    raise ValueError('no')\n")
    (tmp_path / "local_lazy.py").write_text("raise RuntimeError('imported too early')\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    monkeypatch.undo()
    forget()
    finder._FINDER.table.clear()
    importlib.invalidate_caches()


def forget():
    for name in [name for name in sys.modules if name.startswith("local_")]:
        del sys.modules[name]


def test_local_modules_travel_with_all_that_they_import(notebook, folder, monkeypatch):
    notebook.run("import local_package as lp", "def main():\n    return lp.SIX, lp.numbers.SIX")
    module = capture(notebook["main"])
    assert list(module.companions) == [
        "local_package", "local_package.deep", "local_package.deep.more", "local_package.numbers", "local_single",
    ]  # fmt: skip
    assert module.companions["local_single"][0] == str(folder / "local_single.py")
    forget()
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(folder)])
    assert load(module).main() == (6, 6)
    assert sys.modules["local_package.deep"].__path__


def test_a_module_that_is_imported_in_a_function_travels_and_is_not_executed(notebook, folder):
    notebook.run("def main():\n    import local_lazy\n    from local_single import TWO\n    return TWO")
    assert sorted(capture(notebook["main"]).companions) == ["local_lazy", "local_single"]
    assert "local_lazy" not in sys.modules


def test_a_module_that_is_loaded_with_the_same_text_stays(notebook, folder):
    notebook.run("import local_single", "def main():\n    return local_single")
    assert load(capture(notebook["main"])).main() is notebook["local_single"]


def test_folders_without_init_are_packages_too(notebook, folder, monkeypatch):
    (folder / "local_space" / "inner").mkdir(parents=True)
    (folder / "local_space" / "inner" / "part.py").write_text("X = 5\n")
    notebook.run("from local_space.inner import part", "def main():\n    return part.X")
    module = capture(notebook["main"])
    assert sorted(module.companions) == ["local_space", "local_space.inner", "local_space.inner.part"]
    assert load(module).main() == 5
    forget()
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(folder)])
    del sys.modules[module.name]
    assert load(module).main() == 5


def test_a_local_module_that_is_not_python_is_announced(notebook, folder):
    (folder / "local_binary.so").write_bytes(b"")
    notebook.run("def main():\n    import local_binary")
    module = capture(notebook["main"])
    assert module.notices == ("local module `local_binary` is not Python source and does not travel",)


def test_a_changed_local_module_replaces_the_one_of_an_earlier_capture(notebook, folder):
    notebook.run("from local_single import TWO", "def main():\n    return TWO")
    old = capture(notebook["main"])
    (folder / "local_single.py").write_text("TWO = 'two'\n")
    notebook.run(
        "import importlib, local_single; importlib.reload(local_single); from local_single import TWO"
    )
    new = capture(notebook["main"])
    assert old.hash != new.hash
    assert load(new).main() == "two"
    assert load(old).main() == 2
    assert load(new).main() == "two"


def test_an_object_of_a_local_class_brings_its_module(notebook, folder):
    (folder / "local_shapes.py").write_text("class Shape:\n    size = 3\n")
    notebook.run("import local_shapes\nshape = local_shapes.Shape()", "def main():\n    return shape.size")
    module = capture(notebook["main"])
    assert "local_shapes" in module.companions
    assert load(module).main() == 3


def test_lines_of_local_modules_show_in_tracebacks_without_their_file(notebook, folder, monkeypatch):
    notebook.run("import local_single", "def main():\n    local_single.fail()")
    module = capture(notebook["main"])
    (folder / "local_single.py").write_text("# another text\n")
    forget()
    from kodonb.capture import innermost, user_traceback

    with pytest.raises(ValueError, match="no") as caught:
        load(module).main()
    assert "raise ValueError('no')" in user_traceback(caught.value)
    assert innermost(caught.value) == "local_single.py, line 5"


def test_a_local_module_that_fails_is_told_with_its_line(folder):
    from kodonb.model.module import Module

    install({})
    module = Module(
        entry="main",
        source="import local_broken\n",
        companions={"local_broken": (str(folder / "local_broken.py"), "x = 1\n1 / 0\n")},
    )
    with pytest.raises(CaptureError) as caught:
        load(module)
    assert (caught.value.code, caught.value.where) == ("KN105", "local_broken.py, line 2")


def test_installed_packages_are_named_with_their_versions(notebook):
    notebook.run(
        "import numpy as np\nfrom pydantic import BaseModel",
        "def main(x: BaseModel):\n    import json, msgspec\n    return np.pi",
    )
    module = capture(notebook["main"])
    assert module.packages == {name: metadata.version(name) for name in ("msgspec", "numpy", "pydantic")}
    assert not module.companions
    assert module.python == platform.python_version()


def test_the_commit_has_a_plus_when_there_are_changes(tmp_path):
    def git(*words):
        who = ("-c", "user.name=a", "-c", "user.email=a@b")
        done = subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    assert commit(tmp_path / "..") is None or len(commit(tmp_path / "..")) >= 40
    git("init")
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "first")
    clean, dirty = tmp_path / "clean", tmp_path / "dirty"
    clean.mkdir(), dirty.mkdir()
    assert commit(clean) == git("rev-parse", "HEAD")
    (tmp_path / "a").write_text("2")
    assert commit(dirty) == git("rev-parse", "HEAD") + "+"
    assert commit(clean) == git("rev-parse", "HEAD"), "asked twice within seconds, git is asked once"


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert commit(tmp_path) is None
