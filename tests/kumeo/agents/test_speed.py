"""Agents that compile what they do take microseconds; the bounds here are many times what is measured on a quiet machine."""

from __future__ import annotations

import timeit

import pytest

from kodonb.kumeo.agents import MemorySite, opened

EVENT = {"score": 0.7, "urgency": " Low! ", "amount": 10, "country": "DE", "age": None, "k": 3}
RULES = [
    {"name": "range", "condition": "score >= 0 && score <= 1"},
    {"name": "urgency", "condition": "urgency != ''"},
    {"name": "fields", "condition": "all(f in input for f in ['amount', 'country'])"},
]
CASES = {
    "Router": {"rules": {"score >= config.high": "target.a", "country in ['FR', 'IT']": "target.b", "default": "target.c"}},
    "DecisionMatrix": {"rules": RULES},
    "RuleEngine": {"rules": [{"when": "score > 0.5", "then": {"risk": "mid"}}, {"when": "risk == 'mid'", "compute": {"fee": "amount * 2"}}]},
    "DataProcessor": {"config": {"steps": ["trim", "lowercase"], "required_fields": ["amount"], "features": ["is_high: amount > 1000"]}},
    "DataNormalizer": {"config": {"amount": {"method": "min_max", "min": 0, "max": 100}, "score": "z_score"}},
    "MissingValueHandler": {"strategy": "mean"},
    "Aggregator": {"method": {"n": "count", "total": "sum(amount)", "mean": "mean(score)"}, "window": "1m", "group_by": "k"},
}  # fmt: skip


@pytest.mark.parametrize("kind", CASES)
async def test_an_event_takes_microseconds(kind, message, record_property):
    agent = await opened(kind, CASES[kind], MemorySite(sections={"config": {"high": 0.8}}))
    count = 2_000
    best = min(timeit.repeat(lambda: agent.process(EVENT, message), number=count, repeat=5)) / count
    record_property("microseconds", best * 1e6)
    print(f"{kind}: {best * 1e6:.2f} µs")
    assert best < 50e-6
    await agent.close()
