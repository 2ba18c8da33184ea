"""Findings in the format that code scanning reads: SARIF 2.1.0.

Format: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from kodonb.batch.lint.finding import Finding, Report, Unreadable, severity, title
from kodonb.batch.lint.reports.text import place

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def document(report: Report) -> dict[str, Any]:
    """Return the findings as a SARIF log with one run."""
    codes = sorted({finding.code for finding in report.findings})
    driver = {
        "name": "kodonb lint",
        "version": importlib.metadata.version("kodonb"),
        "rules": [_rule(code) for code in codes],
    }
    invocation = {
        "executionSuccessful": not report.unreadable,
        "toolExecutionNotifications": [_notification(found) for found in report.unreadable],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": [_result(finding, codes) for finding in report.findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    told = title(code)
    return {
        "id": code,
        "shortDescription": {"text": f"{told[0].upper()}{told[1:]}."},
        "defaultConfiguration": {"level": severity(code)},
    }


def _result(finding: Finding, codes: list[str]) -> dict[str, Any]:
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(finding.code),
        "level": finding.severity,
        "message": {"text": f"{place(finding)}: {finding.message}; {finding.remedy}"},
        "locations": [_location(finding)],
        "partialFingerprints": {"kodonb/v1": _fingerprint(finding)},
    }


def _location(finding: Finding) -> dict[str, Any]:
    """Return where a finding is: the line in the file, the cell as logical place, and the line in it."""
    found: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": _artifact(finding.path),
            "region": {"startLine": finding.row},
        }
    }
    if finding.cell is not None:
        name = f"cell {finding.cell}"
        found["logicalLocations"] = [{"name": name, "fullyQualifiedName": f"{finding.path}:{name}"}]
        cell = {"cell": finding.cell, "cellId": finding.id, "line": finding.line, "column": finding.column}
        found["properties"] = {name: value for name, value in cell.items() if value}
    return found


def _artifact(path: str) -> dict[str, str]:
    if Path(path).is_absolute():
        return {"uri": Path(path).as_uri()}
    return {"uri": quote(path), "uriBaseId": "%SRCROOT%"}


def _fingerprint(finding: Finding) -> str:
    """Return what stays the same when cells are added above, so that a finding is known again."""
    told = f"{finding.code} {finding.path} {finding.id} {finding.message}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _notification(found: Unreadable) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": f"{found.code}: {found.message}"},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(found.path)}}],
    }
