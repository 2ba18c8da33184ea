"""What reading and checking texts in Kumeo takes, beside parsing the same texts as JSON or Python."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable

from kodonb.kumeo.checks.checking import check
from tests.bench.cluster import Clusters
from tests.bench.kumeo import many
from tests.bench.measure import Measure, medians, seconds

AGENTS = 500
GARBAGE = 1_000_000
"""Characters."""


def measure(clusters: Clusters) -> list[Measure]:
    """Measure in this process, each text once before it counts."""
    rounds = 3 if clusters.quick else 9
    text = many(AGENTS)
    python = "\n".join(f"def f{number}(): return g(x, y=[1, 2], z='a')" for number in range(AGENTS))
    assert not check(text).errors
    checked, parsed = medians(_timed(check, text), _timed(ast.parse, python), rounds=rounds)
    refused = medians(*(_timed(check, each) for each in _garbage()), rounds=rounds)
    return [
        Measure(
            name=f"parse and check {AGENTS} agents",
            value=checked,
            unit="ms",
            at_most=0.2,
            beside=f"ast.parse of {AGENTS} Python functions",
            baseline=parsed,
        ),
        Measure(
            name=f"1 MB of garbage, the slowest of {len(refused)} kinds",
            value=max(refused),
            unit="ms",
            at_most=1.0,
        ),
    ]


def _timed(do: Callable[[str], object], text: str) -> Callable[[], float]:
    return lambda: seconds(lambda: do(text))


def _garbage() -> list[str]:
    """Return texts that are wrong all over, each in another way."""
    chance = random.Random(1)
    words = [
        "agents",
        ":",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        "LLM",
        '"a"',
        "1.5",
        "//x\n",
        "\n",
        "input",
        "=",
    ]
    wrong = 'workflow W { source: NATS("a") target: NATS("b") agents: [X(id: 1, input: nowhere.output, zzz: 5)] } '
    made = [
        "".join(chance.choices(words, k=GARBAGE // 2)),
        "".join(chr(chance.randrange(32, 127)) for _ in range(GARBAGE)),
        "([{" * (GARBAGE // 3),
        "workflow W { " * (GARBAGE // 13),
        "agents: [ LLM( " * (GARBAGE // 15),
        wrong * (GARBAGE // len(wrong)),
        '"' + "a\\n" * (GARBAGE // 3),
        "/*" * (GARBAGE // 2),
        "é#@" * (GARBAGE // 3),
    ]
    assert all(check(each).errors for each in made)
    return [each[:GARBAGE] for each in made]
