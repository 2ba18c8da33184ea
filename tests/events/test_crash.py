from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import msgspec

from kodonb.events.sql import SqlLog

WRITER = textwrap.dedent("""
    import itertools, sys
    from kodonb.events.sql import SqlLog
    from kodonb.model.event import Batch
    from tests.events.makers import rows
    log = SqlLog(sys.argv[1])
    first = log.append([Batch("r1", "flow", 0, [])])[0].upto
    for number in itertools.count(first, 50):
        commit, = log.append([Batch("r1", "flow", number, rows(*range(number, number + 50)))])
        print(commit.upto, flush=True)
""")


def acknowledged(url, enough):
    """Let a process write, kill it in the middle, and return the last number that it was sure of."""
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        lines = [int(next(writer.stdout)) for _ in range(enough)]
        writer.send_signal(signal.SIGKILL)
        lines += [int(line) for line in writer.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL
    return lines[-1]


HURRIED = textwrap.dedent("""
    import os, signal, sys
    from kodonb.events.sql import SqlLog
    from tests.events.makers import MODULE, record, status
    SqlLog(sys.argv[1]).create(record("r2"), MODULE, [status("starting")], hurry=True)
    os.kill(os.getpid(), signal.SIGKILL)
""")


def test_a_run_that_was_entered_in_a_hurry_outlives_its_killed_writer(request, tmp_path):
    for url in (f"sqlite:///{tmp_path / 'events.db'}", request.getfixturevalue("postgres")):
        killed = subprocess.run([sys.executable, "-c", HURRIED, url], check=False)
        assert killed.returncode == -signal.SIGKILL
        log = SqlLog(url)
        assert (log.find("r2").status, len(log.read("r2"))) == ("starting", 1)
        log.sync()
        log.close()


def test_only_a_hurried_commit_does_not_wait_for_the_disk(tmp_path):
    log = SqlLog(f"sqlite:///{tmp_path / 'events.db'}")
    waits = []
    for hurry in (False, True, False):
        with log.writing(hurry=hurry) as connection:
            waits.append(connection.exec_driver_sql("PRAGMA synchronous").scalar())
    assert waits == [2, 1, 2]  # FULL, NORMAL
    log.close()


def test_what_a_killed_writer_was_sure_of_is_there_once_and_in_order(request, tmp_path):
    from tests.events.makers import create

    for url in (f"sqlite:///{tmp_path / 'events.db'}", request.getfixturevalue("postgres")):
        log = SqlLog(url)
        create(log)
        acknowledged(url, 3)
        sure = acknowledged(url, 5)
        numbers = [msgspec.json.decode(stored.payload) for stored in log.read("r1", kinds=("debug",))]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) in {sure, sure + 50}
        log.close()
