"""Real kernels with a front end before them that speaks Jupyter's protocol but draws nothing."""

from __future__ import annotations

import itertools
import time

import pytest
from jupyter_client.manager import KernelManager

WIDGET = "application/vnd.jupyter.widget-view+json"
VIEW = "application/vnd.kodonb.view+json"


class Page:
    """What a front end knows of one kernel: models, outputs by display id, and messages of widgets."""

    def __init__(self, manager):
        self.client = manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)
        self.models = {}
        self.outputs = {}
        self.pushes = []
        self.replies = {}
        self.states = {}
        self.text = ""
        self.errors = []
        self.done = set()
        self._numbers = itertools.count(1)

    def begin(self, code, metadata=None):
        """Send a cell as JupyterLab does: with its id."""
        message = self.client.session.msg(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": True,
                "allow_stdin": False,
                "stop_on_error": True,
            },
            metadata={"cellId": "c1"} if metadata is None else metadata,
        )
        self.client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def run(self, code, **options):
        cell = self.begin(code, **options)
        self.until(lambda: cell in self.done, "the cell has ended")
        return self

    def ask(self, model, do, **said):
        """Ask a widget; return the number under which its reply comes."""
        number = next(self._numbers)
        self.send(model, {"do": do, "id": number, **said})
        return number

    def send(self, model, content):
        data = {"method": "custom", "content": content}
        self.client.shell_channel.send(self.client.session.msg("comm_msg", {"comm_id": model, "data": data}))

    def answered(self, number):
        self.until(lambda: number in self.replies, f"question {number} is answered")
        return self.replies[number]

    def until(self, holds, what, within=30):
        end = time.monotonic() + within
        while not holds():
            assert time.monotonic() < end, f"not within {within} s: {what}\n{self.text}\n{self.errors}"
            self._take()

    def _take(self):
        try:
            message = self.client.get_iopub_msg(timeout=0.2)
        except Exception as error:
            if type(error).__name__ != "Empty":
                raise
            return
        content, kind = message["content"], message["msg_type"]
        if kind in {"display_data", "update_display_data", "execute_result"}:
            key = content["transient"].get("display_id") if "transient" in content else None
            self.outputs[key] = content["data"]
        elif kind == "comm_open":
            self.models[content["comm_id"]] = content["data"]["state"]
        elif kind == "comm_msg":
            self._heard(content["comm_id"], content["data"])
        elif kind == "stream":
            self.text += content["text"]
        elif kind == "error":
            self.errors.append("\n".join(content["traceback"]))
        elif kind == "status" and content["execution_state"] == "idle":
            self.done.add(message["parent_header"].get("msg_id"))

    def _heard(self, model, data):
        if data["method"] == "update" and "state" in data["state"]:
            self.states.setdefault(model, []).append(data["state"]["state"])
        if data["method"] == "custom":
            told = data["content"]
            if told["type"] == "push":
                self.pushes.append(told)
            else:
                self.replies[told["re"]] = told

    @property
    def views(self):
        """Ids of the models that outputs show."""
        return [data[WIDGET]["model_id"] for data in self.outputs.values() if WIDGET in data]

    @property
    def view(self):
        [only] = self.views
        return only


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KODONB_SESSION", "inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    manager = KernelManager(kernel_name="python3", transport_encryption="auto")
    manager.start_kernel()
    yield manager
    manager.shutdown_kernel(now=True)


@pytest.fixture
def page(kernel):
    made = Page(kernel)
    made.run("%load_ext kodonb\nimport kodonb as kb\nfrom pydantic import BaseModel")
    yield made
    made.client.stop_channels()
