from __future__ import annotations

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

import kodonb as kb
from kodonb.model.errors import RunFailed, UsageError
from tests.session import samples
from tests.session.follow import wait_for_lock


def test_awaiting_a_run_gives_its_result(inline):
    async def main():
        run = samples.waits.submit(n=1)
        return await run, await run

    assert asyncio.run(main()) == (2, 2)


def test_awaiting_a_run_that_fails_raises(inline):
    async def main():
        await samples.divides.submit()

    with pytest.raises(RunFailed, match="division by zero"):
        asyncio.run(main())


def test_waiting_asynchronously_lets_others_go_on(inline):
    async def main():
        run = samples.asks.submit()
        waiting = asyncio.create_task(awaited(run))
        async for _ in run.events(kind="lock"):
            run.answer(yes=True)
            break
        return await waiting

    async def awaited(run):
        return await run

    assert asyncio.run(main()) == {"yes": True, "why": ""}


def test_events_are_iterated_asynchronously_to_the_end(inline):
    async def main():
        run = samples.emits_much.submit(n=2500)
        return run, [event async for event in run.events()]

    run, seen = asyncio.run(main())
    assert [event.offset for event in seen] == list(range(run.record.events))
    assert [event.payload for event in seen if event.kind == "debug"] == list(range(2500))


def test_a_cancelled_iteration_leaves_nothing(inline):
    async def main():
        run = samples.asks.submit()
        wait_for_lock(run)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(drained(run), 0.05)
        return run

    async def drained(run):
        return [event async for event in run.events()]

    run = asyncio.run(main())
    assert not inline._pages and not inline._spool._parked
    run.answer(yes=True)
    run.wait()


def test_events_are_followed_from_an_offset_by_kind(inline):
    run = samples.emits_much.submit(n=50)
    run.wait()
    assert [e.payload for e in run.events(kind="debug", after=run.record.events - 5)] == [48, 49]
    assert [e.kind for e in run.events(kind=("inputs", "final"))] == ["inputs", "final"]
    assert list(run.events(after=10_000)) == []


def test_not_following_ends_where_the_log_ends(inline):
    run = samples.asks.submit()
    wait_for_lock(run)
    assert [e.kind for e in run.events(follow=False)][-2:] == ["lock", "status"]
    run.answer(yes=True)


def test_a_run_is_attached_by_the_beginning_of_its_id(inline):
    first, second = samples.double.submit(n=1), samples.double.submit(n=2)
    for run in (first, second):
        run.wait()
    assert kb.attach(first.id).id == first.id
    assert kb.attach("last").id == second.id and kb.attach(second.id[:13]).result() == 4
    common = next(first.id[:n] for n in range(14, 0, -1) if second.id.startswith(first.id[:n]))
    for prefix, code in ((common, "KN004"), ("zzz", "KN003")):
        with pytest.raises(UsageError) as caught:
            kb.attach(prefix)
        assert caught.value.code == code


def test_a_frame_holds_the_events_so_far(inline):
    run = samples.emits_everything.submit()
    run.wait()
    table = run.frame()
    assert list(table.columns) == ["offset", "at", "kind", "source", "payload"]
    assert table["offset"].tolist() == list(range(run.record.events))
    assert run.frame("metric")["payload"].tolist()[0]["name"] == "loss"
    assert len(run.frame(after=run.record.events - 2)) == 1


def test_runs_are_listed_and_filtered(inline):
    one, two = samples.double.submit(), samples.divides.submit()
    for run in (one, two):
        run.wait()
    assert kb.runs()["id"].tolist() == [two.id, one.id]
    assert kb.runs(flow="double")["id"].tolist() == [one.id]
    assert (
        kb.runs(status="error")["id"].tolist()
        == kb.runs(status=["error", "cancelled"])["id"].tolist()
        == [two.id]
    )
    assert kb.runs(tag="b")["id"].tolist() == [one.id] and kb.runs(tag="c").empty
    assert kb.runs(limit=1)["id"].tolist() == [two.id]


def test_runs_are_filtered_by_when_they_were_created(inline):
    samples.double.submit().wait()
    now = datetime.now(UTC)
    assert (
        len(kb.runs(since="1h"))
        == len(kb.runs(since=60))
        == len(kb.runs(since=now - timedelta(minutes=1)))
        == 1
    )
    assert len(kb.runs(since=(now - timedelta(minutes=1)).isoformat())) == 1
    assert len(kb.runs(since=now.astimezone() - timedelta(minutes=1))) == 1
    assert kb.runs(since=now + timedelta(minutes=1)).empty
    with pytest.raises(UsageError) as caught:
        kb.runs(since="yesterday")
    assert caught.value.code == "KN005"


def test_a_run_shows_itself_the_same_each_time(inline):
    run = samples.maps.submit(n=3)
    run.wait()
    other = kb.attach(run.id)
    assert repr(run) == repr(other) and run.id[:10] in repr(run) and "finished" in repr(run)
    page = run._repr_html_()
    assert page == other._repr_html_() and "<svg" in page
    for address in (" at 0x", "http://", "https://"):
        assert address not in repr(run) + page.replace("http://www.w3.org/2000/svg", "")


def test_a_value_is_read_from_its_event(inline):
    run = samples.makes_points.submit(n=1)
    run.wait()
    [event] = run.events(kind="result", follow=False)
    assert run.value(event) == samples.Point(x=-1)


def test_parts_name_what_is_carried(inline):
    run = samples.asks.submit()
    wait_for_lock(run)
    parts = inline.parts()
    assert parts["session"] == "inline" and [part["run"] for part in parts["runners"]] == [run.id]
    run.answer(yes=True)
    run.wait()


def test_a_session_remembers_nothing_of_runs_that_ended(inline):
    for _ in range(3):
        samples.nests_steps.submit(width=2, depth=2).wait()
    inline._threads.close()
    for thread in [thread for _, thread in list(inline._carriers.values())]:
        thread.join(5)
    assert not inline._carriers and not inline._contexts and not inline._pages and not inline._spool._parked


def test_a_store_that_is_locked_for_a_while_loses_nothing(inline, home):
    run = samples.asks.submit()
    wait_for_lock(run)
    inline.log.close()
    inline.log._engine = inline.log._dialect.engine(inline.log.url, 0.05)
    holder = sqlite3.connect(home / "events.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, holder.execute, ["ROLLBACK"]).start()
    run.answer(yes=True)
    assert run.result(10)["yes"] is True
    assert [e.offset for e in run.events(follow=False)] == list(range(run.record.events))
    holder.close()
