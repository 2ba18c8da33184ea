from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from kodonb.export.targets.image import TARGET
from tests.export.made import service, write


@pytest.fixture
def lines():
    """The instructions of a Dockerfile, each on one line."""
    return _instructions(TARGET.files(service())["Dockerfile"])


def test_hadolint_finds_nothing_in_the_dockerfile(tmp_path):
    folder = write(TARGET.files(service(title='Digits, "hard" $ones \\ others')), tmp_path)
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--no-color", folder / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_base_is_pinned_to_the_python_that_ran(lines):
    assert "ARG PYTHON=3.11.9" in lines
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert set(bases) == {"python:${PYTHON}-slim-bookworm"}


def test_the_last_user_is_a_number_and_not_root(lines):
    assert [line for line in lines if line.startswith("USER")][-1] == "USER 1000:1000"


def test_nothing_is_installed_but_in_versions_that_are_pinned(lines):
    installs = [line for line in lines if "pip install" in line]
    assert len(installs) == 2
    assert re.search(r" uv==\d+\.\d+\.\d+ ", installs[0])
    assert "--constraints constraints.txt" in installs[1] and "--find-links wheels" in installs[1]
    assert not [line for line in lines if "apt-get" in line or "curl" in line or line.startswith("ADD")]


def test_the_driver_of_postgresql_is_in_the_image_and_pinned(lines):
    pins = dict(line.split("==") for line in TARGET.files(service())["constraints.txt"].splitlines())
    assert pins["psycopg"] == metadata.version("psycopg")
    assert pins["ray"] == "2.60.0"  # as the service pins it
    assert list(pins) == sorted(pins)
    assert next(line for line in lines if "uv pip install" in line).endswith('"kodonb[postgres]"')


def test_no_cache_stays_in_the_image(lines):
    assert all("--no-cache" in line for line in lines if "pip install" in line)


def test_requirements_are_installed_before_the_code_comes(lines):
    # So that a change of the code builds in seconds.
    last = [line.startswith("FROM") for line in lines].index(True, 2)
    names = [line for line in lines if line.startswith("COPY")]
    assert names[0] == "COPY pyproject.toml constraints.txt ./"
    assert [line.startswith("COPY src") for line in lines].index(True) > last


def test_what_the_dockerfile_copies_is_let_in_and_nothing_else():
    files = TARGET.files(service()) | {"provenance.json": ""}
    copied = {
        name
        for line in _instructions(files["Dockerfile"])
        if line.startswith("COPY") and "--from" not in line
        for name in line.split()[1:-1]
    }
    assert copied == {line[1:] for line in files[".dockerignore"].splitlines() if line.startswith("!")}
    assert all(any(path == name or path.startswith(f"{name}/") for path in files) for name in copied)


@pytest.mark.parametrize(
    "name", ["k8s/secrets.env", "keys.json", ".git/config", "src/digits/.env", "src/digits/__pycache__/a.pyc"]
)
def test_secrets_and_leftovers_stay_out_of_the_image(name):
    assert not _let_in(TARGET.files(service())[".dockerignore"], name)


def test_the_code_is_let_into_the_image():
    assert _let_in(TARGET.files(service())[".dockerignore"], "src/digits/flows.py")


def test_a_title_cannot_break_out_of_its_label():
    files = TARGET.files(service(title='a"\nRUN rm -rf / $HOME \\', version='1" $x'))
    lines = _instructions(files["Dockerfile"])
    assert not [line for line in lines if line.startswith("RUN rm")]
    label = next(line for line in lines if line.startswith("LABEL"))
    assert 'title="a\\" RUN rm -rf / \\$HOME \\\\"' in label
    assert 'version="1\\" \\$x"' in label


def test_the_container_answers_on_the_port_that_it_exposes(lines):
    assert "EXPOSE 8000" in lines
    commands = [line.split(" ", 1)[1] for line in lines if line.startswith("CMD")]
    assert json.loads(commands[0])[:6] == ["uvicorn", "digits.app:app", "--host", "0.0.0.0", "--port", "8000"]
    assert len(commands) == 1
    assert any(line.startswith("HEALTHCHECK") and "127.0.0.1:8000/health" in line for line in lines)


def test_the_dockerfile_does_not_change_with_the_commit():
    # Or the export would differ from itself as soon as it is committed; who builds tells the revision.
    first, second = (TARGET.files(service(commit=commit))["Dockerfile"] for commit in ("a" * 40, "b" * 40))
    assert first == second
    assert 'org.opencontainers.image.revision="${REVISION}"' in first


def _instructions(text):
    joined = re.sub(r"\\\n\s*", "", text)
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def _let_in(ignored, name):
    """Whether a .dockerignore lets a file in: the last line that fits it, or a folder above it, decides."""
    let = True
    above = [str(part) for part in Path(name).parents if str(part) != "."]
    for line in ignored.splitlines():
        if line and not line.startswith("#"):
            shape = line.lstrip("!").removeprefix("**/")
            known = [Path(each).name for each in (name, *above)] if "**/" in line else [name, *above]
            if any(fnmatch.fnmatch(each, shape) for each in known):
                let = line.startswith("!")
    return let
