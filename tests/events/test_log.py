from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kodonb.events.log import RunQuery
from kodonb.events.sql import SqlLog, microseconds
from kodonb.model.errors import StoreError, UsageError
from kodonb.model.event import Batch, event
from kodonb.model.module import Module
from tests.events.makers import MODULE, create, lease, lock, payloads, record, row, rows, send, status, told

# --- append and read


def test_events_come_back_in_order_with_dense_offsets(log):
    create(log)
    commit = send(log, *rows("a", {"b": [1, None]}, 2.5))
    assert [each.offset for each in commit.events] == [3, 4, 5]
    found = log.read("r1")
    assert [each.offset for each in found] == [0, 1, 2, 3, 4, 5]
    assert found[3:] == commit.events
    assert payloads(found[3:]) == ["a", {"b": [1, None]}, 2.5]


def test_an_event_keeps_its_time_kind_and_source(log):
    create(log)
    given = row("metric", {"name": "x", "value": 1.0})
    [stored] = send(log, given, source="train#3").events
    seen = event("r1", stored)
    assert (seen.run, seen.offset, seen.kind, seen.source) == ("r1", 3, "metric", "train#3")
    assert microseconds(seen.at) == given.at and seen.at.tzinfo is UTC


def test_reading_can_start_later_stop_early_and_choose_kinds(log):
    create(log)
    send(log, *rows(*range(10)), row("stdout", {"text": "x"}))
    assert payloads(log.read("r1", after=7, limit=2)) == [5, 6]
    assert payloads(log.read("r1", kinds=("stdout",))) == [{"text": "x"}]
    assert payloads(log.read("r1", kinds=("stdout", "debug"), after=11)) == [9, {"text": "x"}]
    assert log.read("r1", after=13) == []


def test_runs_do_not_see_each_other(log):
    create(log, "r1")
    create(log, "r2")
    log.append([Batch("r2", "flow", 0, rows("two")), Batch("r1", "flow", 0, rows("one"))])
    assert payloads(log.read("r1", after=2)) == ["one"]
    assert payloads(log.read("r2", after=2)) == ["two"]
    assert log.find("r1").events == log.find("r2").events == 4


def test_a_run_is_entered_once(log):
    create(log)
    assert not log.create(record("r1", flow="other"), MODULE, rows("again"))
    assert log.find("r1").flow == "f" and len(log.read("r1")) == 3


def test_text_of_any_kind_is_kept_as_it_is(log):
    create(log, title="tab\t“quotes” %_' 🦆", tags=("a\\b",))
    send(log, row("stdout", {"text": "\x00 nul, 🦆 %s {}"}))
    assert log.find("r1").title == "tab\t“quotes” %_' 🦆" and log.find("r1").tags == ("a\\b",)
    assert payloads(log.read("r1", after=2)) == [{"text": "\x00 nul, 🦆 %s {}"}]


def test_a_reason_with_a_nul_ends_the_run_all_the_same(log):
    create(log)
    send(log, lock("flow.1", title="\x00?"), status("error", reason="ValueError: \x00"))
    assert (log.find("r1").status, log.find("r1").reason) == ("error", "ValueError: \\0")


def test_an_unknown_run_is_refused(log):
    for ask in (
        lambda: send(log, row()),
        lambda: log.read("r1"),
        lambda: log.locks("r1"),
        lambda: log.columns("r1", -1, None),
    ):
        with pytest.raises(UsageError) as caught:
            ask()
        assert caught.value.code == "KN003"


# --- numbers of sources


def test_rows_that_are_sent_again_are_dropped(log):
    create(log)
    first = send(log, *rows(0, 1, 2))
    again = send(log, *rows(0, 1, 2))
    assert (first.upto, again.upto, again.events) == (3, 3, [])
    overlapping = send(log, *rows(2, 3, 4), first=2)
    assert overlapping.upto == 5
    assert payloads(log.read("r1", after=2)) == [0, 1, 2, 3, 4]


def test_a_gap_is_refused_until_it_is_filled(log):
    create(log)
    early = send(log, *rows(2, 3), first=2)
    assert (early.upto, early.events) == (0, [])
    send(log, *rows(0, 1))
    assert send(log, *rows(2, 3), first=2).upto == 4
    assert payloads(log.read("r1", after=2)) == [0, 1, 2, 3]


def test_each_source_counts_for_itself(log):
    create(log)
    send(log, *rows("a0", "a1"), source="a")
    send(log, *rows("b0"), source="b")
    assert send(log, *rows("a2"), source="a", first=2).upto == 3
    assert payloads(log.read("r1", after=2)) == ["a0", "a1", "b0", "a2"]


def test_numbers_outlive_the_process_that_wrote(tmp_path):
    url = f"sqlite:///{tmp_path / 'events.db'}"
    first = SqlLog(url)
    create(first)
    send(first, *rows(0, 1), lock("flow.1"))
    first.close()
    second = SqlLog(url)
    assert send(second, *rows(0, 1), lock("flow.1"), row("debug", 3)).events[0].offset == 7
    send(second, lease("flow.1"), first=4)
    assert second.find("r1").status == "running"
    second.close()


def test_a_batch_that_fails_leaves_nothing_behind(log):
    create(log)
    with pytest.raises(UsageError):
        log.append([Batch("r1", "flow", 0, rows("a")), Batch("nobody", "flow", 0, rows("b"))])
    assert log.find("r1").events == 3
    assert send(log, *rows("a")).upto == 1


# --- status and questions


def test_a_run_goes_from_starting_to_its_end(log):
    create(log)
    begun = status("running", pid=1, attempt=1)
    send(log, begun)
    assert log.find("r1").status == "running" and microseconds(log.find("r1").started) == begun.at
    ended = status("error", reason="ValueError: x", code="KN301")
    send(log, row("final", {"error": {}}), ended, first=1)
    found = log.find("r1")
    assert (found.status, found.reason, microseconds(found.ended)) == ("error", "ValueError: x", ended.at)
    assert found.ended_already


def test_a_second_attempt_keeps_the_time_of_the_first(log):
    create(log)
    first = status("running", attempt=1)
    send(log, first, status("running", attempt=2))
    assert microseconds(log.find("r1").started) == first.at


def test_a_final_status_stays(log):
    create(log)
    send(log, status("cancelled", reason="asked"))
    late = send(
        log, status("finished"), row("final", {"json": 1}), lock("flow.1"), row("debug", "late"), first=1
    )
    assert told(late.events) == [("debug", "flow", "late")] and late.upto == 5
    assert (log.find("r1").status, log.find("r1").reason) == ("cancelled", "asked")
    assert log.locks("r1") == []


def test_a_question_parks_the_run_and_its_answer_lets_it_go_on(log):
    create(log)
    commit = send(log, status("running"), lock("flow.1", "Really?"))
    assert told(commit.events)[2] == ("status", "spooler", {"status": "awaiting"})
    [asked] = log.locks("r1")
    assert (asked.id, asked.source, asked.title, asked.schema) == (
        "flow.1",
        "flow",
        "Really?",
        {"type": "object"},
    )
    assert asked.answered is None and log.find("r1").status == "awaiting"
    commit = send(log, lease("flow.1", {"yes": True}), first=2)
    assert told(commit.events)[1] == ("status", "spooler", {"status": "running"})
    [answered] = log.locks("r1")
    assert (answered.value, answered.by) == (
        {"yes": True},
        "ada@here",
    ) and answered.answered > answered.opened
    assert log.find("r1").status == "running"


def test_a_run_awaits_until_its_last_question_is_answered(log):
    create(log)
    send(log, status("running"), lock("flow.1"))
    send(log, lock("ask#1.1"), source="ask#1")
    send(log, lease("flow.1"), first=2)
    assert log.find("r1").status == "awaiting"
    send(log, lease("ask#1.1"), first=1, source="ask#1")
    assert log.find("r1").status == "running"
    statuses = [p["status"] for p in payloads(log.read("r1", kinds=("status",)))]
    assert statuses == ["starting", "running", "awaiting", "running"]


def test_only_the_first_answer_counts(log):
    create(log)
    send(log, lock("flow.1"), lease("flow.1", 1), lease("flow.1", 2), lease("no such", 3))
    assert [p["value"] for p in payloads(log.read("r1", kinds=("lease",)))] == [1]
    assert [asked.value for asked in log.locks("r1")] == [1]


def test_questions_are_closed_when_the_run_ends(log):
    create(log)
    commit = send(log, status("running"), lock("flow.1"), lock("flow.2"), status("error", reason="died"))
    expired = [said for said in told(commit.events) if said[0] == "lease"]
    assert [(source, p["lock"], p["how"]) for _, source, p in expired] == [
        ("spooler", "flow.1", "expired"),
        ("spooler", "flow.2", "expired"),
    ]
    assert told(commit.events)[-1][2]["status"] == "error"
    assert all(asked.answered is not None for asked in log.locks("r1"))


def test_a_run_that_nobody_carries_is_ended_once(log):
    create(log)
    send(log, lock("flow.1"))
    log.settle("r1", "error", "runner died", "KN305", 1_800_000_000_999_999)
    log.settle("r1", "cancelled", "too late", "KN302", 1_800_000_001_000_000)
    found = log.find("r1")
    assert (found.status, found.reason) == ("error", "runner died")
    assert told(log.read("r1"))[-1] == (
        "status", "spooler", {"status": "error", "reason": "runner died", "code": "KN305"},
    )  # fmt: skip


# --- runs


def ids(log, **query):
    return [found.id for found in log.runs(RunQuery(**query))]


def test_runs_are_listed_newest_first_page_by_page(log):
    for number in range(5):
        create(log, f"r{number}")
    assert ids(log) == ["r4", "r3", "r2", "r1", "r0"]
    assert ids(log, limit=2) == ["r4", "r3"]
    assert ids(log, limit=2, before="r3") == ["r2", "r1"]
    assert ids(log, limit=None, before="r0") == []


def test_runs_are_filtered_by_flow_status_and_cluster(log):
    create(log, "r1", flow="train", cluster="c1")
    create(log, "r2", flow="serve", cluster="c2")
    send(log, status("finished"), run="r2")
    assert ids(log, flow="train") == ["r1"]
    assert ids(log, status=("finished", "error")) == ["r2"]
    assert ids(log, status=("starting",), flow="serve") == []
    assert ids(log, cluster="c2") == ["r2"]


def test_runs_are_filtered_by_their_age(log):
    now = datetime.now(UTC)
    create(log, "old", created=now - timedelta(hours=2))
    create(log, "new", created=now)
    assert ids(log, since=microseconds(now - timedelta(hours=1))) == ["new"]
    assert ids(log, since=microseconds(now)) == ["new"]
    assert ids(log, since=microseconds(now) + 1) == []


def test_a_tag_is_found_whatever_its_characters(log):
    awkward = ['say "hi"', "50%", "a_b", "a\\b", "é🦆", 'x","y', "A"]
    for number, tag in enumerate(awkward):
        create(log, f"r{number}", tags=("first", tag, "last"))
    create(log, "other", tags=("first", "x", "y", "a", "axb", "50", "last"))
    assert [ids(log, tag=tag) for tag in awkward] == [[f"r{number}"] for number in range(len(awkward))]


def test_a_part_of_a_tag_is_no_tag(log):
    create(log, tags=("training",))
    assert ids(log, tag="train") == [] and ids(log, tag="%") == []


def test_a_run_is_found_by_the_beginning_of_its_id(log):
    for run in ("6abc1", "6abd2", "7xyz3"):
        create(log, run)
    assert log.find("7").id == "7xyz3" and log.find("6abc").id == "6abc1" and log.find("6abd2").id == "6abd2"
    assert log.find("last").id == "7xyz3"


def test_what_no_id_begins_with_is_not_found(log):
    create(log, "6abc1")
    for prefix in ("8", "6ABC", "%", "_abc1", "6abc1 "):
        with pytest.raises(UsageError) as caught:
            log.find(prefix)
        assert caught.value.code == "KN003"


def test_a_prefix_of_several_ids_is_refused_with_examples(log):
    create(log, "6abc1")
    create(log, "6abd2")
    with pytest.raises(UsageError, match="6abd2 and 6abc1") as caught:
        log.find("6ab")
    assert caught.value.code == "KN004"


def test_the_last_of_no_runs_is_not_found(log):
    with pytest.raises(UsageError) as caught:
        log.find("last")
    assert caught.value.code == "KN003"


# --- modules and cached results


def test_a_module_is_kept_once_and_comes_back_whole(log):
    create(log, "r1")
    create(log, "r2")
    assert log.module(MODULE.hash) == MODULE
    with pytest.raises(StoreError) as caught:
        log.module(Module(entry="g", source="").hash)
    assert caught.value.code == "KN505"


def test_a_cached_result_is_good_for_some_time(log):
    log.remember("k", 100, b"one")
    assert log.recall("k", 100) == b"one" and log.recall("k", 101) is None and log.recall("other", 0) is None
    log.remember("k", 200, b"two")
    assert log.recall("k", 150) == b"two"


# --- many


def test_the_view_shows_events_to_people(log):
    create(log)
    send(log, row("debug", {"a": "é"}))
    with log.reading() as connection:
        found = connection.exec_driver_sql(
            'SELECT run, "offset", kind, source, payload FROM events ORDER BY "offset"'
        )
        assert found.fetchall()[3] == ("r1", 3, "debug", "flow", '{"a":"é"}')


def test_a_large_batch_is_kept_whole(log):
    create(log)
    assert send(log, *rows(*range(10_000))).upto == 10_000
    assert payloads(log.read("r1", after=2)) == list(range(10_000))
