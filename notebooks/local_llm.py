"""A stand-in for a language model: it speaks the wire format of OpenAI's chat API, and understands nothing.

Its answer follows from the prompt alone: the same every time, without a network. Asked for JSON, it fills the schema
that comes with the request, or is found in the prompt, from the first message; otherwise it counts words. It makes one
mistake on purpose, as models do: a number that is spelt out ("three") stays a word, until a second message asks to mend
that. The format: https://platform.openai.com/docs/api-reference/chat

    python notebooks/local_llm.py --port 8000
"""
# ruff: noqa: D102, INP001, N815, T201 - a script beside notebooks, not a package; its handler is no API

import argparse
import json
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "stand-in"
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def refusal(status: int, message: str, code: str | None = None, param: str | None = None) -> tuple[int, Any]:
    """Return status and body of an error, in OpenAI's shape."""
    error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}
    return status, {"error": error}


def content(message: dict[str, Any]) -> str:
    """Return the text of a message, which is a string or a list of parts."""
    said = message.get("content") or ""
    return said if isinstance(said, str) else " ".join(part.get("text", "") for part in said)


def schema_of(request: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of the JSON that is asked for; `None` if text is."""
    wanted = request.get("response_format") or {"type": "text"}
    if wanted["type"] == "json_schema":
        return wanted["json_schema"]["schema"]
    prompt = "\n".join(map(content, request["messages"]))
    for brace in re.finditer(r"\{", prompt) if wanted["type"] == "json_object" else ():
        try:
            found, _ = json.JSONDecoder().raw_decode(prompt, brace.start())
        except ValueError:
            continue
        if "properties" in found:
            return found
    return {} if wanted["type"] == "json_object" else None


def filled(field: dict[str, Any], text: str, *, mended: bool) -> Any:
    """Return a value for one field of a schema, from what the text says."""
    if "enum" in field:
        return next((value for value in field["enum"] if str(value) in text.lower()), field["enum"][0])
    if field.get("type") == "boolean":
        return "!" in text
    if field.get("type") in {"integer", "number"}:
        said = re.search(rf"\d+|\b({'|'.join(NUMBERS)})\b", text.lower())
        word = said[0] if said else "0"
        return int(word) if word.isdigit() else NUMBERS.index(word) if mended else word
    return re.split(r"(?<=[.!?])\s", text.strip())[0]


def answer(request: dict[str, Any]) -> str:
    """Return what the stand-in says to a request."""
    asked = [content(message) for message in request["messages"] if message["role"] == "user"] or [""]
    schema = schema_of(request)
    if schema is not None:
        fields = schema.get("properties", {}).items()
        return json.dumps({key: filled(field, asked[0], mended=len(asked) > 1) for key, field in fields})
    words = Counter(re.findall(r"[a-z]{4,}", asked[-1].lower()))
    often = ", ".join(f"{word} ({count})" for word, count in words.most_common(3))
    return f"I am a stand-in: I understand nothing, but I can count. Of the longer words I read most often {often}."


def chunks(told: dict[str, Any], said: list[str], reason: str, usage: Any) -> list[dict[str, Any]]:
    """Return the parts of a streamed answer: role, tokens, reason for the end, and usage where it was asked for."""
    told = told | {"object": "chat.completion.chunk"}
    deltas = [{"role": "assistant", "content": ""}, *({"content": token} for token in said), {}]
    choices = [{"index": 0, "delta": delta, "finish_reason": None if delta else reason} for delta in deltas]
    last = [told | {"choices": [], "usage": usage}] if usage else []
    return [told | {"choices": [choice]} for choice in choices] + last


def complete(body: bytes) -> tuple[int, Any]:
    """Return status and answer: a dict, or a list of dicts that is streamed."""
    try:
        request = json.loads(body)
        whole = re.findall(r"\s*\S+", answer(request))  # a word is a token
        read = sum(len(content(message).split()) for message in request["messages"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return refusal(400, "The request is not one for a chat completion.", param="messages")
    if request.get("model") != MODEL:
        return refusal(404, f"The model `{request.get('model')}` does not exist.", "model_not_found", "model")
    said = whole[: request.get("max_completion_tokens") or request.get("max_tokens")]
    reason = "stop" if said == whole else "length"
    usage = {"prompt_tokens": read, "completion_tokens": len(said), "total_tokens": read + len(said)}
    told = {"id": f"chatcmpl-{read}-{len(said)}", "created": 0, "model": MODEL}
    if request.get("stream"):
        options = request.get("stream_options") or {}
        return 200, chunks(told, said, reason, usage if options.get("include_usage") else None)
    message = {"role": "assistant", "content": "".join(said), "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return 200, told | {"object": "chat.completion", "choices": [choice], "usage": usage}


class Handler(BaseHTTPRequestHandler):
    """Answers `GET /v1/models` and `POST /v1/chat/completions`."""

    def do_GET(self) -> None:
        status, found = self.found(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self.send_response(status)
        self.send_header("Content-Type", "text/event-stream" if type(found) is list else "application/json")
        self.end_headers()
        events = [f"data: {json.dumps(part)}\n\n" for part in found] + ["data: [DONE]\n\n"]
        for part in events if type(found) is list else [json.dumps(found)]:
            self.wfile.write(part.encode())  # leaves at once: this file has no buffer

    do_POST = do_GET

    def found(self, body: bytes) -> tuple[int, Any]:
        if not re.fullmatch(r"Bearer \S+", self.headers.get("Authorization", "")):
            return refusal(401, "You didn't provide an API key.", "invalid_api_key")
        if (self.command, self.path) == ("POST", "/v1/chat/completions"):
            return complete(body)
        if (self.command, self.path) == ("GET", "/v1/models"):
            model = {"id": MODEL, "object": "model", "created": 0, "owned_by": "nobody"}
            return 200, {"object": "list", "data": [model]}
        return refusal(404, f"Invalid URL ({self.command} {self.path})")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def start(port: int = 0) -> ThreadingHTTPServer:
    """Serve on this machine from a thread, until `shutdown` and `server_close`; port 0 takes a free one."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=8000)
    with ThreadingHTTPServer(("127.0.0.1", options.parse_args().port), Handler) as made:
        print(f"OPENAI_BASE_URL=http://127.0.0.1:{made.server_port}/v1 OPENAI_MODEL={MODEL}", flush=True)
        made.serve_forever()
