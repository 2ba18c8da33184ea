"""Widgets in a real kernel: what a front end is told, and when."""

from __future__ import annotations

import pytest

from tests.widgets.conftest import VIEW, WIDGET

COUNT = """%%flow count
def count(n: int = 3):
    for i in kb.progress(range(n), title="rows"):
        print("row", i)
    return n
"""

ASK = """%%flow asks
class Go(BaseModel):
    yes: bool

def asks():
    return kb.ask(Go, "Go on?").yes
"""

FAIL = """%%flow fails
def fails():
    raise ValueError("no luck")
"""

SLOW = """%%flow slow
import time

def slow(seconds: float = 30.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.01)
"""


def define(page, cell):
    page.run(cell)
    page.outputs.clear()
    return page


def question(page):
    """Wait for the open question; return its lock."""

    def asked():
        told = [page.models[view]["state"]["sections"] for view in page.views]
        told += [push["sections"] for push in page.pushes]
        return [question for sections in told for question in sections.get("questions") or ()]

    page.until(lambda: page.views and asked(), "the run asks")
    return asked()[-1]["lock"]


def test_a_cell_that_runs_a_flow_ends_with_a_picture_that_needs_no_widget(page):
    define(page, COUNT).run("run = %flow run count n=4")
    [key] = page.outputs
    assert key.startswith("kodonb-")
    assert set(page.outputs[key]) == {"text/plain", "text/html"}
    assert "finished" in page.outputs[key]["text/plain"] and "<svg" in page.outputs[key]["text/html"]
    assert page.run("print(run.result())").text.endswith("4\n") and not page.errors


def test_while_it_runs_the_output_is_a_widget_with_a_picture_beside_it(page):
    cell = define(page, ASK).begin("%flow run asks")
    lock = question(page)
    [data] = page.outputs.values()
    assert set(data) == {"text/plain", "text/html", VIEW, WIDGET} and data[VIEW] == data[WIDGET]
    assert page.models[page.view]["state"]["protocol"] == 1 and cell not in page.done
    number = page.ask(page.view, "answer", lock=lock, values={"yes": True})
    assert page.answered(number)["error"] is None
    page.until(lambda: cell in page.done, "the cell goes on once the run is answered")
    assert VIEW not in next(iter(page.outputs.values())) and not page.errors


def test_pushes_are_numbered_and_a_late_view_gets_all_it_missed(page):
    define(page, ASK).begin("%flow run asks")
    question(page)
    numbers = [push["number"] for push in page.pushes]
    assert numbers == list(range(2, 2 + len(numbers)))  # the first is in the trait
    told = page.answered(page.ask(page.view, "sync", after=0))["ok"]
    assert told["number"] >= len(page.pushes) and told["sections"]["head"]["status"] == "awaiting"
    assert told["sections"]["questions"][0]["title"] == "Go on?"
    again = page.answered(page.ask(page.view, "sync", after=told["number"]))["ok"]
    assert again["sections"] == {}


def test_a_wrong_answer_is_told_field_by_field_and_the_run_still_waits(page):
    define(page, ASK).begin("%flow run asks")
    lock = question(page)
    error = page.answered(page.ask(page.view, "answer", lock=lock, values={"yes": "perhaps"}))["error"]
    assert error["code"] == "KN310" and [p["field"] for p in error["problems"]] == ["yes"]
    assert page.answered(page.ask(page.view, "answer", lock=lock, values={"yes": False}))["error"] is None


def test_who_answers_too_late_is_told_who_answered(page):
    cell = define(page, ASK).begin("%flow run asks")
    lock = question(page)
    page.answered(page.ask(page.view, "answer", lock=lock, values={"yes": True}))
    view = list(page.models)[-1]
    page.until(lambda: cell in page.done, "the cell has ended")
    error = page.answered(page.ask(view, "answer", lock=lock, values={"yes": False}))["error"]
    assert error["code"] == "KN308" and "@" in error["message"]


def test_a_run_can_be_cancelled_while_its_cell_waits(page):
    cell = define(page, SLOW).begin("%flow run slow")
    page.until(lambda: page.views, "the run is shown")
    assert page.answered(page.ask(page.view, "cancel"))["error"] is None
    page.until(lambda: cell in page.done, "the cell has ended")
    assert "KN302" in page.errors[-1]


def test_a_run_that_is_shown_in_an_idle_kernel_is_followed_and_sealed_all_the_same(page):
    define(page, SLOW).run("run = slow.submit(seconds=0.8)\nrun")
    page.until(lambda: page.views, "the run is shown")
    page.until(lambda: not page.views, "the picture is static once the run has ended")
    [data] = page.outputs.values()
    assert "finished" in data["text/plain"]


def test_a_failed_run_fails_its_cell_and_leaves_its_picture(page):
    define(page, FAIL).run("%flow run fails")
    [data] = page.outputs.values()
    assert "no luck" in data["text/html"] and VIEW not in data
    assert page.errors and "no luck" in page.errors[-1]


def test_a_retry_is_shown_in_the_same_view(page):
    define(page, FAIL).run("%flow run fails")
    page.run("%flow show last")
    view = page.view
    started = page.answered(page.ask(view, "retry"))["ok"]["run"]
    page.until(lambda: any(s["run"] == started for s in page.states.get(view, ())), "the view follows")
    told = page.answered(page.ask(view, "sync", after=0))["ok"]
    assert told["run"] == started and told["sections"]["head"]["run"] == started


def test_events_come_in_windows_from_both_ends_and_filtered(page):
    define(page, COUNT).run("%flow run count n=250")
    view = page.run("%flow show last").view
    last = page.answered(page.ask(view, "events", limit=50))["ok"]
    offsets = [row["offset"] for row in last["rows"]]
    assert offsets == list(range(offsets[0], offsets[0] + 50))
    before = page.answered(page.ask(view, "events", before=last["earlier"], limit=50))["ok"]
    assert before["rows"][-1]["offset"] == offsets[0] - 1
    first = page.answered(page.ask(view, "events", after=-1, limit=10))["ok"]
    assert [row["offset"] for row in first["rows"]] == list(range(10)) and first["earlier"] is None
    found = page.answered(page.ask(view, "events", kinds=["stdout"], search="ROW 24", limit=500))["ok"]
    assert [row["text"] for row in found["rows"]] == [*("row 24",), *(f"row {n}" for n in range(240, 250))]


@pytest.mark.parametrize("sort", ["jsonl", "csv", "html"])
def test_events_and_picture_can_be_downloaded(page, sort):
    define(page, COUNT).run("%flow run count n=5")
    view = page.run("%flow show last").view
    after, whole = -1, ""
    while after is not None:
        piece = page.answered(page.ask(view, "download", format=sort, after=after))["ok"]
        whole, after = whole + piece["text"], piece["after"]
    assert piece["name"].endswith(f".{sort}")
    assert {"jsonl": '"offset":0', "csv": "run,offset,at,kind,source,payload", "html": "<!doctype html>"}[
        sort
    ] in whole


def test_under_its_cell_a_flow_shows_its_form_only_where_there_is_something_to_fall_back_to(page):
    page.run(COUNT)
    data = next(data for data in page.outputs.values() if VIEW in data)
    assert WIDGET not in data and data[VIEW]["model_id"] in page.models
    assert "n" in data["text/plain"] and "<" in data["text/html"]


def test_a_flow_that_cannot_have_a_form_shows_what_it_asks_for(page):
    page.run("class Odd:\n    pass").run("%%flow odd\ndef odd(thing: Odd):\n    return 1\n")
    assert not page.errors and not page.views
    assert "thing" in next(iter(page.outputs.values()))["text/plain"]


def test_what_stays_in_the_notebook_can_be_asked_for_once_the_run_has_ended(page):
    cell = define(page, ASK).begin("%flow run asks")
    lock, view = question(page), page.view
    assert page.answered(page.ask(view, "seal"))["ok"] == {"html": "", "plain": ""}
    page.answered(page.ask(view, "answer", lock=lock, values={"yes": True}))
    page.until(lambda: cell in page.done, "the cell has ended")
    [stays] = [data for data in page.outputs.values() if "finished" in data["text/plain"]]
    assert page.answered(page.ask(view, "seal"))["ok"] == {
        "html": stays["text/html"],
        "plain": stays["text/plain"],
    }
    view = page.run("%flow show last").view
    assert page.answered(page.ask(view, "seal"))["ok"] == {"html": "", "plain": ""}, "it stays live"


def test_showing_a_run_again_leaves_the_picture_that_it_left_before(page):
    define(page, COUNT).run("%flow run count")
    [before] = page.outputs
    page.run("%flow show last")
    assert VIEW not in page.outputs[before] and len(page.outputs) == 2 and page.view


def test_a_form_starts_a_run_that_is_shown_below_it(page):
    form = define(page, COUNT).run("%flow form count").view
    state = page.models[form]["state"]
    assert state["flow"] == "count" and state["schema"]["properties"]["n"]["default"] == 3
    error = page.answered(page.ask(form, "submit", values={"n": "many"}))["error"]
    assert error["code"] == "KN010" and [p["field"] for p in error["problems"]] == ["n"]
    started = page.answered(page.ask(form, "submit", values={"n": 2}))["ok"]["run"]
    page.until(
        lambda: any(started[:10] in d.get("text/html", "") for d in page.outputs.values()), "it is shown"
    )


def test_a_file_arrives_in_pieces(page):
    define(page, "%%flow size\ndef size(data: bytes):\n    return len(data)\n")
    form = page.run("%flow form size").view
    for first, piece in ((0, b"a" * 600), (600, b"\xff" * 400)):
        said = {
            "do": "upload",
            "id": 1000 + first,
            "file": "f1",
            "name": "x.bin",
            "size": 1000,
            "first": first,
        }
        message = page.client.session.msg(
            "comm_msg", {"comm_id": form, "data": {"method": "custom", "content": said}}
        )
        page.client.session.send(page.client.shell_channel.socket, message, buffers=[piece])
        assert page.answered(1000 + first)["error"] is None
    run = page.answered(page.ask(form, "submit", values={"data": {"file": "f1"}}))["ok"]["run"]
    assert page.run(f"print(kb.attach({run!r}).result())").text.endswith("1000\n")
    said = {"do": "upload", "id": 5000, "file": "f2", "name": "big.bin", "size": 10**9, "first": 0}
    page.send(form, said)
    assert "64" in page.answered(5000)["error"]["message"] or page.replies[5000]["error"]["code"] == "KN005"


def test_the_table_lists_filters_opens_and_retries(page):
    define(page, COUNT).run("%flow run count n=1")
    define(page, FAIL).run("%flow run fails")
    page.outputs.clear()
    table = page.run("%flow runs").view
    first = page.models[table]["state"]["first"]
    assert [row["flow"] for row in first["rows"]] == ["fails", "count"] and first["flows"] == [
        "count",
        "fails",
    ]
    rows = page.answered(page.ask(table, "list", status=["error"]))["ok"]["rows"]
    assert [row["flow"] for row in rows] == ["fails"]
    runs = [row["run"] for row in first["rows"]]
    outcomes = page.answered(page.ask(table, "runs", what="cancel", runs=runs))["ok"]["outcomes"]
    assert [o["ok"] for o in outcomes] == [False, False] and "KN311" in outcomes[0]["note"]
    opened = page.answered(page.ask(table, "runs", what="open", runs=runs[:1]))["ok"]["outcomes"]
    assert opened[0]["ok"]
    page.until(lambda: len(page.views) == 2, "it is shown below")


def test_nobody_in_front_means_no_widget(page):
    page.run(COUNT, metadata={})
    page.run("%flow run count", metadata={})
    page.run("count.submit()", metadata={})
    page.run("%flow runs", metadata={})
    assert not page.models and not page.views and not page.errors
    assert "finished" in list(page.outputs.values())[-2]["text/plain"]


def test_an_interrupted_cell_leaves_the_run_and_says_how_to_come_back(page, kernel):
    cell = define(page, SLOW).begin("%flow run slow seconds=5")
    page.until(lambda: page.views, "the run is shown")
    kernel.interrupt_kernel()
    page.until(lambda: cell in page.done, "the cell has ended", within=10)
    assert "detached from run" in page.text and not page.errors


def test_what_is_no_question_gets_an_error_and_what_is_nothing_gets_nothing(page):
    define(page, COUNT).run("%flow run count")
    view = page.run("%flow show last").view
    page.send(view, {"do": "dance", "id": 77})
    assert page.answered(77)["error"]["code"] == "KN405"
    page.send(view, "hello")
    assert page.answered(page.ask(view, "sync", after=0))["error"] is None
