"""``serve``: the package as an HTTP service, with its tests and its Ray Serve config."""

from __future__ import annotations

import json
from typing import Any, Final

from kodonb.export.filling import fill
from kodonb.export.service import UNKNOWN, Case, Files, Service
from kodonb.export.targets.module import TARGET as MODULE
from kodonb.export.targets.serving import config

_SHORT: Final = 2000  # characters of JSON that an example may have


class ServeTarget:
    """Writes the application, how Ray Serve runs it, its tests and its README."""

    name = "serve"
    summary = "the package as an HTTP service on Ray Serve"

    def files(self, service: Service) -> Files:
        """Return the package and what serves it."""
        inside = f"src/{service.package}"
        return {
            **MODULE.files(service),
            "pyproject.toml": fill("pyproject.toml", service=service, serves=True),
            f"{inside}/app.py": fill("app.py", service=service, examples=_examples(service)),
            f"{inside}/replica.py": fill("replica.py", service=service),
            "serve.yaml": config(service),
            "tests/test_contract.py": fill(
                "test_contract.py", service=service, cases=map(_told, service.cases)
            ),
            "README.md": fill("README.md", service=service, examples=_examples(service)),
        }


def _examples(service: Service) -> dict[str, list[Any]]:
    """Return what the notebook calls each flow with."""
    return {
        flow.name: [case.inputs for case in service.cases if case.flow == flow.name and _is_short(case)]
        for flow in service.flows
    }


def _is_short(case: Case) -> bool:
    return len(json.dumps(case.inputs)) <= _SHORT


def _told(case: Case) -> dict[str, Any]:
    told: dict[str, Any] = {"where": case.where, "flow": case.flow, "inputs": dict(case.inputs)}
    if case.answers:
        told["answers"] = [dict(answer) for answer in case.answers]
    return told if case.result is UNKNOWN else {**told, "result": case.result}


TARGET = ServeTarget()
"""What the entry point names."""
