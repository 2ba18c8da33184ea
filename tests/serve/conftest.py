from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager

import httpx
import pytest
import uvicorn


class _Server(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config):
        super().__init__(config)
        self.up = threading.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.up.set()

    def run(self, sockets=None):
        try:
            super().run(sockets)
        finally:
            self.up.set()


@contextmanager
def served(app, **options):
    """Serve an application on a free port of this machine, in a thread; give its base URL."""
    options = {"lifespan": "on", "timeout_graceful_shutdown": 2, **options}
    server = _Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, **options))
    thread = threading.Thread(target=server.run, name="kodonb-test-server")
    thread.start()
    try:
        assert server.up.wait(30) and server.started, "the server did not start"
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "the server did not end"


@pytest.fixture
def serve(inline):
    """Serve applications over HTTP, with the inline session: ``client = serve(app)``."""
    with ExitStack() as stack:

        def start(app, headers=None, **options):
            url = stack.enter_context(served(app, **options))
            return stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=30))

        yield start
