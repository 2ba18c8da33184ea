"""Results of several targets in one place say which target each was for."""

from __future__ import annotations

import json

import pytest

from kodonb.kumeo.program.records import Endpoint
from kodonb.kumeo.program.values import plain
from kodonb.kumeo.running import compiled
from kodonb.kumeo.running.choosing import chosen
from kodonb.kumeo.running.entry import checked
from kodonb.kumeo.running.sharing import names
from kodonb.kumeo.running.surrounding import Surrounding, Wishes
from tests.conftest import frozen, home, inline

__all__ = ["frozen", "home", "inline"]

SORTED = """
workflow Sorted {
  source: NATS("in")
  target: [NATS("orders.big"), NATS("orders.small")]
  agents: [Router(id: "route", input: source, rules: {"n > 5": "target.orders.big", default: "target.orders.small"})]
}
"""
VALUES = [{"n": 1}, {"n": 9}, {"n": 2}]
MARKED = [
    {"target": "orders.big", "data": {"n": 9}},
    {"target": "orders.small", "data": {"n": 1}},
    {"target": "orders.small", "data": {"n": 2}},
]


def in_order(rows):
    return sorted(rows, key=json.dumps)


def test_results_in_python_say_which_target_they_are_for(inline):
    run = compiled(SORTED).submit(events=VALUES)
    result = run.result()
    assert in_order(result["values"]) == in_order(MARKED)
    assert result["results"] == [1, 2]
    told = [run.value(event) for event in run.events(kind="result", follow=False)]
    assert in_order(told) == in_order(MARKED)


def test_a_file_in_place_of_several_targets_has_all_results_with_their_targets(inline, tmp_path):
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(value) + "\n" for value in VALUES))
    result = compiled(SORTED, folder=str(tmp_path)).submit(events="in.jsonl", out="out.jsonl").result()
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert in_order(rows) == in_order(MARKED) and result["results"] == [1, 2]
    assert {each.name for each in tmp_path.iterdir() if each.is_file()} == {"in.jsonl", "out.jsonl"}


def test_many_results_of_several_targets_do_not_get_into_each_other(inline, tmp_path):
    flow = compiled(SORTED, folder=str(tmp_path))
    flow.submit(events=[{"n": n % 10, "at": n} for n in range(5000)], out="out.jsonl").result()
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted(row["data"]["at"] for row in rows) == list(range(5000))
    assert all((row["target"] == "orders.big") == (row["data"]["n"] > 5) for row in rows)


def test_a_table_keeps_the_results_of_targets_with_different_fields(inline, tmp_path):
    compiled(SORTED, folder=str(tmp_path)).submit(
        events=[{"n": 1, "a": 1}, {"n": 9, "b": 2}], out="o.csv"
    ).result()
    assert set((tmp_path / "o.csv").read_text().splitlines()) == {
        "target,data", 'orders.big,"{""n"":9,""b"":2}"', 'orders.small,"{""n"":1,""a"":1}"',
    }  # fmt: skip


def test_with_one_target_results_stand_as_they_are(inline, tmp_path):
    text = SORTED.replace('[NATS("orders.big"), NATS("orders.small")]', 'NATS("orders.big")')
    result = compiled(text.replace("target.orders.small", "target.orders.big")).submit(events=VALUES).result()
    assert result["values"] == VALUES


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ([("NATS", "a"), ("NATS", "b")], ["a", "b"]),
        ([("NATS", "a"), ("File", "a")], ["NATS(a)", "File(a)"]),
        ([("NATS", "a"), ("NATS", "a")], ["NATS(a)", "NATS(a) 2"]),
        ([("Mail", None), ("NATS", "b")], ["Mail", "b"]),
    ],
)
def test_targets_are_told_apart_by_as_much_as_is_needed(targets, told):
    ends = [Endpoint(type=kind, address=address) for kind, address in targets]
    assert names(ends, lambda value: value) == told


def test_a_target_with_a_name_of_its_own_goes_by_it():
    assert names(
        [Endpoint(type="NATS", address="x", name="out"), Endpoint(type="NATS", address="y")], str
    ) == [
        "out",
        "y",
    ]


async def test_dead_letters_of_several_sources_go_to_one_place_which_is_told(tmp_path):
    (tmp_path / "in.jsonl").write_text("1\n")
    text = """workflow W { target: File("out.jsonl") agents: [] source: [
      File("in.jsonl", dead_letter: "a.jsonl"), File("in.jsonl", dead_letter: "b.jsonl")] }"""
    told = []
    around = Surrounding(
        workflow=chosen(checked(text)), fill=plain, folder=tmp_path, wishes=Wishes(),
        emit=lambda _, payload: told.append(payload["message"]),
    )  # fmt: skip
    async with around.opened():
        pass
    assert len(told) == 1 and "a.jsonl" in told[0]
