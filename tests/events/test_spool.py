from __future__ import annotations

import threading

import pytest

from kodonb.events.spool import PAGE_ROWS, Spool
from kodonb.events.sql import SqlLog
from kodonb.model.errors import StoreError, UsageError
from kodonb.model.event import Batch
from tests.events.makers import create, payloads, row, rows, status


@pytest.fixture
def spool(log):
    return Spool(log)


def send(spool, *given, first=0, source="flow", run="r1"):
    spool.append([Batch(run, source, first, list(given))])


class Follower:
    """Asks for page after page until the run is over."""

    def __init__(self, spool, after=-1, run="r1"):
        self.spool, self.after, self.run = spool, after, run
        self.seen = []
        self.over = threading.Event()

    def ask(self):
        self.spool.next(self, self.run, self.after, self.take)
        return self

    def take(self, page):
        self.seen += page.events
        if page.over:
            self.over.set()
        else:
            self.after = page.events[-1].offset
            self.ask()


def test_a_late_follower_gets_what_is_there_and_the_next_as_it_comes(log, spool):
    create(log)
    send(spool, *rows("a"))
    late = Follower(spool, after=2).ask()
    assert payloads(late.seen) == ["a"]
    send(spool, *rows("b", "c"), first=1)
    assert payloads(late.seen) == ["a", "b", "c"] and not late.over.is_set()


def test_a_follower_is_told_when_the_run_is_over(log, spool):
    create(log)
    one, other = Follower(spool).ask(), Follower(spool, after=100).ask()
    send(spool, status("finished"))
    assert one.over.is_set() and payloads(one.seen)[-1] == {"status": "finished"}
    assert other.over.is_set() and other.seen == []
    assert Follower(spool).ask().over.is_set()


def test_a_run_that_is_settled_wakes_its_followers(log, spool):
    create(log)
    one = Follower(spool).ask()
    log.settle("r1", "error", "gone", "KN305", 1)
    spool.look_again("r1")
    assert one.over.is_set() and payloads(one.seen)[-1]["reason"] == "gone"


def test_who_does_not_ask_gets_nothing(log, spool):
    create(log)
    pages = []
    spool.next("me", "r1", 2, pages.append)
    send(spool, *rows("a"))
    send(spool, *rows("b"), first=1)
    assert [payloads(page.events) for page in pages] == [["a"]]


def test_what_was_taken_back_is_not_delivered(log, spool):
    create(log)
    pages = []
    spool.next("me", "r1", 2, pages.append)
    spool.next("other", "r1", 2, pages.append)
    spool.forget("me", "r1")
    spool.forget("never asked", "r1")
    send(spool, *rows("a"))
    assert len(pages) == 1 and not spool._parked


def test_asking_again_replaces_what_was_asked(log, spool):
    create(log)
    before, after = [], []
    spool.next("me", "r1", 2, before.append)
    spool.next("me", "r1", 3, after.append)
    send(spool, *rows("a"))
    assert (before, after) == ([], [])
    send(spool, *rows("b"), first=1)
    assert before == [] and payloads(after[0].events) == ["b"]


def test_a_long_history_comes_in_pages(log, spool):
    create(log)
    send(spool, *rows(*range(PAGE_ROWS + 5)))
    pages = []
    spool.next("me", "r1", 2, pages.append)
    assert payloads(pages[0].events) == list(range(PAGE_ROWS))


def test_following_an_unknown_run_fails_and_leaves_nothing(log, spool):
    with pytest.raises(UsageError):
        spool.next("me", "nobody", -1, [].append)
    assert not spool._parked


def test_followers_get_each_event_once_and_in_order_while_threads_append(log, spool):
    create(log)
    followers = [Follower(spool).ask() for _ in range(3)]

    def work(source):
        for number in range(0, 200, 5):
            send(spool, *rows(*range(number, number + 5)), first=number, source=source)

    def join_in():
        followers.extend(Follower(spool).ask() for _ in range(5))

    threads = [threading.Thread(target=work, args=(source,)) for source in ("a", "b", "c")]
    threads.append(threading.Thread(target=join_in))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    send(spool, status("finished"))
    expected = log.read("r1")
    assert len(expected) == 3 + 600 + 1
    for follower in followers:
        assert follower.over.wait(5) and follower.seen == expected


class Hesitant:
    """A log between whose answers something else happens."""

    def __init__(self, log, after_read):
        self._log, self._after_read = log, after_read

    def __getattr__(self, name):
        return getattr(self._log, name)

    def read(self, *args):
        found = self._log.read(*args)
        self._after_read()
        return found


def test_an_event_that_is_committed_while_a_follower_looks_is_not_missed(log):
    create(log)
    pages = []
    spool = Spool(Hesitant(log, lambda: None if pages else send(spool, *rows("just now"))))
    spool.next("me", "r1", 2, pages.append)
    assert [payloads(page.events) for page in pages] == [["just now"]]


def test_a_run_that_ends_while_a_follower_looks_is_not_over_too_early(log):
    create(log)
    # By somebody else, so that nobody is woken meanwhile.
    ends = [lambda: log.append([Batch("r1", "flow", 0, [row("final", {"json": 1}), status("finished")])])]
    spool = Spool(Hesitant(log, lambda: ends.pop()() if ends else None))
    follower = Follower(spool, after=2).ask()
    spool.look_again("r1")
    assert follower.over.is_set() and [each.kind for each in follower.seen] == ["final", "status"]


def test_a_follower_that_could_not_be_woken_is_woken_when_the_batch_is_sent_again(tmp_path):
    log = SqlLog(f"sqlite:///{tmp_path / 'events.db'}")
    create(log)
    fails = []

    def fail():
        if fails:
            raise fails.pop()

    spool = Spool(Hesitant(log, fail))
    follower = Follower(spool, after=2).ask()
    send(spool, *rows("a"))
    log.append([Batch("r1", "flow", 1, rows("b"))])  # by somebody else: the next page must be read
    fails.append(StoreError("locked"))
    with pytest.raises(StoreError):
        send(spool, *rows("c"), first=2)
    send(spool, *rows("c"), first=2)
    assert payloads(follower.seen) == ["a", "b", "c"]
    log.close()
