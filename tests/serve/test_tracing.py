"""Spans of requests and launches, where somebody asks for them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from kodonb.serve import ServeAPI, tracing
from tests.serve import samples


@pytest.fixture
def exporter(monkeypatch):
    """What the provider of this process exports, for one test."""
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr("opentelemetry.trace._TRACER_PROVIDER", provider)
    yield kept
    provider.shutdown()


def test_a_launch_is_a_span_in_that_of_its_request_and_names_its_run(exporter, serve):
    app = ServeAPI(access=None)
    app.include(samples.double)
    client = serve(app)
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    run = client.post("/double", json={"n": 1}, headers={"traceparent": parent}).json()["run"]
    client.get("/health")
    client.get("/ready")
    client.get("/metrics")
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert set(spans) == {"launch", "POST /double"}
    launch, request = spans["launch"], spans["POST /double"]
    assert launch.attributes == {"kodonb.flow.name": "double", "kodonb.run.id": run}
    assert request.attributes["kodonb.run.id"] == run
    assert launch.parent.span_id == request.context.span_id
    assert f"{request.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"


def test_a_launch_that_fails_says_so(exporter, serve):
    app = ServeAPI(access=None)
    app.include(samples.double)
    serve(app).post("/double", json={"n": -1})
    [launch] = [span for span in exporter.get_finished_spans() if span.name == "launch"]
    assert not launch.status.is_ok and "kodonb.run.id" not in launch.attributes


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, []),
        ({"OTEL_TRACES_EXPORTER": "none"}, []),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, ["console", "otlp"]),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, ["otlp"]),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318"}, ["otlp"]),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_TRACES_EXPORTER": "none"}, []),
        ({"OTEL_TRACES_EXPORTER": "console", "OTEL_SDK_DISABLED": "true"}, []),
    ],
    ids=str,
)
def test_the_standard_variables_ask_for_spans(monkeypatch, environment, expected):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert tracing.wanted() == expected


PROGRAM = """
import asyncio, httpx, logging
import kodonb as kb
from kodonb.serve import ServeAPI
from tests.serve import samples

logging.basicConfig()
kb.connect("inline")
app = ServeAPI(access=None)
app.include(samples.double)

async def main():
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            print((await client.post("/double", json={"n": 1})).json()["run"])

asyncio.run(main())
kb.disconnect()
"""


def run_program(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout, done.stderr


def test_a_service_exports_its_spans_when_it_is_asked_to(home, monkeypatch):
    out, _ = run_program(monkeypatch, OTEL_TRACES_EXPORTER="console", OTEL_SERVICE_NAME="sums")
    assert f'"kodonb.run.id": "{out.splitlines()[0]}"' in out
    assert '"service.name": "sums"' in out and '"name": "POST /double"' in out


def test_an_exporter_that_is_not_installed_is_told_and_nothing_fails(home, monkeypatch):
    out, log = run_program(monkeypatch, OTEL_TRACES_EXPORTER="nonsense")
    assert len(out.split()) == 1
    assert "'nonsense': install a package that provides it" in log
