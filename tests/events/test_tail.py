"""The newest events, remembered so that followers need not ask the log."""

from __future__ import annotations

from kodonb.events.tail import Tails
from kodonb.model.event import Stored


def stored(first, count, kind="debug", size=10):
    return [Stored(first + i, 0, kind, "flow", b"x" * size) for i in range(count)]


def offsets(events):
    return [event.offset for event in events]


def test_what_follows_an_offset_comes_from_memory_in_order():
    tails = Tails()
    tails.add("r", stored(0, 3))
    tails.add("r", stored(3, 2))
    assert offsets(tails.after("r", 1)[0]) == [2, 3, 4]
    assert tails.after("r", 4)[0] == []


def test_what_is_no_longer_remembered_is_left_to_the_log():
    tails = Tails()
    for batch in range(300):
        tails.add("r", stored(batch * 10, 10, size=1000))
    assert tails.after("r", 5) == ([], False)
    newest = tails.after("r", 2990)[0]
    assert offsets(newest) == list(range(2991, 3000))


def test_a_gap_forgets_what_was_before_it():
    tails = Tails()
    tails.add("r", stored(0, 3))
    tails.add("r", stored(7, 2))
    assert tails.after("r", 1) == ([], False)
    assert offsets(tails.after("r", 6)[0]) == [7, 8]


def test_a_run_counts_as_going_on_until_its_next_status():
    tails = Tails()
    tails.add("r", stored(0, 2))
    assert tails.after("r", 1) == ([], False)
    tails.live("r", 1)
    assert tails.after("r", 1) == ([], True)
    tails.add("r", stored(2, 1, kind="status"))
    assert tails.after("r", 2) == ([], False)


def test_runs_that_were_written_long_ago_are_forgotten():
    tails = Tails()
    tails.add("old", stored(0, 1))
    for number in range(64):
        tails.add(f"r{number}", stored(0, 1))
    assert tails.after("old", -1) == ([], False)
    assert offsets(tails.after("r63", -1)[0]) == [0]
