"""Flows and steps as Ray tasks: what users write, on a real instance."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from pydantic import BaseModel

import kodonb as kb
from kodonb.model.errors import RunFailed
from kodonb.session.ray.session import RaySession
from tests.ray.conftest import eventually

pytestmark = pytest.mark.timeout(300)


class Found(BaseModel):
    """What a flow found."""

    words: list[str]


@kb.step
def table(rows: int) -> pd.DataFrame:
    """Make a table."""
    return pd.DataFrame({"n": range(rows)})


@kb.step
def total(frames: list[pd.DataFrame], extra: dict[str, Found]) -> int:
    """Add up what came from other workers."""
    return sum(int(frame.n.sum()) for frame in frames) + len(extra["found"].words)


@kb.step
def search(word: str) -> Found:
    """Find a word."""
    return Found(words=[word])


@kb.step
def mark(file: str, text: str) -> str:
    """Leave a mark each time it is really executed."""
    with open(file, "a", encoding="utf-8") as marks:  # noqa: PTH123 - a step needs few imports
        marks.write(text)
    return text


@kb.step(cache="1h")
def costly(file: str, number: int) -> int:
    """Leave a mark each time it is really executed."""
    with open(file, "a", encoding="utf-8") as marks:  # noqa: PTH123 - a step needs few imports
        marks.write("c")
    return number * 2


@kb.step
def outer(depth: int) -> int:
    """Call itself as a step of its own."""
    return 0 if depth == 0 else 1 + outer.submit(depth - 1).result()


@kb.flow
async def passing() -> int:
    """Pass tables and models from step to step."""
    frames = table.map([10, 20])
    return await total.submit(frames, {"found": search.submit("here")})


@kb.flow
def replaying(file: str, fail: str) -> str:
    """Fail while a file is there, after a step has finished."""
    text = mark.submit(file, "x").result()
    if Path(fail).exists():
        raise RuntimeError("not yet")
    return text + mark.submit(file, "y").result()


@kb.flow
def caching(file: str) -> int:
    """Use a cached step."""
    return costly.submit(file, 21).result()


@kb.flow
def nesting() -> list[int]:
    """Nest more steps than there are CPUs."""
    return outer.map([4, 4, 4]).results()


@kb.flow
def yielding() -> Iterator[Found]:
    """Yield results on the way."""
    for word in ("a", "b"):
        yield Found(words=[word])


@kb.flow
def large() -> pd.DataFrame:
    """Return more than an event holds."""
    return pd.DataFrame({"n": range(100_000)})


@kb.flow(timeout="1s")
def slow() -> None:
    """Take longer than allowed."""
    time.sleep(60)


@kb.step(timeout="500ms")
def slow_step() -> None:
    """Take longer than allowed."""
    time.sleep(60)


@kb.flow
def slow_inside() -> None:
    """Wait for a step that takes too long."""
    slow_step.submit().result()


@kb.flow(retries=2)
def second_time(file: str) -> int:
    """Succeed when it is called for the second time."""
    mark.submit(file, "s").result()
    if not Path(file + ".seen").exists():
        Path(file + ".seen").touch()
        raise RuntimeError("first time")
    return 2


def test_values_of_any_kind_go_from_step_to_step(ray_session: RaySession) -> None:
    run = passing.submit()
    assert run.result(timeout=60) == 45 + 190 + 1
    assert run.graph()["total#1"] == ["table#1", "table#2", "search#1"]


def test_a_retry_replays_finished_steps_and_executes_the_rest(
    ray_session: RaySession, tmp_path: Path
) -> None:
    marks, fail = tmp_path / "marks", tmp_path / "fail"
    fail.touch()
    run = replaying.submit(file=str(marks), fail=str(fail))
    with pytest.raises(RunFailed):
        run.result(timeout=60)
    fail.unlink()
    again = run.retry()
    assert again.result(timeout=60) == "xy"
    assert marks.read_text() == "xy"
    assert [e.payload["state"] for e in again.events(kind="step", follow=False)].count("replayed") == 1


def test_a_cached_step_is_executed_once_for_all_runs(ray_session: RaySession, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    assert [caching.submit(file=str(marks)).result(timeout=60) for _ in range(2)] == [42, 42]
    assert marks.read_text() == "c"


def test_steps_that_wait_for_steps_do_not_starve_them(ray_session: RaySession) -> None:
    assert nesting.submit().result(timeout=120) == [4, 4, 4]


def test_what_a_flow_yields_comes_back_as_the_objects_it_was(ray_session: RaySession) -> None:
    run = yielding.submit()
    assert run.result(timeout=60) == [Found(words=["a"]), Found(words=["b"])]
    assert [run.value(e) for e in run.events(kind="result", follow=False)] == [
        Found(words=["a"]),
        Found(words=["b"]),
    ]


def test_a_large_result_is_an_artifact_and_comes_back_whole(ray_session: RaySession) -> None:
    run = large.submit()
    assert len(run.result(timeout=60)) == 100_000
    [final] = run.events(kind="final", follow=False)
    assert "artifact" in final.payload


def test_a_flow_and_a_step_that_take_too_long_are_ended(ray_session: RaySession) -> None:
    for flow in (slow, slow_inside):
        with pytest.raises(RunFailed) as late:
            flow.submit().result(timeout=60)
        assert late.value.code == "KN303"


def test_a_flow_with_retries_is_called_again_with_its_steps_replayed(
    ray_session: RaySession, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    run = second_time.submit(file=str(marks))
    assert run.result(timeout=60) == 2
    assert marks.read_text() == "s"


def test_many_runs_at_once_all_finish(ray_session: RaySession) -> None:
    runs = [passing.submit() for _ in range(6)]
    assert [run.result(timeout=120) for run in runs] == [236] * 6
    eventually(lambda: all(run.status == "finished" for run in runs), "all have ended")
