"""Forgetting old runs."""

import os
import threading
import time

import msgspec
import pytest
import sqlalchemy as sa

from kodonb.events import prune as pruning
from kodonb.events import schema
from kodonb.events.artifacts import FileArtifacts, SqlArtifacts
from kodonb.events.prune import PruneQuery, candidates, prune
from kodonb.events.sql import SqlLog
from kodonb.model.errors import StoreError, UsageError
from kodonb.model.module import Module
from tests.events.makers import create, lease, lock, record, row, rows, send, status

ALL = PruneQuery(before=2**60)


@pytest.fixture
def files(tmp_path):
    return FileArtifacts(tmp_path / "artifacts")


def ended(log, run, *more, how="finished", **about):
    create(log, run, **about)
    send(log, *more, status(how), run=run)
    return run


def ids(log, **chosen):
    return [run.id for run in candidates(log, PruneQuery(**{"before": 2**60, **chosen}))]


def count(log, table):
    with log.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def age(files, sha):
    """Let an artifact be a day old."""
    then = time.time() - 86400
    os.utime(files._path(sha), (then, then))


def test_a_forgotten_run_leaves_nothing(log, files):
    ended(log, "r1", lock("flow.1"), lease("flow.1"), *rows(1, 2, 3))
    gone = prune(log, files, ALL)
    assert gone.runs == ("r1",)
    assert gone.events == 3 + 3 + 2 + 3  # its own, three more, awaiting and running, and its end
    assert gone.modules == 1
    assert [
        count(log, table) for table in (schema.run, schema.event, schema.source, schema.lock, schema.module)
    ] == [0] * 5
    with pytest.raises(UsageError):
        log.find("r1")


def test_other_runs_stay_whole(log, files):
    ended(log, "r1", *rows(*range(10)))
    create(log, "r2")
    send(log, *rows(*range(10)), run="r2")
    before = log.read("r2")
    assert prune(log, files, ALL).modules == 0
    assert log.read("r2") == before
    assert send(log, status("finished"), run="r2", first=10).events[0].offset == 13


def test_a_run_that_has_not_ended_is_never_forgotten(log):
    create(log, "r1")
    create(log, "r2")
    send(log, lock("flow.1"), run="r2")
    assert ids(log) == []


def test_runs_are_chosen_by_when_and_how_they_ended(log):
    ended(log, "r1")
    ended(log, "r2", how="error")
    ended(log, "r3", how="cancelled")
    assert ids(log) == ["r1", "r2", "r3"]
    assert ids(log, status=("error", "cancelled")) == ["r2", "r3"]
    bound = int(log.find("r2").ended.timestamp() * 1e6)
    assert ids(log, before=bound) == ["r1"]


def test_the_newest_runs_of_each_flow_stay(log):
    for run, flow in (("r1", "f"), ("r2", "g"), ("r3", "f"), ("r4", "f")):
        ended(log, run, flow=flow)
    assert ids(log, keep=1) == ["r1", "r3"]
    assert ids(log, keep=2) == ["r1"]


def test_the_run_that_a_retry_still_reads_stays(log):
    ended(log, "r1")
    create(log, "r2", retry_of="r1")
    assert ids(log) == []
    send(log, status("finished"), run="r2")
    assert ids(log) == ["r1", "r2"]


def test_many_events_go_in_small_transactions(log, files, monkeypatch):
    monkeypatch.setattr(pruning, "_CHUNK", 10)
    ended(log, "r1", *rows(*range(96)))
    held = []
    writing = log.writing

    def counted():
        held.append(1)
        return writing()

    monkeypatch.setattr(log, "writing", counted)
    assert prune(log, files, ALL).events == 100
    assert len(held) > 10


def test_an_interrupted_prune_is_finished_by_the_next(log, files, monkeypatch):
    monkeypatch.setattr(pruning, "_CHUNK", 10)
    ended(log, "r1", *rows(*range(96)))
    left = iter(range(4))
    writing = log.writing

    def failing():
        if next(left, None) is None:
            raise StoreError("the disk is full", code="KN501")
        return writing()

    with monkeypatch.context() as broken:
        broken.setattr(log, "writing", failing)
        with pytest.raises(StoreError):
            prune(log, files, ALL)
    assert count(log, schema.event) == 60
    assert prune(log, files, ALL).events == 60
    assert count(log, schema.run) == 0


def test_a_writer_beside_it_goes_on(tmp_path, files, monkeypatch):
    monkeypatch.setattr(pruning, "_CHUNK", 200)
    url = f"sqlite:///{tmp_path / 'events.db'}"
    spooler, client = SqlLog(url), SqlLog(url)
    ended(spooler, "r1", *rows(*range(20_000)))
    create(spooler, "r2")
    pruned = threading.Thread(target=prune, args=(client, files, ALL))
    pruned.start()
    sent, waits = 0, []
    while pruned.is_alive():
        begun = time.monotonic()
        send(spooler, *rows(sent), run="r2", first=sent)
        waits.append(time.monotonic() - begun)
        sent += 1
    pruned.join()
    assert sent > 5 and max(waits) < 5
    assert len(spooler.read("r2")) == 3 + sent
    spooler.close()
    client.close()


def test_modules_go_with_their_last_run(log, files):
    ended(log, "r1")
    other = Module(entry="g", source="def g(): ...\n")
    log.create(
        record("r2", module=other.hash), other, [row("meta", {}), row("inputs", {}), status("starting")]
    )
    assert prune(log, files, ALL).modules == 1
    assert log.module(other.hash) == other


def test_cached_results_older_than_the_bound_go(log, files):
    log.remember("old", 10, b"1")
    log.remember("young", 30, b"2")
    assert prune(log, files, PruneQuery(before=20)).cached == 1
    assert log.recall("old", 0) is None and log.recall("young", 0) == b"2"


def test_an_artifact_goes_when_nothing_mentions_it(log, files):
    shas = {name: files.put(name.encode()) for name in ("result", "display", "cached", "pruned", "never")}
    for sha in shas.values():
        age(files, sha)
    create(log, "r1")
    kept = {"artifact": shas["result"], "bytes": 6, "how": "json"}
    shown = {"mime": {"image/png": {"artifact": shas["display"], "bytes": 7}}}
    send(log, row("step", {"step": "a#1", "value": kept}), row("display", shown), run="r1")
    ended(log, "r2", row("final", {"artifact": shas["pruned"], "bytes": 6, "how": "json"}))
    log.remember(
        "key", 2**60 + 1, msgspec.json.encode({"artifact": shas["cached"], "bytes": 6, "how": "json"})
    )
    assert prune(log, files, ALL).artifacts == 2
    assert [name for name, sha in shas.items() if files._path(sha).exists()] == [
        "result",
        "display",
        "cached",
    ]


def test_mentions_are_found_on_every_page(log, files, monkeypatch):
    monkeypatch.setattr(pruning, "_PAGE", 3)
    shas = [files.put(str(number).encode()) for number in range(8)]
    create(log, "r1")
    send(log, *(row("result", {"artifact": sha}) for sha in shas[:7]), run="r1")
    for sha in shas:
        age(files, sha)
    assert prune(log, files, ALL).artifacts == 1


def test_an_artifact_whose_event_is_still_on_its_way_stays(log, files):
    files.put(b"fresh")
    assert prune(log, files, ALL).artifacts == 0


def test_artifacts_in_the_database_go_when_no_run_is_going_on(log):
    artifacts = SqlArtifacts(log)
    kept, lost = artifacts.put(b"kept"), artifacts.put(b"lost")
    create(log, "r1")
    assert prune(log, artifacts, ALL).artifacts == 0
    send(log, row("final", {"artifact": kept, "bytes": 4, "how": "json"}), status("finished"), run="r1")
    assert prune(log, artifacts, PruneQuery(before=0)).artifacts == 1
    assert artifacts.get(kept) == b"kept"
    with pytest.raises(StoreError):
        artifacts.get(lost)
