"""Flows whose events come in another order each time."""

from __future__ import annotations

import time

import kodonb as kb


@kb.step
def part(number: int) -> int:
    time.sleep(0.03 * (number % 2))
    print(f"part {number}")
    kb.metric(f"of {number}", number)
    return number


@kb.flow
def work(count: int = 12) -> int:
    parts = [part.submit(number) for number in range(count)]
    return sum(future.result() for future in kb.progress(parts))


@kb.flow
def slow() -> None:
    for number in kb.progress(range(4)):
        time.sleep(0.11 if number == 2 else 0)


@kb.flow
def fail() -> None:
    raise ValueError("no luck")
