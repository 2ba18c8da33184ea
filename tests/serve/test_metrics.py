"""What a service counts."""

from __future__ import annotations

import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

import kodonb as kb
from kodonb.serve import ServeAPI, metrics
from tests.serve import samples


@pytest.fixture
def app():
    made = ServeAPI(access=None, rate=None)
    for flow in (samples.double, samples.fails, samples.asks):
        made.include(flow)
    return made


@pytest.fixture
def client(serve, app):
    return serve(app)


def counted(client, name, **labels):
    text = client.get("/metrics").text
    samples_ = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return sum(s.value for s in samples_ if s.name == name and labels.items() <= s.labels.items())


def launch(client, path, **inputs):
    run = client.post(path, json=inputs).json()["run"]
    client.get(f"/runs/{run}/result?wait=20")
    return run


def test_launches_and_ends_are_counted_by_flow_and_status(client):
    for n in range(3):
        launch(client, "/double", n=n)
    run = launch(client, "/fails")
    client.post(f"/runs/{run}/retry")
    assert counted(client, "kodonb_launches_total", flow="double") == 3
    assert counted(client, "kodonb_launches_total", flow="fails") == 2
    assert counted(client, "kodonb_runs_ended_total", flow="double", status="finished") == 3
    again = client.get("/runs?flow=fails").json()[0]["id"]
    client.get(f"/runs/{again}/result?wait=20")
    assert counted(client, "kodonb_runs_ended_total", flow="fails", status="error") == 2
    # An end is counted once, however often somebody looks.
    assert counted(client, "kodonb_runs_ended_total") == 5


def test_runs_that_another_process_launched_are_counted_there(client):
    kb.flow(samples.double.function).submit(n=1).wait(20)
    assert counted(client, "kodonb_runs_ended_total") == 0


def test_requests_are_counted_by_route_and_never_by_run(client):
    run = launch(client, "/double", n=1)
    client.get(f"/runs/{run}")
    client.get("/runs/" + "0" * 14)
    client.get("/nothing/here")
    client.post("/double", json={"n": -1})
    client.request("PROPFIND", "/double")
    assert counted(client, "kodonb_requests_total", route="/runs/{run}", status="200") == 1
    assert counted(client, "kodonb_requests_total", route="/runs/{run}", status="404") == 1
    assert counted(client, "kodonb_requests_total", route="unknown", status="404") == 1
    assert counted(client, "kodonb_requests_total", method="POST", route="/double", status="422") == 1
    assert counted(client, "kodonb_requests_total", method="other", route="/double", status="405") == 1
    assert counted(client, "kodonb_request_seconds_count", route="/double", method="POST") == 2
    assert run not in client.get("/metrics").text


def test_open_questions_are_counted(client):
    run = client.post("/asks", json={}).json()["run"]
    until = time.monotonic() + 20
    while counted(client, "kodonb_open_questions", flow="asks") != 1:
        assert time.monotonic() < until
    [lock] = client.get(f"/runs/{run}/locks").json()
    client.post(lock["answer"], json={"yes": True})
    client.get(f"/runs/{run}/result?wait=20")
    assert counted(client, "kodonb_open_questions", flow="asks") == 0


def test_followers_are_counted(client):
    run = client.post("/asks", json={}).json()["run"]
    with client.stream("GET", f"/runs/{run}/events") as answer:
        lines = answer.iter_lines()
        next(lines)
        assert counted(client, "kodonb_followers") == 1
    client.post(f"/runs/{run}/cancel")


def test_applications_count_for_themselves(client, serve):
    launch(client, "/double", n=1)
    other = ServeAPI(access=None)
    other.include(samples.double)
    assert counted(serve(other), "kodonb_launches_total") == 0


def test_scrapers_may_ask_for_openmetrics(client):
    answer = client.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_what_nobody_scrapes_does_not_grow(client, app, monkeypatch):
    monkeypatch.setattr(metrics, "UNTOLD", 3)
    runs = [launch(client, "/double", n=n) for n in range(5)]
    assert list(app._service.metrics._going) == runs[2:]
