"""Workflows in Kumeo, exported and tried by executing what was written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx
import pytest

from kodonb.export import export
from kodonb.export.exporting import render
from kodonb.model.errors import FlowError, ServiceError, UsageError
from tests.kumeo.ports.conftest import nats_server

__all__ = ["nats_server"]

AGENT = """from kodonb.kumeo.agents import agent

RATES = {"CL": 0.5}
UNUSED = 1

def rate(country):
    return RATES.get(country, 0.0)

@agent
def Taxed(inputs, *, factor: float = 1.0):
    return {**inputs, "tax": inputs["amount"] * rate(inputs["country"]) * factor}
"""

ORDERS = r"""%%kumeo
// "Orders" by the matrix; \d is no escape.
workflow Orders {
  source: NATS("orders.new")
  target: [NATS("orders.done"), NATS("orders.big")]
  models: {matrix: {file: "rules/matrix.json", type: "rules_engine", version: "1"}}
  agents: [
    Taxed(id: "taxed", input: source, factor: 2),
    DecisionMatrix(id: "valid", input: taxed.output, rules: "models.matrix"),
    Router(id: "route", input: valid.output, rules: {"amount > 100": "target.orders.big", default: "target.orders.done"})
  ]
}
"""

SMALL = 'workflow Small { source: NATS("a") target: NATS("b") agents: [Aggregator(id: "x", method: "merge", input: source)] }'

REVIEW = """workflow Review {
  source: NATS("in")
  target: NATS("out")
  agents: [HumanReview(id: "look", input: source, timeout: "1h", config: {ui: {title: "Order of {{amount}}"}})]
}
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with what the workflow names."""
    (tmp_path / "rules").mkdir()
    rule = {"name": "positive", "condition": "amount > 0", "error": "an amount is more than 0"}
    (tmp_path / "rules/matrix.json").write_text(json.dumps([rule]))
    return tmp_path


@pytest.fixture
def book(notebook, folder):
    return notebook(
        "%load_ext kodonb",
        AGENT,
        ORDERS,
        'orders = [{"amount": 120, "country": "CL"}, {"amount": -1, "country": "DE"}]\n'
        "%flow run Orders events=$orders --detach -o run",
        "run.result()",
        "%flow run Orders limit=40 --detach -o service\n%kumeo send $orders\n%kumeo inspect taxed -o seen",
        folder=folder,
    )


def written(folder, path):
    return (folder / path).read_text()


def environment(folder, tmp_path):
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "KODONB_HOME": str(tmp_path / "home"),
        "KODONB_SESSION": "inline",
        "KODONB_NO_AUTH": "1",
    }


@contextmanager
def served(folder, package, tmp_path):
    """A service in a process of its own, over HTTP."""
    command = [sys.executable, "-m", "uvicorn", f"{package}.app:app", "--port", "0"]
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(folder, tmp_path), stderr=log, stdout=log
        )
        try:
            while (found := re.search(r"on (http://\S+)", (tmp_path / "log").read_text())) is None:
                assert process.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.05)
            with httpx.Client(base_url=found[1], timeout=30) as client:
                yield client
        finally:
            process.terminate()
            process.wait(30)


def launched(client, flow, **inputs):
    answer = client.post(f"/{flow}", json=inputs)
    assert answer.status_code == 202, answer.text
    return answer.json()["run"]


def ended(client, run):
    return client.get(f"/runs/{run}/result", params={"wait": 20}).json()


def test_an_exported_workflow_is_a_service_whose_own_tests_pass(book, tmp_path):
    made = export(str(book), tmp_path / "out", target="serve")
    assert "3 passed" in made.tests
    assert "src/orders/resources/rules/matrix.json" in made.files
    assert [case.inputs for case in made.service.cases] == [
        {"events": [{"amount": 120, "country": "CL"}, {"amount": -1, "country": "DE"}]}
    ]


def test_the_text_stands_in_the_code_as_it_was_typed(book, tmp_path):
    export(str(book), tmp_path / "out", target="serve", checked=False)
    text = written(tmp_path, "out/src/orders/flows.py")
    assert ORDERS.removeprefix("%%kumeo\n") in text
    assert '"rules/matrix.json": Path(resource("rules/matrix.json"))' in text
    assert "def rate(country):" in text and '"Taxed": Taxed' in text
    assert "UNUSED" not in text
    assert '"kodonb[kumeo,serve]==' in written(tmp_path, "out/pyproject.toml")
    assert "onnxruntime==" in written(tmp_path, "out/constraints.txt")


def test_lines_of_the_text_are_known_by_their_cell(book, tmp_path):
    export(str(book), tmp_path / "out", target="serve", checked=False)
    told = json.loads(written(tmp_path, "out/provenance.json"))
    lines = written(tmp_path, "out/src/orders/flows.py").split("\n")
    at = lines.index("workflow Orders {") + 1
    piece = next(each for each in told["lines"] if each["line"] <= at < each["line"] + each["count"])
    assert piece["from"] == "cell 3"
    assert piece["at"] + at - piece["line"] == ORDERS.split("\n").index("workflow Orders {") + 1


def test_an_exported_workflow_answers_over_http(book, tmp_path):
    export(str(book), tmp_path / "out", target="serve", checked=False)
    with served(tmp_path / "out", "orders", tmp_path) as client:
        fields = client.get("/Orders").json()["schema"]["properties"]
        assert set(fields) == {"events", "limit", "replay"}
        run = launched(client, "Orders", events=[{"amount": 120, "country": "CL"}, {"amount": -1}])
        told = ended(client, run)
        assert told["status"] == "finished", told
        assert (told["result"]["events"], told["result"]["dead"]) == (2, 1)
        data = {"amount": 120, "country": "CL", "tax": 120.0}
        assert [value["data"] for value in told["result"]["values"]] == [data]


def test_an_exported_workflow_takes_messages_from_its_source(book, tmp_path, nats_server):
    export(str(book), tmp_path / "out", target="serve", checked=False)
    with served(tmp_path / "out", "orders", tmp_path) as client:
        run = launched(client, "Orders", limit=1)
        publish(nats_server.url, client, run, {"amount": 5, "country": "CL"})
        told = ended(client, run)
    assert told["status"] == "finished", told
    assert told["result"]["events"] == 1 and told["result"]["dead"] == 0


def publish(url, client, run, value):
    """Send a message once the workflow has begun to listen."""
    import asyncio

    import nats

    async def send():
        there = await nats.connect(url)
        await there.jetstream().publish("orders.new", json.dumps(value).encode())
        await there.close()

    while not [event for event in events(client, run) if event["payload"].get("what") == "started"]:
        time.sleep(0.05)
    asyncio.run(send())


def events(client, run):
    told = client.get(f"/runs/{run}/events", params={"follow": "false"}).json()
    return [event for event in told if event["kind"] == "agent"]


def test_a_person_answers_an_exported_workflow_over_http(notebook, tmp_path):
    export(str(notebook(f"%%kumeo\n{REVIEW}")), tmp_path / "out", target="serve", checked=False)
    with served(tmp_path / "out", "review", tmp_path) as client:
        run = launched(client, "Review", events=[{"amount": 7}])
        while not (locks := client.get(f"/runs/{run}/locks").json()):
            time.sleep(0.05)
        assert locks[0]["title"] == "Order of 7"
        assert client.post(locks[0]["answer"], json={"decision": "approve"}).is_success
        assert ended(client, run)["result"]["values"][0]["approved"] is True


@pytest.mark.parametrize("field", ["folder", "out", "nats"])
def test_callers_of_a_service_name_no_files_and_no_servers(book, tmp_path, field):
    export(str(book), tmp_path / "out", target="serve", checked=False)
    with served(tmp_path / "out", "orders", tmp_path) as client:
        assert client.post("/Orders", json={field: "/etc"}).status_code == 422
        assert client.post("/Orders", json={"events": "/etc/passwd"}).status_code == 422


def test_a_workflow_is_a_script_too(book, tmp_path):
    export(str(book), tmp_path / "out", target="script")
    done = subprocess.run(
        [sys.executable, "orders.py", "Orders", 'events=[{"amount": 1, "country": "CL"}]', "--json"],
        cwd=tmp_path / "out",
        env=environment(tmp_path / "out", tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"tax":1.0' in done.stdout.replace(" ", "")


def test_a_file_in_kumeo_is_exported_as_a_notebook_is(folder, tmp_path):
    (folder / "orders.kumeo").write_text(f"\ufeff// first line\n{SMALL}\n", encoding="utf-8")
    made = export(f"{folder / 'orders.kumeo'}:Small", tmp_path / "out", target="serve")
    assert "passed" in made.tests
    told = json.loads(written(tmp_path, "out/provenance.json"))
    lines = written(tmp_path, "out/src/small/flows.py").split("\n")
    at = next(number for number, line in enumerate(lines, 1) if line.startswith("workflow Small"))
    piece = next(each for each in told["lines"] if each["line"] <= at < each["line"] + each["count"])
    assert (piece["from"], piece["at"] + at - piece["line"]) == ("orders.kumeo", 2)


def test_options_of_the_cell_are_options_of_the_flow(notebook):
    made = render(str(notebook(f'%%kumeo little --title "So little" --tag a --version 2.0.0\n{SMALL}')))
    (flow,) = made.service.flows
    assert (flow.name, flow.function, flow.meta.title) == ("little", "Small", "So little")
    assert flow.meta.tags == ("kumeo", "a") and made.service.version == "2.0.0"


def test_each_workflow_of_a_cell_is_a_flow_and_they_share_the_text(notebook):
    made = render(str(notebook(f"%%kumeo\n{SMALL}\n{SMALL.replace('Small', 'Other')}")), target="module")
    assert {flow.name for flow in made.service.flows} == {"Small", "Other"}
    assert made.service.slice.module.source.count("workflow Other {") == 1


def test_a_workflow_beside_a_flow_is_exported_only_if_it_is_wanted(notebook):
    path = notebook(f"%%kumeo\n{SMALL}", "%%flow one\ndef one(x: int) -> int:\n    return x")
    made = render(f"{path}:one", target="module")
    assert made.others == ("Small",)
    assert "kumeo" not in made.service.slice.module.source
    assert "kumeo" not in made.files["pyproject.toml"]


def test_names_of_python_are_no_hindrance(notebook):
    made = render(
        str(
            notebook(
                "SMALL_TEXT = 1\n%time\n", f"%%kumeo\n{SMALL.replace('Small', 'class')}", f"%%kumeo\n{SMALL}"
            )
        )
    )
    assert [flow.function for flow in made.service.flows] == ["class_workflow", "Small"]
    assert "_SMALL_TEXT = " in made.service.slice.module.source


def test_a_text_with_all_sorts_of_quotes_is_the_same_in_python(notebook):
    text = SMALL.replace('"merge"', '"""merge"""') + "\n// ''' and \\\\ \n"
    made = render(str(notebook(f"%%kumeo\n{text}")), target="module")
    names = {}
    constant = made.service.slice.module.source.partition("SMALL_TEXT = ")[2].partition("\n\n\n@kb")[0]
    exec(f"text = {constant}", names)
    assert names["text"].strip() == text.strip()


def test_files_that_are_not_there_are_all_told(book, folder, tmp_path):
    (folder / "rules/matrix.json").unlink()
    with pytest.raises(
        ServiceError, match=r"models\.matrix names rules/matrix\.json, which is not there"
    ) as raised:
        export(str(book), tmp_path / "out")
    assert raised.value.code == "KN804" and "cell 3" in raised.value.where
    assert "execute it there first, without os.chdir in it" in raised.value.remedy


def test_a_file_outside_of_the_folder_is_refused(notebook, folder):
    inner = folder / "inner"
    inner.mkdir()
    text = ORDERS.replace("rules/matrix.json", "../rules/matrix.json")
    with pytest.raises(ServiceError, match="not below the folder"):
        render(str(notebook(AGENT, text, folder=inner)))


def test_what_stays_behind_is_told(notebook):
    text = SMALL.replace('NATS("b")', 'File("out.csv")').replace("Aggregator(", "Strange(")
    left = [each.what for each in render(str(notebook(f"%%kumeo\n{text}"))).service.left]
    assert any(what.startswith('File("out.csv")') for what in left)
    assert any("type Strange" in what for what in left)


def test_errors_of_the_text_are_told_with_their_line(notebook):
    with pytest.raises(FlowError, match="E160") as raised:
        render(str(notebook("1", f"%%kumeo\n{SMALL.replace('input: source', 'input: sauce')}")))
    assert raised.value.code == "KN830" and "cell 2, line 2" in raised.value.where


def test_a_wrong_option_of_the_cell_is_told_with_its_place(notebook):
    with pytest.raises(UsageError, match="titel") as raised:
        render(str(notebook(f"%%kumeo --titel x\n{SMALL}")))
    assert raised.value.where == "cell 1, line 1"
