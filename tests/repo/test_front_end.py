"""The front end that was built, and what it is built from, keep to what they promise."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "kodonb" / "widgets" / "static"
LIMIT = 100 * 1024
NAMES = (
    "http://www.w3.org/",
    "https://svelte.dev/e/",
)  # namespaces, and links in error messages: never fetched


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
    addresses = re.findall(r"\b(?:https?|wss?)://[^\s\"'`\\)]*", bundle.decode())
    assert [address for address in addresses if not address.startswith(NAMES)] == []


def test_a_bundle_is_one_file(bundle):
    assert not re.search(r"\bimport\b\s*[\w{*\"'(]|\bfrom\s*[\"']", _without_strings(bundle.decode()))


def test_a_bundle_makes_no_code_from_text_so_a_strict_content_policy_lets_it_run(bundle):
    assert not re.search(r"\beval\(|\bnew Function\b|\bFunction\(", bundle.decode())


def _without_strings(code):
    return re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', code)
