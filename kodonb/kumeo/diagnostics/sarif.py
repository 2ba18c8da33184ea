"""Diagnostics in the format that code scanning reads: SARIF 2.1.0.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from kodonb.kumeo.diagnostics.codes import CODES, severity
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def document(diagnostics: Sequence[Diagnostic]) -> dict[str, Any]:
    """Return diagnostics as a SARIF log with one run."""
    codes = sorted({one.code for one in diagnostics})
    driver = {
        "name": "kodonb check",
        "version": importlib.metadata.version("kodonb"),
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, codes) for one in diagnostics],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    title = CODES[code]
    return {
        "id": code,
        "shortDescription": {"text": f"{title[0].upper()}{title[1:]}."},
        "defaultConfiguration": {"level": severity(code)},
    }


def _result(one: Diagnostic, codes: list[str]) -> dict[str, Any]:
    region = {
        "startLine": one.line,
        "startColumn": one.column,
        "endLine": one.end_line,
        "endColumn": one.end_column,
    }
    place = {"artifactLocation": _artifact(one.file), "region": region}
    return {
        "ruleId": one.code,
        "ruleIndex": codes.index(one.code),
        "level": one.severity,
        "message": {"text": f"{one.message}; {one.remedy}"},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"kodonb/v1": _fingerprint(one)},
    }


def _artifact(name: str) -> dict[str, str]:
    if Path(name).is_absolute():
        return {"uri": Path(name).as_uri()}
    return {"uri": quote(name), "uriBaseId": "%SRCROOT%"}


def _fingerprint(one: Diagnostic) -> str:
    """Return what stays the same when lines are added above, so that a finding is known again."""
    told = f"{one.code} {one.file} {one.message}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]
