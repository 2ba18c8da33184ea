"""Servers for tests, each in a thread of this process: language models, webhooks."""

from __future__ import annotations

import importlib.util
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "notebooks" / "local_llm.py"


def stand_in():
    """Return the module of the notebooks' stand-in for a language model, which speaks OpenAI's format."""
    spec = importlib.util.spec_from_file_location("local_llm_of_agents", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def serving(handler):
    """Serve requests with a handler; yield the address, and the requests as they come."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class Said(BaseHTTPRequestHandler):
    """Answers every request with the next of `answers`: status, type, and parts of the body; the last one again and again."""

    answers = [(200, "application/json", ["{}"])]

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.path, dict(self.headers), body))
        status, kind, parts, *more = self.answers[min(len(self.server.seen), len(self.answers)) - 1]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in more:
            self.send_header(name, value)
        self.end_headers()
        try:
            for part in parts:
                self.wfile.write(part if isinstance(part, bytes) else part.encode())
        except OSError:
            pass  # the other side has had enough

    do_GET = do_POST  # noqa: N815 - the name is that of the standard library

    def log_message(self, *_): ...


def saying(*answers):
    """Return a handler that gives these answers."""
    return type("Saying", (Said,), {"answers": list(answers)})


def events(*texts, reason="stop", usage=(3, 2)):
    """Return the answer of an OpenAI-compatible server, streamed."""
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]} for text in texts
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    if usage:
        chunks.append({"choices": [], "usage": {"prompt_tokens": usage[0], "completion_tokens": usage[1]}})
    return (
        200,
        "text/event-stream",
        [f"data: {json.dumps(each)}\n\n" for each in chunks] + ["data: [DONE]\n\n"],
    )


def lines(*texts, reason="stop", usage=(3, 2)):
    """Return the answer of Ollama, streamed."""
    parts = [
        {"model": "m", "message": {"role": "assistant", "content": text}, "done": False} for text in texts
    ]
    last = {
        "model": "m",
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": reason,
    }
    parts.append({**last, "prompt_eval_count": usage[0], "eval_count": usage[1]})
    return (200, "application/x-ndjson", [json.dumps(each) + "\n" for each in parts])
