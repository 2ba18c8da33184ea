"""The front end that was built, and what it is built from, keep to what they promise."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "kodonb" / "widgets" / "static"
EXTENSION = ROOT / "kodonb" / "labextension"
LIMIT = 100 * 1024
NAMES = (
    "http://www.w3.org/",
    "https://svelte.dev/e/",
)  # namespaces, and links in error messages: never fetched

MAKES_CODE = re.compile(r"\beval\(|\bnew Function\b|\bFunction\(")


@pytest.fixture(params=["run", "form", "runs"])
def bundle(request):
    path = STATIC / f"{request.param}.js"
    assert path.exists(), "the front end is not built: bash .ci/npm"
    return path.read_bytes()


def test_the_types_of_messages_are_those_of_the_kernel():
    says = subprocess.run([sys.executable, ROOT / ".ci" / "messages.py"], stdout=subprocess.PIPE, check=True)
    kept = ROOT / "labextension" / "src" / "messages.schema.json"
    assert json.loads(kept.read_bytes()) == json.loads(says.stdout), "write it anew: make messages"


def test_front_end_and_kernel_speak_the_same_version():
    from kodonb.widgets.messages import PROTOCOL

    assert json.loads((STATIC / "manifest.json").read_bytes()) == {"protocol": PROTOCOL}


def test_a_bundle_is_small(bundle):
    assert len(bundle) <= LIMIT


def test_a_bundle_needs_nothing_from_the_network(bundle):
    assert _addresses(bundle.decode()) == []


def test_a_bundle_is_one_file(bundle):
    assert not re.search(r"\bimport\b\s*[\w{*\"'(]|\bfrom\s*[\"']", _without_strings(bundle.decode()))


def test_a_bundle_makes_no_code_from_text_so_a_strict_content_policy_lets_it_run(bundle):
    assert not MAKES_CODE.search(bundle.decode())


def test_jupyterlabs_extension_needs_nothing_from_the_network_and_makes_no_code_from_text():
    scripts = [path.read_text() for path in (EXTENSION / "static").glob("*.js")]
    assert len(scripts) >= 2, "the front end is not built: bash .ci/npm"
    assert [_addresses(script) for script in scripts] == [[]] * len(scripts)
    assert not any(map(MAKES_CODE.search, scripts))


def test_all_parts_have_the_version_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    front = ROOT / "labextension"
    parts = [front / "package.json", front / "package-lock.json", front / "lab" / "package.json"]
    told = [json.loads(part.read_bytes())["version"] for part in [*parts, EXTENSION / "package.json"]]
    assert told == [version] * 4


def _addresses(code):
    addresses = re.findall(r"\b(?:https?|wss?)://[^\s\"'`\\)]*", code)
    return [address for address in addresses if not address.startswith(NAMES)]


def _without_strings(code):
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', code)
