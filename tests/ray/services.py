"""A service as `kodonb export` makes one, small enough to be written by hand."""

from __future__ import annotations

from pathlib import Path

_FLOWS = '''
import time
from pathlib import Path

import kodonb as kb
from pydantic import BaseModel

from digits.resources import resource

VERSION = {version!r}


class Choice(BaseModel):
    """How many?"""

    size: int


@kb.step
def double(x: int) -> int:
    return 2 * x


@kb.flow
def digits(n: int = 3) -> dict[str, object]:
    """Add up doubles."""
    told = Path(resource("data/told.txt")).read_text()
    return {{"sum": sum(double.map(list(range(n))).results()), "version": VERSION, "told": told}}


@kb.flow
def nothing(n: int = 0) -> int:
    """Do nothing."""
    return n


@kb.flow
def asks() -> int:
    """Ask how many."""
    return kb.ask(Choice, title="How many?").size


@kb.flow
def naps(seconds: float = 60.0) -> str:
    """Sleep."""
    kb.debug("asleep")
    time.sleep(seconds)
    return "awake"
'''

_APP = """
import os

from kodonb.serve import ServeAPI

from digits import flows

app = ServeAPI(title="Digits", version={version!r}, rate=None)
for flow in (flows.digits, flows.nothing, flows.asks, flows.naps):
    app.include(flow)


@app.get("/who")
def who() -> dict[str, object]:
    return {{"version": flows.VERSION, "pid": os.getpid()}}
{more}
"""

_RESOURCES = """
from pathlib import Path


def resource(name: str) -> str:
    return str(Path(__file__).parent / "resources" / name)
"""

_CONFIG = """
proxy_location: HeadOnly
http_options: {{host: 127.0.0.1, port: {port}}}
applications:
- name: digits
  route_prefix: /
  import_path: digits.replica:service
  deployments:
  - name: service
    num_replicas: {replicas}
    max_ongoing_requests: 1000
    ray_actor_options: {{num_cpus: 0.25}}
"""

_REPLICA = """
from kodonb.serve.replica import on_serve

service = on_serve("digits.app:app")
"""


def write(folder: Path, version: str = "0.1.0", more: str = "", replicas: int = 1, port: int = 8000) -> Path:
    """Write the service into a folder.

    Args:
        folder: The folder.
        version: Its version, which its answers tell.
        more: Lines at the end of its application.
        replicas: How many replicas its config asks for.
        port: The port that its config asks for.
    """
    files = {
        "pyproject.toml": f'[project]\nname = "digits"\nversion = "{version}"\n',
        "serve.yaml": _CONFIG.format(replicas=replicas, port=port),
        "src/digits/__init__.py": '"""Digits."""\n',
        "src/digits/flows.py": _FLOWS.format(version=version),
        "src/digits/app.py": _APP.format(version=version, more=more),
        "src/digits/resources.py": _RESOURCES,
        "src/digits/resources/data/told.txt": "data",
        "src/digits/replica.py": _REPLICA,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
