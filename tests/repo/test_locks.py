"""Lock files name what is installed, not where from: so it installs from any mirror, and nobody's shows up here."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_python_lock_holds_hashes_and_no_address():
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"://|^\s*--(?:index|extra-index|find-links|trusted)", text, re.MULTILINE)
    names = re.findall(r"^[\w.-]+==", text, re.MULTILINE)
    assert len(names) > 100
    assert len(re.findall(r"^[\w.-]+==[^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(names)


def test_the_npm_lock_holds_hashes_and_no_address():
    text = (ROOT / "labextension" / "package-lock.json").read_text(encoding="utf-8")
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [name for name, package in packages.items() if "integrity" not in package]
    assert "registry." not in text


def test_what_slows_every_kernel_is_left_out():
    assert "rfc3987-syntax" not in (ROOT / "requirements.lock").read_text(encoding="utf-8")
