"""Stores that cannot be used: each says what is wrong by its code, and keeps what it has."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import textwrap

import pytest

from kodonb.events import schema
from kodonb.events.sql import SqlLog
from kodonb.model.errors import StoreError, UsageError
from tests.events.makers import create, row, rows, send, status


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.db"


def opened(path, patience=0.2):
    return SqlLog(f"sqlite:///{path}", patience)


def trouble(call):
    with pytest.raises(StoreError) as caught:
        call()
    assert caught.value.where and caught.value.remedy
    return caught.value.code


def test_a_store_that_another_process_has_locked_is_waited_for(path):
    log = opened(path)
    create(log)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    assert trouble(lambda: send(log, row())) == "KN504"
    assert log.find("r1").events == 3  # readers do not wait
    holder.execute("ROLLBACK")
    assert send(log, row()).upto == 1
    holder.close()
    log.close()


def test_a_locked_postgres_store_is_waited_for(postgres):
    log = SqlLog(postgres, patience=0.2)
    create(log)
    other = SqlLog(postgres)
    with other.writing() as connection:
        connection.exec_driver_sql("LOCK TABLE event IN ACCESS EXCLUSIVE MODE")
        assert trouble(lambda: send(log, row())) == "KN504"
    assert send(log, row()).upto == 1
    other.close()
    log.close()


def test_a_file_that_is_no_database_is_told(path):
    path.write_bytes(b"this is no database at all" * 500)
    assert trouble(lambda: opened(path)) == "KN502"


def test_a_damaged_file_is_told(path):
    log = opened(path)
    create(log)
    send(log, *rows(*range(2000)))
    log.close()
    body = path.read_bytes()
    path.write_bytes(body[:4096] + b"\xff" * (len(body) - 4096))

    def use():
        again = opened(path)
        try:
            again.read("r1")
        finally:
            again.close()

    assert trouble(use) == "KN502"


@pytest.mark.parametrize("url", ["sqlite file", "postgresql"], indirect=True)
def test_a_store_of_a_newer_kodonb_is_left_alone(url):
    log = SqlLog(url)
    with log.writing() as connection:
        connection.execute(schema.version.update().values(version=schema.VERSION + 1))
    log.close()
    assert trouble(lambda: SqlLog(url)) == "KN503"


def test_a_file_that_may_not_be_written_is_told(path):
    opened(path).close()
    use = textwrap.dedent("""
        import sys
        from kodonb.events.sql import SqlLog
        from kodonb.model.errors import StoreError
        try:
            SqlLog("sqlite:///" + sys.argv[1]).remember("k", 1, b"")
        except StoreError as error:
            print(error.code)
    """)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    # Permissions stop everybody but root, and root only without its capabilities.
    powerless = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*powerless, sys.executable, "-c", use, path], capture_output=True, text=True, check=False
    )
    path.parent.chmod(0o755)
    assert done.stdout.strip() == "KN504", done.stderr


def test_a_folder_that_cannot_be_made_is_told():
    assert trouble(lambda: opened("/proc/nowhere/events.db")) == "KN504"


def test_a_full_disk_keeps_what_was_acknowledged(path):
    log = opened(path)
    create(log)
    send(log, *rows(*range(100)))
    with log.writing() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    big = rows(*["x" * 1000] * 500)
    assert trouble(lambda: send(log, *big, first=100)) == "KN501"
    assert len(log.read("r1", kinds=("debug",))) == 100
    log.close()
    log = opened(path)
    assert send(log, *big, first=100).upto == 600
    log.close()


def test_an_unreachable_server_is_told():
    assert trouble(lambda: SqlLog("postgresql+psycopg://nobody@127.0.0.1:1/none")) == "KN506"


def test_a_password_is_not_shown():
    with pytest.raises(StoreError) as caught:
        SqlLog("postgresql+psycopg://nobody:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)


def test_a_lost_connection_is_made_again(postgres):
    log, other = SqlLog(postgres), SqlLog(postgres)
    create(log)
    with other.writing() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    other.close()
    assert send(log, row()).upto == 1
    log.close()


def test_an_unknown_database_is_told():
    with pytest.raises(UsageError) as caught:
        SqlLog("mysql://here/x")
    assert caught.value.code == "KN007"


def test_a_second_writer_costs_a_try_and_nothing_else(path):
    log, other = opened(path), opened(path)
    create(log)
    send(log, row())
    other.settle("r1", "error", "gone", "KN306", 1)
    # The first writer does not know of the row yet; it finds out by itself, as its sender sends again.
    assert trouble(lambda: send(log, row(), status("finished"), first=1)) == "KN504"
    assert send(log, row(), status("finished"), first=1).upto == 3
    assert log.find("r1").status == "error"
    assert [stored.offset for stored in log.read("r1")] == [0, 1, 2, 3, 4, 5]
    for each in (log, other):
        each.close()
