"""An LLM asks a language model, over the formats that servers really speak."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from kodonb.kumeo.agents import AgentError, MemorySite, Message, opened
from kodonb.kumeo.agents.chatting import answering, talking
from kodonb.kumeo.agents.chatting.pacing import Paced
from tests.kumeo.agents.servers import events, lines, saying, serving, stand_in

SCHEMA = {
    "type": "object",
    "properties": {"days": {"type": "integer"}, "about": {"enum": ["app", "bike"]}},
    "required": ["days", "about"],
}


@pytest.fixture(scope="module")
def local():
    module = stand_in()
    server = module.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(message):
    """Serve answers, and ask once; return the result, the site, and the requests."""

    async def go(answers, inputs=None, *, provider="ollama", site=None, **arguments):
        with serving(saying(*answers)) as (url, seen):
            site = site or MemorySite()
            site.environment |= {"OLLAMA_HOST": url, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "sk-1"}
            agent = await opened(
                "LLM", {"engine": f"{provider}/m", "prompt": "p {{data}}", **arguments}, site
            )
            try:
                return await agent.process(inputs, message), site, [json.loads(body) for _, _, body in seen]
            finally:
                await agent.close()

    return go


async def test_a_server_that_speaks_openais_format_streams_its_answer(run, local):
    site = MemorySite(environment={"OPENAI_BASE_URL": local, "OPENAI_API_KEY": "any"})
    arguments = {"prompt": "Count: {{text}}", "price": {"input": 1_000_000, "output": 2_000_000}}
    found = await run(
        "LLM", {"text": "green apples, green pears"}, site, engine="openai/stand-in", **arguments
    )
    tokens = [payload["text"] for kind, payload in site.events if kind == "agent"]
    assert "green (2)" in found and "".join(tokens) == found and tokens[0] == "I"  # at once
    assert {payload["what"] for _, payload in site.events} == {"token"}
    [read], [written] = site.metrics["llm_prompt_tokens"], site.metrics["llm_completion_tokens"]
    assert site.metrics["llm_cost"] == [read + 2 * written]
    assert site.metrics["llm_latency"][0] >= site.metrics["llm_first_token"][0] > 0


async def test_an_answer_that_does_not_fit_its_schema_is_given_back_to_be_mended(run, local):
    site = MemorySite(environment={"OPENAI_BASE_URL": local, "OPENAI_API_KEY": "any"})
    arguments = {"prompt": "{{text}}", "output_schema": SCHEMA}
    found = await run(
        "LLM", {"text": "my bike is broken since three days"}, site, engine="openai/stand-in", **arguments
    )
    assert found == {"days": 3, "about": "bike"}  # the stand-in writes "three" at first
    assert len(site.metrics["llm_latency"]) == 2


async def test_ollamas_format_streams_too(ask):
    found, site, [request] = await ask(
        [lines("Hel", "lo")], {"a": 1}, temperature=0.5, max_tokens=7, keep_alive="5m", num_ctx=99
    )
    assert found == "Hello"
    assert [payload["text"] for _, payload in site.events] == ["Hel", "lo"]
    assert request == {
        "model": "m", "messages": [{"role": "user", "content": 'p {"a": 1}'}], "stream": True, "keep_alive": "5m",
        "options": {"temperature": 0.5, "num_predict": 7, "num_ctx": 99},
    }  # fmt: skip
    assert site.metrics["llm_prompt_tokens"] == [3]


async def test_ollama_is_given_the_schema(ask):
    found, _, [request] = await ask([lines('{"days": 1, ', '"about": "app"}')], output_schema=SCHEMA)
    assert found == {"days": 1, "about": "app"}
    assert request["format"] == SCHEMA
    assert json.dumps(SCHEMA) in request["messages"][0]["content"]


@pytest.mark.parametrize(
    "provider",
    [{"ollama": {"model": "m", "temperature": 0.7}}, {"name": "ollama", "model": "m", "temperature": 0.7}],
)
async def test_a_provider_may_be_an_object(message, provider):
    with serving(saying(lines("x"))) as (url, seen):
        agent = await opened(
            "LLM", {"provider": provider, "prompt": "p"}, MemorySite(environment={"OLLAMA_HOST": url})
        )
        assert await agent.process({}, message) == "x"
        await agent.close()
    request = json.loads(seen[0][2])
    assert (request["model"], request["options"]) == ("m", {"temperature": 0.7})


async def test_the_key_comes_from_the_environment_and_goes_nowhere_else(message):
    with serving(saying(events("x"))) as (url, seen):
        site = MemorySite(environment={"MISTRAL_BASE_URL": url, "MISTRAL_API_KEY": "sk-9"})
        agent = await opened("LLM", {"engine": "mistral/small/v2", "prompt": "p"}, site)
        assert await agent.process({}, message) == "x"
        await agent.close()
    [(path, headers, body)] = seen
    assert path == "/chat/completions" and headers["Authorization"] == "Bearer sk-9"
    assert json.loads(body)["model"] == "small/v2"
    assert "sk-9" not in repr(site.events) + body.decode()


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ({"engine": "openai/m"}, {}, "OPENAI_API_KEY"),
        ({"engine": "mistral/m"}, {}, "MISTRAL_BASE_URL"),
        ({"engine": "openai/m"}, {"OPENAI_API_KEY": "a\nb"}, "characters"),
        ({"engine": "x/m", "base_url": "file:///etc/passwd"}, {}, "no address"),
        ({"engine": "x/m", "base_url": "http://user:pass@host/v1"}, {}, "password"),
        ({"provider": "ollama"}, {}, "no model"),
        ({"engine": "ollama/m", "output_schema": {"type": "wat"}}, {}, "JSON Schema"),
        ({"engine": "ollama/m", "prompt": "{{context.nothing}}"}, {}, "context.nothing"),
        ({"engine": "ollama/m", "repairs": -1}, {}, "repairs"),
        ({}, {}, "needs `engine`"),
    ],
)
async def test_what_is_missing_or_malformed_is_told_when_it_is_opened(arguments, environment, said):
    with pytest.raises(AgentError) as error:
        await opened("LLM", {"prompt": "p", **arguments}, MemorySite(environment=environment))
    assert said in str(error.value)


async def test_what_the_server_does_not_know_is_left_out_from_then_on(ask):
    refusals = [
        (
            400,
            "application/json",
            [json.dumps({"error": {"message": f"unknown field {name}", "param": name}})],
        )
        for name in ("response_format", "stream_options")
    ]
    maximum = (
        400,
        "application/json",
        ['{"error": {"message": "Use max_completion_tokens instead of max_tokens"}}'],
    )
    found, _, requests = await ask(
        [*refusals, maximum, events('{"days": 2, "about": "app"}')],
        provider="openai",
        output_schema=SCHEMA,
        max_tokens=9,
    )
    assert found == {"days": 2, "about": "app"}
    assert not {"response_format", "stream_options", "max_tokens"} & set(requests[-1])
    assert requests[-1]["max_completion_tokens"] == 9


async def test_a_server_that_does_not_stream_is_understood(ask):
    whole = {
        "choices": [{"message": {"role": "assistant", "content": "all at once"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    found, site, _ = await ask([(200, "application/json", [json.dumps(whole)])], provider="openai")
    assert found == "all at once"
    assert site.metrics["llm_completion_tokens"] == [2]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('```json\n{"days": 1, "about": "app"}\n```', 1),
        ('<think>{"days": 9}</think> Sure: {"days": 2, "about": "app"} as asked', 2),
        ('  {"days": 3, "about": "bike"}\n', 3),
    ],
)
async def test_json_is_found_in_what_models_put_around_it(ask, text, value):
    found, _, _ = await ask([lines(text)], output_schema=SCHEMA)
    assert found["days"] == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "{",
        '{"days": "x"}',
        "[" * 100_000,
        '{"days": NaN, "about": "app"}',
        '{"days": 1e999, "about": "app"}',
    ],
)
async def test_an_answer_that_never_fits_is_an_error_with_the_problems(ask, text):
    with pytest.raises(AgentError, match="KN807") as error:
        await ask([lines(text)], output_schema=SCHEMA, repairs=1)
    assert error.value.details and error.value.transient


async def test_an_answer_that_was_cut_off_is_told(ask):
    _, site, _ = await ask([lines("half of it", reason="length")])
    (told,) = [payload for kind, payload in site.events if kind == "log"]
    assert "max_tokens" in told["message"] and told["level"] == "WARNING"  # lower letters would not be shown


@pytest.mark.parametrize(
    ("answer", "said", "transient"),
    [
        ((401, "application/json", ['{"error": {"message": "bad key"}}']), "401: bad key", False),
        ((404, "application/json", ['{"error": "model not found"}']), "model not found", False),
        ((429, "text/plain", ["slow down"], ("Retry-After", "7")), "slow down", True),
        ((500, "text/html", ["<html>" * 10_000]), "500", True),
        ((301, "text/html", [""], ("Location", "http://192.0.2.1/")), "301", False),
        ((200, "application/x-ndjson", ['{"error": "out of memory"}\n']), "out of memory", True),
        ((200, "application/x-ndjson", ["garbage\n"]), "no JSON", True),
        ((200, "application/x-ndjson", [b"\xff\xfe\n"]), "no JSON", True),
        ((200, "application/x-ndjson", ["[1]\n"]), "no JSON", True),
    ],
)
async def test_what_the_server_refuses_is_told_and_whether_to_try_again(ask, answer, said, transient):
    with pytest.raises(AgentError, match="KN806") as error:
        await ask([answer])
    assert said in error.value.message
    assert error.value.transient is transient
    assert error.value.after == (7 if answer[0] == 429 else 0)


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        (lambda: "0.5", 0.5, 0.5),
        (lambda: format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True), 25, 31),
        (lambda: format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True), 0, 0),
        (lambda: "86400", 3600, 3600),
        (lambda: "nan", 0, 0),
        (lambda: "soon", 0, 0),
    ],
)
async def test_a_server_says_in_seconds_or_by_a_date_how_long_to_wait(ask, said, least, most):
    with pytest.raises(AgentError) as error:
        await ask([(503, "text/plain", ["busy"], ("Retry-After", said()))])
    assert least <= error.value.after <= most


@pytest.mark.parametrize(
    "line",
    ['{"choices": []}', '{"choices": null}', '{"choices": [1]}', '{"choices": [{"delta": null}]}', '{"choices": [{"delta": {"content": 5}}]}',
     '{"choices": [{"delta": []}], "usage": 5}', '{"usage": {"prompt_tokens": -1, "completion_tokens": "x"}}'],
)  # fmt: skip
async def test_odd_pieces_of_an_answer_add_nothing(ask, line):
    found, _, _ = await ask(
        [(200, "text/event-stream", [": comment\n\n", f"data: {line}\n\n", "data: [DONE]\n\n"])],
        provider="openai",
    )
    assert found == ""


async def test_a_refusal_of_the_model_is_an_error(ask):
    refusal = '{"choices": [{"delta": {"refusal": "I must not"}}]}'
    with pytest.raises(AgentError, match="I must not"):
        await ask([(200, "text/event-stream", [f"data: {refusal}\n\n"])], provider="openai")


async def test_an_answer_without_end_is_cut(ask):
    part = json.dumps({"message": {"content": "x" * 100_000}, "done": False}) + "\n"
    with pytest.raises(AgentError, match="4,000,000"):
        await ask([(200, "application/x-ndjson", (part for _ in range(100)))])
    with pytest.raises(AgentError, match="without end"):
        await ask([(200, "application/x-ndjson", ("x" * 100_000 for _ in range(100)))])


async def test_a_server_that_is_not_there_is_told():
    agent = await opened(
        "LLM", {"engine": "ollama/m", "prompt": "p"}, MemorySite(environment={"OLLAMA_HOST": "127.0.0.1:1"})
    )
    with pytest.raises(AgentError, match="does not answer") as error:
        await agent.process({}, Message())
    assert error.value.transient
    await agent.close()


async def test_a_model_that_falls_silent_is_not_waited_for_for_ever():
    over = threading.Event()

    def parts():
        yield '{"message": {"content": "x"}}\n'
        over.wait(10)

    with serving(saying((200, "application/x-ndjson", parts()))) as (url, _):
        arguments = {"engine": "ollama/m", "prompt": "p", "patience": "200ms"}
        agent = await opened("LLM", arguments, MemorySite(environment={"OLLAMA_HOST": url}))
        with pytest.raises(AgentError, match="KN806"):
            await asyncio.wait_for(agent.process({}, Message()), 5)
        await agent.close()
        over.set()


async def test_data_in_a_prompt_is_never_read_as_a_placeholder(ask):
    _, _, [request] = await ask([lines("x")], {"text": "{{secret}} ${env.KEY}"}, prompt="{{text}}")
    assert request["messages"][-1]["content"] == "{{secret}} ${env.KEY}"


async def test_context_that_the_prompt_does_not_mention_is_told_beside_it(ask, tmp_path):
    (tmp_path / "rules.md").write_text("Be kind.")
    (tmp_path / "rates.json").write_text('{"eur": 1}')
    site = MemorySite(
        tmp_path,
        sections={"data": {"rules": "rules.md", "rates": {"file": "rates.json", "description": "x"}}},
    )
    context = {
        "context": ["data.rules", "data.rates"],
        "prompt": "{{context.rates.eur}}",
        "system": "Answer in Spanish.",
    }
    _, _, [request] = await ask([lines("x")], {}, site=site, **context)
    system, user = request["messages"]
    assert user["content"] == "1"
    assert (
        system["content"].startswith("Answer in Spanish.")
        and "Be kind." in system["content"]
        and "eur" not in system["content"]
    )


async def test_without_a_prompt_the_input_is_the_prompt(message):
    with serving(saying(lines("x"))) as (url, seen):
        agent = await opened("LLM", {"engine": "ollama/m"}, MemorySite(environment={"OLLAMA_HOST": url}))
        await agent.process("hello", message)
        await agent.close()
    assert json.loads(seen[0][2])["messages"] == [{"role": "user", "content": "hello"}]


async def test_a_fast_model_does_not_flood_the_log_and_nothing_of_its_answer_is_missing(ask):
    words = [f"{number} " for number in range(2000)]
    found, site, _ = await ask([lines(*words)])
    told = [payload["text"] for kind, payload in site.events if kind == "agent"]
    seconds = site.metrics["llm_latency"][0]
    assert "".join(told) == found == "".join(words)
    assert told[0].startswith("0 ") and 2 <= len(told) <= 2 + seconds * 20


async def test_pieces_that_come_slowly_are_told_as_they_come():
    told = []
    with Paced(told.append, pause=0.02) as paced:
        paced.say("a")
        paced.say("b")
        paced.say("c")
        assert told == ["a"]
        await asyncio.sleep(0.1)
        assert told == ["a", "bc"]  # though nothing has come since
        paced.say("d")
        assert told == ["a", "bc", "d"]


async def test_what_came_before_an_error_is_told():
    told = []

    def fail():
        with Paced(told.append, pause=60) as paced:
            paced.say("a")
            paced.say("b")
            raise ValueError("it is over")

    with pytest.raises(ValueError, match="over"):
        fail()
    assert told == ["a", "b"]


async def test_requests_leave_no_lines_in_the_users_log_and_those_of_the_user_still_do(ask, caplog):
    caplog.set_level(logging.INFO)
    with serving(saying((200, "text/plain", ["."]))) as (url, _):
        await ask([lines("Hello")])
        async with httpx.AsyncClient() as client:
            await client.get(f"{url}/mine")
    [said] = [each.getMessage() for each in caplog.records if each.name == "httpx"]
    assert "/mine" in said


@pytest.mark.parametrize("text", ["```\n" + " " * 1_000_000, "```json\n" * 100_000, "```" + " \n" * 300_000])
def test_an_answer_that_never_ends_its_fence_is_read_in_no_time(text):
    began = time.process_time()
    with pytest.raises(ValueError, match="no JSON"):
        answering.read(text)
    assert time.process_time() - began < 10  # seconds; it took half an hour when spaces were tried one by one


def test_json_in_a_fence_is_read_with_whatever_stands_around_it():
    assert answering.read('Here:\n```json\n{"a": 1}\n \t```\nThat is all.') == {"a": 1}


async def test_a_line_in_many_parts_is_put_together_once():
    parts = ["a", "b\r\nc\n\n", "", "d", *["e" * 100] * 30_000, "\nlast"]

    class Response:
        async def aiter_text(self):
            for part in parts:
                yield part

    began = time.process_time()
    found = [line async for line in talking._lines(Response())]
    assert found == ["ab", "c", "", "d" + "e" * 3_000_000, "last"]
    assert time.process_time() - began < 5  # seconds


@pytest.mark.parametrize("proxy", ["me:hush@proxy:3128", "ftp://me:hush@proxy", "http://me:hush@proxy:port"])
async def test_a_proxy_that_is_none_is_told_without_its_password(proxy):
    environment = {"OPENAI_BASE_URL": "https://h/v1", "OPENAI_API_KEY": "k", "HTTPS_PROXY": proxy}
    with pytest.raises(AgentError, match=r"KN806.*HTTPS_PROXY") as caught:
        await opened("LLM", {"engine": "openai/m", "prompt": "p"}, MemorySite(environment=environment))
    assert "hush" not in str(caught.value)
