from __future__ import annotations

import time

import pytest

from kodonb.kumeo.ports.errors import PortError
from tests.kumeo.ports.opening import source


async def test_a_timer_gives_messages_at_multiples_of_its_interval():
    async with source("Timer", "100ms", data={"kind": "tick"}, count=3) as made:
        found = []
        while batch := await made.pull(10):
            found += batch
            assert time.time() - batch[0].message.at.timestamp() < 0.09
    assert [each.message.data["number"] for each in found] == [1, 2, 3]
    assert all(each.message.data["kind"] == "tick" for each in found)
    assert len({each.message.id for each in found}) == 3
    assert all(round(each.message.at.timestamp() * 10, 6) % 1 == 0 for each in found)


@pytest.mark.parametrize("said", ["soon", "0s"])
async def test_an_interval_that_is_none_is_told(said):
    with pytest.raises(PortError, match=r"interval|duration"):
        async with source("Timer", said):
            pass


async def test_an_option_that_means_nothing_to_a_timer_is_told():
    told = []
    async with source("Timer", "1h", partition="number", warn=told.append):
        pass
    assert told == ["`partition` means nothing to a timer"]
