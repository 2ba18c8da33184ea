"""A service does what its description says, whatever it is sent."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Annotated, Literal

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from pydantic import BaseModel, Field
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

import kodonb as kb
from kodonb.serve import Launch, ServeAPI
from tests.serve import samples
from tests.serve.conftest import served

LAUNCHES = [
    ("/double", {"n": 1}),
    ("/locate", {"count": 2}),
    ("/place", {}),
    ("/frame", {}),
    ("/hides", {"password": "hunter2"}),
    ("/fails", {}),
    ("/enquiries", {"text": "how?"}),
]
EXAMPLES = 6
"""Cases for each operation and kind of data; hypothesis takes the same ones each time."""


class Enquiry(BaseModel):
    text: Annotated[str, Field(max_length=50)]
    tone: Literal["kind", "plain"] = "plain"
    due: dt.date | None = None
    place: samples.Place | None = None


@kb.flow
def enquiry(text: str, tone: str = "plain", due: dt.date | None = None) -> dict[str, str | None]:
    return {"text": text, "tone": tone, "due": due and due.isoformat()}


@schemathesis.serializer("application/offset+octet-stream")
def octets(context, value):
    return value if isinstance(value, bytes) else str(value).encode()


def application():
    app = ServeAPI(access=None, rate=None, mip003=True)
    for name in ("describe", "double", "locate", "place", "counts", "hides", "frame", "fails", "measure"):
        app.include(getattr(samples, name))

    @app.enter("/enquiries", form=Enquiry)
    def enquire(request, inputs):
        return Launch(request, enquiry, {"text": inputs.text, "tone": inputs.tone, "due": inputs.due})

    return app


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """The application, over HTTP."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("KODONB_HOME", str(tmp_path_factory.mktemp("home")))
        patched.delenv("KODONB_STORE", raising=False)
        kb.connect("inline")
        with served(application()) as url:
            yield url
        kb.disconnect()


@pytest.fixture(scope="module")
def runs(service):
    """Runs that have ended, one of each kind."""
    made = []
    with httpx.Client(base_url=service, timeout=30) as client:
        for path, inputs in LAUNCHES:
            run = client.post(path, json=inputs).json()["run"]
            client.get(f"/runs/{run}/result?wait=20")
            made.append(run)
    return made


schema = schemathesis.openapi.from_dict(application().openapi())


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_its_contract(case, service, runs):
    # Half of all cases ask for a run that is there.
    run = case.path_parameters.get("run") if case.path_parameters else None
    if run is not None and len(str(run)) % 2:
        case.path_parameters["run"] = runs[len(str(run)) % len(runs)]
    case.call_and_validate(base_url=service, timeout=20, excluded_checks=list(excluded(case)))


def excluded(case):
    """Return what is not promised."""
    # Forms are lenient, as pydantic is: they take "1" and true for a number.
    yield negative_data_rejection
    # What a schema allows may still be no time, no input of a job, no part of a file, or a key that was used before.
    loose = case.path.endswith(("/start_job", "/runs")) or case.path.startswith("/files")
    if loose or "Idempotency-Key" in (case.headers or {}):
        yield positive_data_acceptance


def test_what_a_launch_links_to_keeps_its_contract_too(service):
    """Launches, and then whatever their responses lead to, with the ids that are in them."""
    answered = Counter()
    # Of the runs and a few endpoints only, so that chance comes by all of them.
    few = schema.include(path_regex="^/(runs|double|locate|place|fails)(/.*)?$").exclude(tag="mip-003")

    class Workflow(few.as_state_machine()):
        def get_call_kwargs(self, case):
            return {"base_url": service, "timeout": 20}

        def validate_response(self, response, case, **kwargs):
            answered[case.operation.definition.raw["operationId"], response.status_code] += 1
            case.validate_response(response, excluded_checks=list(excluded(case)))

    run_state_machine_as_test(
        Workflow,
        settings=settings(
            max_examples=15,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert answered["look_at_run", 200] and answered["follow_run", 200] and answered["run_locks", 200], (
        answered
    )
