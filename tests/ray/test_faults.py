"""What a run survives: every part is really killed, and no acknowledged event is lost or doubled."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

import kodonb as kb
from kodonb.model.errors import RunError, RunFailed
from kodonb.session.ray.session import RaySession
from tests.ray.conftest import busy, eventually, kill

pytestmark = pytest.mark.timeout(300)


class Approval(BaseModel):
    """May it go on?"""

    approved: bool


@kb.flow
def burst(count: int, pause: float = 0.0) -> int:
    """Emit numbered events."""
    for number in range(count):
        kb.emit("debug", number)
        if pause:
            time.sleep(pause)
    return count


@kb.flow
def asking() -> bool:
    """Wait for an answer."""
    return kb.ask(Approval, "May it go on?").approved


def numbers(run: kb.Run) -> list[Any]:
    """Return what a run emitted."""
    return [event.payload for event in run.events(kind="debug", follow=False)]


def offsets(run: kb.Run) -> list[int]:
    """Return the offsets of all events."""
    return [event.offset for event in run.events(follow=False)]


def runner_of(session: RaySession, run: kb.Run) -> int:
    """Return the process that carries a run."""
    found = eventually(lambda: [r for r in busy(session) if r["run"] == run.id], "a runner has the run")
    return int(found[0]["pid"])


def test_a_killed_spooler_loses_and_doubles_nothing(ray_session: RaySession) -> None:
    runs = [burst.submit(count=30_000, pause=0.00005) for _ in range(3)]
    for run in runs:
        eventually(lambda run=run: len(numbers(run)) > 500, "the burst is under way")
    first = ray_session.parts()["spooler"]["pid"]
    kill(first)
    for run in runs:
        assert run.result(timeout=90) == 30_000
        assert numbers(run) == list(range(30_000))
        assert offsets(run) == list(range(run.record.events))
    assert ray_session.parts()["spooler"]["pid"] != first


def test_a_spooler_killed_again_and_again_changes_nothing(ray_session: RaySession) -> None:
    run = burst.submit(count=8_000, pause=0.001)
    for _ in range(3):
        time.sleep(1.0)
        kill(ray_session.parts()["spooler"]["pid"])
    assert run.result(timeout=90) == 8_000
    assert numbers(run) == list(range(8_000))


def test_a_killed_runner_ends_its_run_with_the_reason_and_leaves_what_it_sent(
    ray_session: RaySession,
) -> None:
    run = burst.submit(count=1_000_000, pause=0.001)
    eventually(lambda: len(numbers(run)) > 100, "events arrive")
    kill(runner_of(ray_session, run))
    with pytest.raises(RunFailed) as failed:
        run.result(timeout=30)
    assert failed.value.code == "KN305"
    assert "died" in run.record.reason
    found = numbers(run)
    assert found == list(range(len(found)))
    assert len(found) > 100


def test_a_run_with_retries_outlives_its_runner(ray_session: RaySession, tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    @kb.step
    def once(mark: str) -> int:
        with open(mark, "a", encoding="utf-8") as file:  # noqa: PTH123 - a step needs few imports
            file.write("x")
        return 7

    @kb.flow(retries=1)
    def sturdy(mark: str) -> int:
        value = once.submit(mark).result()
        kb.debug("ready")
        time.sleep(3)
        return value

    run = sturdy.submit(mark=str(mark))
    eventually(lambda: numbers(run) == ["ready"], "the step is done")
    kill(runner_of(ray_session, run))
    assert run.result(timeout=40) == 7
    assert mark.read_text() == "x", "the finished step is replayed, not executed again"


def test_a_killed_worker_fails_its_step_with_its_inputs(ray_session: RaySession) -> None:
    @kb.step
    def sleeper(seconds: float) -> None:
        time.sleep(seconds)

    @kb.flow
    def lonely() -> None:
        sleeper.submit(60.0).result()

    run = lonely.submit()
    pid = eventually(lambda: _step_pid(ray_session, run), "the step runs")
    kill(pid)
    with pytest.raises(RunFailed):
        run.result(timeout=30)
    [final] = run.events(kind="final", follow=False)
    assert final.payload["error"]["step"] == "sleeper#1"
    assert final.payload["error"]["inputs"] == {"seconds": "60.0"}


def test_a_step_with_retries_outlives_its_worker(ray_session: RaySession, tmp_path: Path) -> None:
    @kb.step(retries=1)
    def fragile(folder: str) -> str:
        mark = os.path.join(folder, "mark")  # noqa: PTH118 - a step needs few imports
        if os.path.exists(mark):  # noqa: PTH110
            return "second"
        with open(mark, "w", encoding="utf-8"):  # noqa: PTH123
            pass
        time.sleep(60)
        return "first"

    @kb.flow
    def enduring(folder: str) -> str:
        return fragile.submit(folder).result()

    run = enduring.submit(folder=str(tmp_path))
    eventually((tmp_path / "mark").exists, "the step has begun")
    kill(eventually(lambda: _step_pid(ray_session, run), "the step runs"))
    assert run.result(timeout=40) == "second"
    attempts = [
        e.payload["attempt"] for e in run.events(kind="step", follow=False) if e.payload["state"] == "running"
    ]
    assert attempts == [1, 2]


def _step_pid(session: RaySession, run: kb.Run) -> int | None:
    found = [step["pid"] for step in session.parts()["steps"] if step["run"] == run.id]
    return found[0] if found else None


def test_a_free_runner_that_dies_is_replaced(ray_session: RaySession) -> None:
    free = eventually(
        lambda: _free(ray_session) if len(_free(ray_session)) == 2 else None, "two runners wait"
    )
    kill(free[0])
    eventually(lambda: len(set(_free(ray_session)) - {free[0]}) == 2, "another one waits")
    assert burst.submit(count=1).result(timeout=30) == 1


def _free(session: RaySession) -> list[int]:
    return [runner["pid"] for runner in session.parts()["runners"] if runner["run"] is None]


def test_a_run_outlives_the_process_that_submitted_it(ray_session: RaySession, instance: Path) -> None:
    program = instance / "kernel.py"
    program.write_text(
        textwrap.dedent(
            """
            import os, signal, time
            import kodonb as kb

            @kb.flow
            def orphaned() -> str:
                for number in range(20):
                    kb.debug(number)
                    time.sleep(0.1)
                return "done"

            run = orphaned.submit()
            next(iter(run.events(kind="debug")))
            print(run.id, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
            """
        )
    )
    kernel = subprocess.run(
        [sys.executable, str(program)], capture_output=True, text=True, timeout=60, check=False
    )
    assert kernel.returncode == -9, kernel.stderr
    run = kb.attach(kernel.stdout.strip())
    assert run.result(timeout=30) == "done"
    assert numbers(run) == list(range(20))


def test_a_store_locked_for_ten_seconds_delays_but_loses_nothing(
    ray_session: RaySession, instance: Path
) -> None:
    run = burst.submit(count=2_000, pause=0.001)
    eventually(lambda: len(numbers(run)) > 100, "events arrive")
    other = sqlite3.connect(instance / "events.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(1)
    assert "KN504" in ray_session.parts()["spooler"]["trouble"]
    time.sleep(9)
    other.execute("ROLLBACK")
    other.close()
    assert run.result(timeout=30) == 2_000
    assert numbers(run) == list(range(2_000))
    assert ray_session.parts()["spooler"]["trouble"] is None


def test_what_is_emitted_after_the_return_from_threads_and_tasks_is_there(ray_session: RaySession) -> None:
    @kb.flow
    def parting() -> str:
        import ray

        def later() -> None:
            time.sleep(0.5)
            kb.debug("thread")

        @ray.remote
        def grandchild() -> None:
            time.sleep(0.5)
            kb.debug("grandchild")

        @ray.remote
        def child() -> None:
            grandchild.remote()
            time.sleep(0.2)
            kb.debug("child")

        threading.Thread(target=later).start()
        child.remote()
        return "returned"

    run = parting.submit()
    assert run.result(timeout=40) == "returned"
    assert sorted(numbers(run)) == ["child", "grandchild", "thread"]
    assert [e.kind for e in run.events(follow=False)][-1] == "status"


def test_the_users_own_actors_belong_to_the_run(ray_session: RaySession) -> None:
    @kb.flow
    def with_actor() -> int:
        import ray

        @ray.remote
        class Counter:
            def __init__(self, start: int) -> None:
                self.count = start

            def add(self) -> int:
                self.count += 1
                kb.debug(self.count)
                return self.count

        counter = Counter.remote(5)
        ray.get(counter.add.remote())
        return ray.get(counter.add.remote())

    run = with_actor.submit()
    assert run.result(timeout=40) == 7
    eventually(lambda: numbers(run) == [6, 7], "the actor's events are there")
    [source] = {event.source for event in run.events(kind="debug", follow=False)}
    assert source.startswith("Counter@")


def test_a_flow_that_emits_without_end_is_slowed_and_stays_small(
    ray_session: RaySession, instance: Path
) -> None:
    @kb.flow
    def endless() -> None:
        while True:
            kb.emit("debug", "x" * 1000)

    run = endless.submit()
    pid = runner_of(ray_session, run)
    eventually(lambda: run.record.events > 1000, "events arrive")
    other = sqlite3.connect(instance / "events.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    time.sleep(2)
    held = _memory(pid)
    time.sleep(2)
    assert _memory(pid) - held < 20e6, "what cannot be committed is not piled up"
    other.execute("ROLLBACK")
    other.close()
    time.sleep(1)
    run.cancel(grace=5)
    run.wait(timeout=30)
    assert run.status == "cancelled"
    assert any("waited" in e.payload["message"] for e in run.events(kind="log", follow=False))
    assert offsets(run) == list(range(run.record.events))


def _memory(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_an_event_of_50_mb_is_told_and_the_run_goes_on(ray_session: RaySession) -> None:
    @kb.flow
    def huge() -> str:
        kb.debug("x" * 50_000_000)
        kb.debug("small")
        return "went on"

    run = huge.submit()
    assert run.result(timeout=40) == "went on"
    assert numbers(run) == ["small"]
    [error] = run.events(kind="error", follow=False)
    assert error.payload["code"] == "KN307"
    assert "50.0 MB" in error.payload["message"]


def test_two_processes_that_submit_at_once_both_run(ray_session: RaySession, instance: Path) -> None:
    program = instance / "submitter.py"
    program.write_text(
        textwrap.dedent(
            """
            import kodonb as kb

            @kb.flow
            def one(number: int) -> int:
                return number

            runs = [one.submit(number=n) for n in range(3)]
            assert [run.result(60) for run in runs] == [0, 1, 2]
            print(*(run.id for run in runs))
            """
        )
    )
    kernels = [
        subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    ids = " ".join(kernel.communicate(timeout=90)[0] for kernel in kernels).split()
    assert len(set(ids)) == 6
    assert all(kb.attach(run).status == "finished" for run in ids)


def test_cancelling_an_awaiting_run_ends_it(ray_session: RaySession) -> None:
    run = asking.submit()
    eventually(lambda: run.status == "awaiting", "it asks")
    run.cancel()
    run.wait(timeout=20)
    assert run.status == "cancelled"
    assert run.locks() == []
    with pytest.raises(RunError) as refused:
        run.answer(approved=True)
    assert refused.value.code in {"KN308", "KN309", "KN311"}


def test_code_that_ignores_being_cancelled_is_ended_by_force(ray_session: RaySession) -> None:
    @kb.flow
    def stubborn() -> None:
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(60)

    run = stubborn.submit()
    pid = runner_of(ray_session, run)
    eventually(lambda: run.status == "running", "it runs")
    run.cancel(grace=0.5)
    run.wait(timeout=20)
    assert run.status == "cancelled"
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "its process is gone")


def test_a_question_is_answered_once(ray_session: RaySession) -> None:
    run = asking.submit()
    eventually(lambda: run.status == "awaiting", "it asks")
    with pytest.raises(kb.KodonbError) as wrong:
        run.answer(approved="perhaps")
    assert wrong.value.code == "KN310"
    run.answer(approved=True, by="ada")
    with pytest.raises(RunError) as twice:
        run.answer(approved=False, by="bob")
    assert twice.value.code in {"KN308", "KN311"}
    assert run.result(timeout=20) is True
    [lease] = run.events(kind="lease", follow=False)
    assert (lease.payload["by"], lease.payload["value"]) == ("ada", {"approved": True})
