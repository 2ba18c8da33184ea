"""The stand-in for a language model says on the wire what OpenAI's chat API says."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "notebooks" / "local_llm.py"
SCHEMA = {
    "type": "object",
    "properties": {
        "about": {"enum": ["app", "bike"]},
        "days": {"type": "integer"},
        "urgent": {"type": "boolean"},
        "summary": {"type": "string"},
    },
}
PLAIN = {"model": "stand-in", "messages": [{"role": "user", "content": "green apples, green pears"}]}


@pytest.fixture(scope="module")
def url():
    spec = importlib.util.spec_from_file_location("local_llm", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def call(url):
    """Send a request; return status, headers and the body's text."""

    def send(path="/chat/completions", body=None, key="any"):
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url + path, sent, headers), timeout=10) as response:
                return response.status, response.headers, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    return send


def said(body):
    [choice] = json.loads(body)["choices"]
    return choice["message"]["content"]


def events(body):
    assert body.endswith("\n\n")
    lines = body.removesuffix("\n\n").split("\n\n")
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]


def test_a_completion_has_all_its_parts(call):
    status, headers, body = call(body=PLAIN)
    told = json.loads(body)
    assert status == 200 and headers["Content-Type"] == "application/json"
    assert (told["object"], told["model"]) == ("chat.completion", "stand-in")
    assert isinstance(told["id"], str) and isinstance(told["created"], int)
    [choice] = told["choices"]
    assert (choice["index"], choice["finish_reason"]) == (0, "stop")
    assert choice["message"]["role"] == "assistant"
    assert "green (2)" in choice["message"]["content"] and "stand-in" in choice["message"]["content"]
    usage = told["usage"]
    assert usage["prompt_tokens"] == 4
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_the_same_prompt_gets_the_same_answer(call):
    assert call(body=PLAIN)[2] == call(body=PLAIN)[2]


def test_a_message_may_come_in_parts(call):
    parts = [{"type": "text", "text": "green apples,"}, {"type": "text", "text": "green pears"}]
    body = PLAIN | {"messages": [{"role": "user", "content": parts}]}
    assert call(body=body)[2] == call(body=PLAIN)[2]


def test_a_stream_sends_role_tokens_and_reason_as_events_of_the_same_completion(call):
    status, headers, body = call(body=PLAIN | {"stream": True})
    chunks = events(body)
    assert status == 200 and headers["Content-Type"] == "text/event-stream"
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    choices = [chunk["choices"][0] for chunk in chunks]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    tokens = [choice["delta"]["content"] for choice in choices[1:-1]]
    assert len(tokens) > 10 and "".join(tokens) == said(call(body=PLAIN)[2])
    assert [choice["finish_reason"] for choice in choices] == [None] * (len(choices) - 1) + ["stop"]
    assert choices[-1]["delta"] == {}
    assert not any("usage" in chunk for chunk in chunks)


def test_a_stream_ends_with_usage_if_it_is_asked_for(call):
    *_, last = events(call(body=PLAIN | {"stream": True, "stream_options": {"include_usage": True}})[2])
    assert last["choices"] == []
    assert last["usage"] == json.loads(call(body=PLAIN)[2])["usage"]


def test_tokens_arrive_one_by_one(url):
    request = urllib.request.Request(
        f"{url}/chat/completions",
        json.dumps(PLAIN | {"stream": True}).encode(),
        {"Authorization": "Bearer any"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as response:
        first = json.loads(response.readline().removeprefix(b"data: "))
        assert first["choices"][0]["delta"]["role"] == "assistant"
        assert response.readline() == b"\n"
        assert response.read().endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_is_too_long_is_cut_and_says_so(call, limit, stream):
    body = call(body=PLAIN | {limit: 3, "stream": stream})[2]
    if stream:
        chunks = events(body)
        assert "".join(c["choices"][0]["delta"].get("content", "") for c in chunks) == "I am a"
        assert chunks[-1]["choices"][0]["finish_reason"] == "length"
    else:
        assert said(body) == "I am a"
        assert json.loads(body)["choices"][0]["finish_reason"] == "length"
        assert json.loads(body)["usage"]["completion_tokens"] == 3


@pytest.mark.parametrize("kind", ["json_schema", "json_object"])
def test_json_fits_the_schema_of_the_request_or_of_the_prompt(call, kind):
    talk = [{"role": "user", "content": "My bike is broken for 2 days! Help."}]
    if kind == "json_schema":
        wanted = {"type": kind, "json_schema": {"name": "ticket", "schema": SCHEMA}}
    else:
        wanted = {"type": kind}
        talk.insert(0, {"role": "system", "content": f"Not {{this}}, but JSON like {json.dumps(SCHEMA)}."})
    body = call(body={"model": "stand-in", "messages": talk, "response_format": wanted})[2]
    assert json.loads(said(body)) == {
        "about": "bike",
        "days": 2,
        "urgent": True,
        "summary": "My bike is broken for 2 days!",
    }


def test_a_number_in_words_is_mended_when_that_is_asked_for(call):
    wanted = {"type": "json_schema", "json_schema": {"name": "ticket", "schema": SCHEMA}}
    talk = [{"role": "user", "content": "The app fails since three days."}]
    first = said(call(body=PLAIN | {"messages": talk, "response_format": wanted})[2])
    assert json.loads(first)["days"] == "three"
    talk += [{"role": "assistant", "content": first}, {"role": "user", "content": "days: not a number"}]
    assert json.loads(said(call(body=PLAIN | {"messages": talk, "response_format": wanted})[2]))["days"] == 3


def test_models_are_listed(call):
    told = json.loads(call("/models")[2])
    assert told["object"] == "list"
    assert [(model["id"], model["object"]) for model in told["data"]] == [("stand-in", "model")]


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({"key": "", "body": PLAIN}, 401, "invalid_api_key"),
        ({"key": "", "path": "/models"}, 401, "invalid_api_key"),
        ({"body": PLAIN | {"model": "gpt-x"}}, 404, "model_not_found"),
        ({"body": PLAIN, "path": "/embeddings"}, 404, None),
        ({"path": "/chat/completions"}, 404, None),
        ({"body": b"{not json"}, 400, None),
        ({"body": b"[]"}, 400, None),
        ({"body": {"model": "stand-in"}}, 400, None),
        ({"body": PLAIN | {"messages": ["hello"]}}, 400, None),
        ({"body": PLAIN | {"response_format": {"type": "json_schema"}}}, 400, None),
    ],
)
def test_errors_have_the_shape_that_clients_know(call, request_, status, code):
    got, headers, body = call(**request_)
    assert (got, headers["Content-Type"]) == (status, "application/json")
    error = json.loads(body)["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["code"]) == ("invalid_request_error", code) and error["message"]


def test_it_runs_as_a_script():
    command = [sys.executable, SCRIPT, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        try:
            url = process.stdout.readline().split()[0].removeprefix("OPENAI_BASE_URL=")
            request = urllib.request.Request(f"{url}/models", headers={"Authorization": "Bearer any"})
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(request, timeout=10) as response:
                assert json.load(response)["data"][0]["id"] == "stand-in"
        finally:
            process.kill()


def test_it_stays_short_and_needs_only_the_standard_library():
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 150
    imported = {
        line.split()[1].partition(".")[0]
        for line in text.splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names
