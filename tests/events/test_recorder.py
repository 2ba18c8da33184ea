from __future__ import annotations

import threading
import time

import msgspec
import pytest

from kodonb.events.recorder import BATCH_ROWS, Recorder
from kodonb.model.errors import RunTimeout
from kodonb.model.event import MAX_PAYLOAD


def silent():
    """Wake nobody."""


def recorder(wake=silent, **more):
    return Recorder("r1", "flow", wake, **more)


def numbers(batch):
    return [msgspec.json.decode(each.payload) for each in batch.rows]


def send_all(source):
    """Take everything and acknowledge it, as a sender does; return what was sent."""
    sent = []
    while (batch := source.take()) is not None:
        sent += batch.rows
        source.acknowledge(batch.first + len(batch.rows))
    return sent


def test_rows_are_numbered_and_taken_in_order():
    source = recorder()
    for number in range(BATCH_ROWS + 10):
        source.emit("debug", number)
    first, second = source.take(), source.take()
    assert (first.run, first.source, first.first, second.first) == ("r1", "flow", 0, BATCH_ROWS)
    assert numbers(first) + numbers(second) == list(range(BATCH_ROWS + 10))
    assert source.take() is None and len(source) == BATCH_ROWS + 10


def test_the_sender_is_woken_once_for_what_it_has_not_taken():
    woken = []
    source = recorder(lambda: woken.append(1))
    source.emit("debug", 1)
    source.emit("debug", 2)
    assert len(woken) == 1
    source.take()
    source.emit("debug", 3)
    assert len(woken) == 2


def test_what_is_not_acknowledged_is_sent_again_as_it_was():
    source = recorder()
    for number in range(3):
        source.emit("debug", number)
        source.take()
    source.acknowledge(1)
    source.emit("debug", 3)
    source.rewind()
    again = [source.take(), source.take(), source.take(), source.take()]
    assert [(b.first, numbers(b)) for b in again[:3]] == [(1, [1]), (2, [2]), (3, [3])] and again[3] is None
    source.acknowledge(4)
    source.rewind()
    assert source.take() is None and source.outstanding == 0


def test_a_late_acknowledgement_after_a_rewind_sends_nothing_twice_in_vain():
    source = recorder()
    for number in range(3):
        source.emit("debug", number)
        source.take()
    source.rewind()
    assert source.take().first == 0
    source.acknowledge(2)  # of what was sent before the rewind
    assert source.take().first == 2 and source.take() is None


def test_only_so_much_is_on_its_way_at_once():
    source = recorder()
    for number in range(100):
        source.emit("debug", number)
        source.take()
    sent = len(source._flying)
    assert sent < 20 and source.take() is None
    source.acknowledge(1)
    assert source.take().first == sent


def test_flush_waits_for_the_log():
    source = recorder()
    source.emit("debug", 1)
    with pytest.raises(RunTimeout):
        source.flush(0.01)
    threading.Timer(0.05, send_all, [source]).start()
    began = time.monotonic()
    source.flush(5)
    assert time.monotonic() - began >= 0.04 and source.outstanding == 0


def test_emitting_waits_for_a_slow_log_and_says_so():
    source = recorder(bound=10_000)
    taken = []

    def log():
        time.sleep(0.7)
        while len(taken) < 60:
            taken.extend(send_all(source))
            time.sleep(0.001)

    sender = threading.Thread(target=log)
    sender.start()
    most = 0
    for _ in range(60):
        source.emit("debug", "x" * 1000)
        most = max(most, source.outstanding)
    sender.join()
    taken.extend(send_all(source))
    assert most < 10_000 + 2 * 1200
    told = [msgspec.json.decode(each.payload) for each in taken if each.kind == "log"]
    assert len(told) == 1 and told[0]["level"] == "WARNING" and "waited 0." in told[0]["message"]
    assert len(taken) == 61


def test_a_sender_that_took_everything_while_emitting_waited_is_woken():
    rung = threading.Event()
    source = recorder(rung.set, bound=1000)
    source.emit("debug", "x" * 2000)
    waiting = threading.Thread(target=source.emit, args=("debug", "last"))
    waiting.start()
    time.sleep(0.6)  # long enough for it to say so
    rung.clear()
    send_all(source)
    waiting.join(5)
    assert rung.wait(1)
    assert [each.kind for each in send_all(source)] == ["log", "debug"]


def test_small_rows_are_bounded_too():
    source = recorder(bound=100_000)
    emitter = threading.Thread(target=lambda: [source.emit("debug", 1) for _ in range(5000)])
    emitter.start()
    time.sleep(0.1)
    assert 100 < len(source) < 1000
    source.drop()
    emitter.join(5)
    assert not emitter.is_alive()


def test_a_dropped_recorder_lets_everybody_go_and_holds_nothing():
    source = recorder(bound=1000)
    source.emit("debug", "x" * 2000)
    waiting = [threading.Thread(target=source.emit, args=("debug", 1)), threading.Thread(target=source.flush)]
    for thread in waiting:
        thread.start()
    source.drop()
    for thread in waiting:
        thread.join(5)
        assert not thread.is_alive()
    source.emit("debug", "x" * 2000)
    assert source.outstanding == 0 and source.take() is None


def test_an_event_of_50_mb_is_replaced_by_an_error_that_says_so():
    source = recorder()
    source.emit("display", {"mime": {"text/plain": "x" * 50_000_000}})
    source.emit("debug", "next")
    large, after = send_all(source)
    told = msgspec.json.decode(large.payload)
    assert large.kind == "error" and told["code"] == "KN307" and "display event of 50.0 MB" in told["message"]
    assert len(large.payload) < 1000 and after.kind == "debug"


def test_the_largest_allowed_payload_passes():
    source = recorder()
    kinds = []
    for size in (MAX_PAYLOAD - 2, MAX_PAYLOAD - 1):  # and two quotes
        source.emit("debug", "x" * size)
        kinds += [each.kind for each in send_all(source)]
    assert kinds == ["debug", "error"]


def test_threads_lose_nothing_and_each_keeps_its_order():
    source = recorder(bound=50_000)
    done = threading.Event()
    taken = []

    def log():
        while not done.wait(0.0005):
            taken.extend(send_all(source))
        taken.extend(send_all(source))

    sender = threading.Thread(target=log)
    threads = [
        threading.Thread(target=lambda me=me: [source.emit("debug", [me, n]) for n in range(1000)])
        for me in range(4)
    ]
    for thread in (sender, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    sender.join()
    found = [msgspec.json.decode(each.payload) for each in taken if each.kind == "debug"]
    assert len(found) == 4000
    assert all([n for who, n in found if who == me] == list(range(1000)) for me in range(4))


def test_times_never_go_back_when_the_clock_does(monkeypatch):
    source = recorder()
    source.emit("debug", 1)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    source.emit("debug", 2)
    first, second = send_all(source)
    assert 0 <= second.at - first.at < 1_000_000
