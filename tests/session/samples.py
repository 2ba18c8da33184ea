"""Flows that tests run."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, Field

import kodonb as kb


class Answer(BaseModel):
    yes: bool
    why: str = ""


class Point(BaseModel):
    x: int


class Place(BaseModel):
    name: str = Field(alias="Name")


class Unkeepable:
    def __reduce__(self):
        raise TypeError("not me")


def note(path: str, text: str) -> None:
    """Leave a trace of an execution outside the run."""
    with Path(path).open("a") as file:
        file.write(text + "\n")


# --- kinds of flows


@kb.flow(tags=("a", "b"), author="ada")
def double(n: int = 3) -> int:
    """Doubles a number."""
    return 2 * n


@kb.flow
def names(place: Place) -> str:
    return place.name


@kb.flow
async def waits(n: int) -> int:
    await asyncio.sleep(0.01)
    return n + 1


@kb.flow
def yields(n: int):
    for i in range(n):
        yield {"i": i}


@kb.flow
def yields_and_returns(n: int):
    yield from range(n)
    return "done"


@kb.flow
async def yields_async(n: int):
    for i in range(n):
        await asyncio.sleep(0)
        yield i


@kb.flow
def makes_points(n: int) -> list:
    kb.result(Point(x=-1))
    return [Point(x=i) for i in range(n)]


@kb.flow
def makes_frame() -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(3)})


@kb.flow
def makes_much() -> bytes:
    return b"x" * 100_000


@kb.flow
def makes_unkeepable():
    return Unkeepable()


# --- steps


@kb.step
def square(x: int) -> int:
    return x * x


@kb.step
def add(*xs) -> int:
    return sum(xs)


@kb.step
def total(tree: dict) -> int:
    return sum(tree["list"]) + tree["more"][0]["deep"]


@kb.flow
def nests_futures() -> int:
    a, b, c = square.submit(1), square.submit(2), square.submit(3)
    return total.submit({"list": [a, b, 10], "more": ({"deep": c},)}).result()


@kb.flow
def maps(n: int) -> list:
    squares = square.map(range(n))
    return [squares.results(), add.submit(*squares).result()]


@kb.flow
async def awaits_steps(n: int) -> list:
    one = square.submit(n)
    return [await one, await square.map(range(n))]


@kb.step
async def square_async(x: int) -> int:
    await asyncio.sleep(0.001)
    return x * x


@kb.flow
def has_async_step() -> int:
    return square_async.submit(3).result()


@kb.step(retries=3, backoff=0.01)
def fails_at_first(path: str) -> int:
    note(path, "tried")
    tries = len(Path(path).read_text().splitlines())
    if tries < 3:
        raise OSError(f"try {tries}")
    return tries


@kb.flow
def retries_step(path: str) -> int:
    return fails_at_first.submit(path).result()


@kb.step(timeout=0.1)
def too_slow() -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        time.sleep(0.01)


@kb.step(timeout=0.1)
async def too_slow_async() -> None:
    await asyncio.sleep(5)


@kb.flow
def times_out(kind: str) -> str:
    try:
        (too_slow if kind == "plain" else too_slow_async).submit().result()
    except kb.KodonbError as error:
        return error.code
    return "in time"


@kb.step(cache=True)
def cached(path: str, x: int) -> int:
    note(path, f"cached {x}")
    return x + 1


@kb.flow
def uses_cache(path: str, x: int) -> int:
    return cached.submit(path, x).result()


@kb.step
def counted(path: str, x: int) -> int:
    note(path, f"counted {x}")
    return x


@kb.step
def fragile(path: str, x: int) -> int:
    if not Path(path).with_suffix(".mended").exists():
        raise ValueError("broken")
    return x


@kb.flow
def breaks_in_the_end(path: str) -> int:
    numbers = counted.map([path] * 3, range(3))
    return fragile.submit(path, add.submit(*numbers)).result()


@kb.step
def drawn(path: str) -> int:
    note(path, "drawn")
    return len(Path(path).read_text().splitlines())


@kb.flow
def draws(path: str) -> list:
    numbers = [drawn.submit(path).result() for _ in range(3)]
    return [*numbers, fragile.submit(path, 0).result()]


@kb.flow(retries=2)
def tries_again(path: str) -> int:
    x = counted.submit(path, 1).result()
    note(path, "flow")
    if Path(path).read_text().count("flow") < 3:
        raise OSError("not yet")
    return x


@kb.step
def outer(n: int) -> int:
    return sum(inner.map(range(n)).results())


@kb.step
def inner(n: int) -> int:
    return square.submit(n).result()


@kb.flow
def nests_steps(width: int, depth: int) -> int:
    return sum(outer.map([depth] * width).results())


@kb.step
def nested_in_thread(n: int) -> int:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: square.submit(n).result()).result()


@kb.flow
def nests_steps_in_threads(n: int) -> int:
    return sum(nested_in_thread.map(range(n)).results())


@kb.step
def divide(a: int, b: int) -> float:
    return a / b


@kb.flow
def divides(a: int = 1, b: int = 0) -> float:
    return add.submit(divide.submit(a, b=square.submit(b))).result()


@kb.step
def leaves() -> None:
    sys.exit(3)


@kb.flow
def has_leaving_step() -> None:
    leaves.submit().result()


@kb.flow
def catches() -> str:
    try:
        divide.submit(1, 0).result()
    except ZeroDivisionError as error:
        return f"caught {error}"


# --- questions


@kb.flow
def asks(timeout: float | None = None, default: bool | None = None) -> dict:
    given = None if default is None else Answer(yes=default)
    return kb.ask(Answer, "Go on?", timeout=timeout, default=given).model_dump()


class AtOnce(BaseModel):
    now: bool = Field(alias="at once")


@kb.flow
def asks_by_alias() -> bool:
    return kb.ask(AtOnce, "Now?").now


@kb.flow
async def asks_async() -> bool:
    return (await kb.ask_async(Answer, "Go on?")).yes


@kb.step
def asking(title: str) -> bool:
    return kb.ask(Answer, title).yes


@kb.flow
def asks_in_steps() -> list:
    return asking.map(["one", "two"]).results()


@kb.flow
def asks_twice() -> list:
    return [kb.ask(Answer, "one").yes, kb.ask(Answer, "two").yes]


@kb.flow
def squares_then_asks(n: int = 3) -> dict:
    squares = square.map(range(n))
    s = add.submit(*squares)
    a = kb.ask(Answer, "go?")
    return {"s": s.result(), "a": a.yes}


@kb.flow
def survives_exceptions() -> str:
    try:
        kb.ask(Answer, "Go on?")
    except Exception:  # noqa: BLE001 - as flows of users do
        return "swallowed"


@kb.flow(timeout=0.2)
def asks_too_long() -> bool:
    return asking.submit("never").result()


# --- ends


@kb.flow
def spins(path: str) -> None:
    note(path, "spinning")
    while True:
        time.sleep(0.005)


@kb.flow
def spins_and_complains(path: str) -> None:
    try:
        spins(path)
    except BaseException:  # noqa: BLE001 - as flows of users do
        raise ValueError("what was that?") from None


@kb.flow
def waits_for_spinning_step(path: str) -> None:
    spinning.submit(path).result()


@kb.step
def spinning(path: str) -> None:
    note(path, "spinning")
    try:
        while True:
            time.sleep(0.005)
    finally:
        note(path, "ended")


@kb.flow
def waits_for_queued_steps(path: str) -> None:
    for future in spinning.map([path] * 20):
        future.result()


@kb.flow
async def sleeps_async(path: str) -> None:
    note(path, "sleeping")
    await asyncio.sleep(60)


@kb.flow
def sleeps(path: str, seconds: float) -> str:
    note(path, "sleeping")
    time.sleep(seconds)
    return "slept"


@kb.flow(timeout=0.15)
def never_ends() -> None:
    while True:
        time.sleep(0.005)


@kb.flow
def leaves_python(code: int) -> None:
    sys.exit(code)


class Rude(Exception):
    def __str__(self):
        raise ZeroDivisionError


@kb.flow
def raises_rudely() -> None:
    raise Rude


@kb.flow
def returns_before_its_steps() -> str:
    square.map(range(3))
    return "early"


# --- output


@kb.flow
def talks() -> None:
    print("hello")
    print("oops", file=sys.stderr)
    logging.getLogger("my.lib").warning("careful %d", 1)
    warnings.warn("old", DeprecationWarning, stacklevel=1)
    speaks.submit().result()


@kb.step
def speaks() -> None:
    print("from a step")


@kb.flow
def emits_everything() -> None:
    kb.emit("agent", {"thought": 1})
    kb.action("doing")
    kb.debug({"x": np.float64(1.5)})
    kb.metric("loss", 0.5)
    kb.metric("loss", np.float32(0.25), step=2)
    kb.markdown("**b**")
    kb.html("<b>b</b>")
    kb.text("b")
    kb.display(pd.DataFrame({"a": [1]}))
    for _ in kb.progress(range(2), title="p"):
        pass


@kb.flow
def shows_much() -> None:
    kb.html("<p>" + "x" * 100_000 + "</p>")


@kb.flow
def emits_from_threads(n: int) -> str:
    def work(me: int) -> None:
        for i in range(n):
            kb.debug([me, i])
        print("thread", me)

    threads = [threading.Thread(target=work, args=(me,)) for me in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [3, 4]))
    return "joined"


@kb.flow
def emits_after_return() -> str:
    def later() -> None:
        time.sleep(0.1)
        kb.debug("late")
        print("late")

    threading.Thread(target=later).start()
    return "returned"


@kb.flow
def emits_much(n: int) -> None:
    for i in range(n):
        kb.debug(i)


@kb.flow
def emits_too_much() -> str:
    kb.debug("x" * 50_000_000)
    return "went on"
