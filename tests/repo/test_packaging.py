"""What is built for users holds what they need, and nothing else."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[2]
BUILT = {f"kodonb/widgets/static/{name}" for name in ("form.js", "manifest.json", "run.js", "runs.js")}
EXTENSION = {"install.json", "package.json"}

# Where the front end is not built, or not up to date, it is built first.
pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Names of the files in a wheel of this tree."""
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")))
    with zipfile.ZipFile(path) as opened:
        return set(opened.namelist())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """Names of the files in an sdist of this tree."""
    (path,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("sdist")))
    with tarfile.open(path) as opened:
        return [name.partition("/")[2] for name in opened.getnames()]


def test_a_wheel_holds_the_built_front_end_and_the_package(wheel):
    assert wheel >= BUILT | {"kodonb/__init__.py", "kodonb/py.typed"}


def test_a_wheel_puts_the_extension_where_jupyterlab_looks_for_it_and_nowhere_else(wheel):
    place = "data/share/jupyter/labextensions/kodonb/"
    installed = {name.partition(place)[2] for name in wheel if place in name}
    assert installed >= EXTENSION
    assert [name for name in installed if name.startswith("static/remoteEntry.")]
    assert not [name for name in wheel if name.startswith("kodonb/labextension")]


def test_a_wheel_holds_nothing_but_the_package(wheel):
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"kodonb"}


def test_an_sdist_holds_the_built_front_end_and_its_sources(sdist):
    assert set(sdist) >= BUILT | {
        *(f"kodonb/labextension/{name}" for name in EXTENSION),
        "pyproject.toml",
        "labextension/lab/src/index.ts",
        "labextension/hatch_build.py",
        "labextension/package-lock.json",
        "labextension/src/messages.schema.json",
    }


def test_an_sdist_holds_no_packages_of_others(sdist):
    assert not [name for name in sdist if "node_modules" in name or ".venv" in name]


def test_its_metadata_come_last_in_an_sdist_as_the_build_relies_on(sdist):
    assert sdist[-1] == "PKG-INFO"
