from __future__ import annotations

import asyncio
import json

import pytest

from kodonb.kumeo.ports.errors import PortError
from tests.kumeo.ports.opening import outgoing, pulled, source, target


async def everything(made):
    found = []
    while batch := await made.pull(3):
        found += batch
    return found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("e.jsonl", '{"n": 1, "s": "x"}\n\n{"n": 2, "s": "y"}'),
        ("e.json", '[{"n": 1, "s": "x"}, {"n": 2, "s": "y"}]'),
        ("e.csv", "n,s\n1,x\n2,y\n"),
        ("e.tsv", "\ufeffn\ts\r\n1\tx\r\n2\ty\r\n"),
    ],
)
async def test_a_file_is_read_by_its_ending(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    async with source("File", name, tmp_path) as made:
        assert [each.message.data for each in await everything(made)] == [
            {"n": 1, "s": "x"},
            {"n": 2, "s": "y"},
        ]


async def test_other_files_are_read_line_by_line(tmp_path):
    (tmp_path / "e.txt").write_text("one\ntwo\n")
    async with source("File", "e.txt", tmp_path) as made:
        assert [each.message.data for each in await everything(made)] == ["one", "two"]


async def test_fields_of_tables_are_numbers_where_they_look_like_it(tmp_path):
    (tmp_path / "e.csv").write_text("a,b,c,d,e,f,g\n1,-2.5,007,true,,1e3,x\n")
    async with source("File", "e.csv", tmp_path) as made:
        (row,) = [each.message.data for each in await everything(made)]
    assert row == {"a": 1, "b": -2.5, "c": "007", "d": True, "e": None, "f": 1000.0, "g": "x"}


async def test_what_is_no_json_is_given_with_the_reason(tmp_path):
    (tmp_path / "e.jsonl").write_text('{"n": 1}\n{oops\n')
    async with source("File", "e.jsonl", tmp_path) as made:
        first, second = await everything(made)
    assert not first.fault
    assert "line 2" in second.fault and second.message.data == "{oops"


async def test_all_files_of_a_folder_or_pattern_are_read_in_order(tmp_path):
    for name in "ba":
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"of": name}))
    (tmp_path / "c.txt").write_text("other")
    async with source("File", "*.jsonl", tmp_path) as made:
        assert [each.message.data for each in await everything(made)] == [{"of": "a"}, {"of": "b"}]
    async with source("File", str(tmp_path)) as made:
        assert [each.message.id for each in await everything(made)] == ["a.jsonl:1", "b.jsonl:1", "c.txt:1"]


async def test_a_file_with_a_name_for_it_goes_on_where_it_was_left(tmp_path):
    (tmp_path / "e.jsonl").write_text("".join(f"{n}\n" for n in range(10)))
    async with source("File", "e.jsonl", tmp_path, durable="reader") as made:
        taken = await pulled(made, 5)
        await made.done([taken[n] for n in (0, 1, 3)])  # the third is still under way
    async with source("File", "e.jsonl", tmp_path, durable="reader") as made:
        assert [each.message.data for each in await everything(made)] == list(range(2, 10))
    async with source("File", "e.jsonl", tmp_path, durable="reader", replay="7") as made:
        assert [each.message.data for each in await everything(made)] == [7, 8, 9]


async def test_a_file_that_grows_is_followed(tmp_path):
    file = tmp_path / "e.jsonl"
    file.write_text("1\n")
    async with source("File", "e.jsonl", tmp_path, follow=True) as made:
        assert (await pulled(made, 1))[0].message.data == 1
        waiting = asyncio.ensure_future(pulled(made, 1))
        await asyncio.sleep(0.1)
        with file.open("a") as out:
            out.write("2\n")
        assert (await asyncio.wait_for(waiting, 5))[0].message.data == 2


async def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(PortError, match="no such file"):
        async with source("File", "none.jsonl", tmp_path):
            pass


@pytest.mark.parametrize(
    ("name", "text"),
    [("o.jsonl", '{"n":1}\n{"n":2}\n'), ("o.json", '[{"n":1},\n{"n":2}]\n'), ("o.csv", "n\n1\n2\n")],
)
async def test_a_result_file_is_there_whole_or_not_at_all(tmp_path, name, text):
    async with target("File", name, tmp_path) as made:
        assert await made.send(outgoing([{"n": 1}])) == [""]
        await made.send(outgoing([{"n": 2}]))
        assert not (tmp_path / name).exists()
        await made.finish()
        assert (tmp_path / name).read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == [name]


async def test_a_run_that_fails_leaves_the_former_file_alone(tmp_path):
    (tmp_path / "o.jsonl").write_text("former\n")
    async with target("File", "o.jsonl", tmp_path) as made:
        await made.send(outgoing([1]))
    assert (tmp_path / "o.jsonl").read_text() == "former\n"
    async with target("File", "o.jsonl", tmp_path) as made:
        await made.send(outgoing([2]))
        await made.finish()
    assert (tmp_path / "o.jsonl").read_text() == "2\n"


async def test_results_are_added_to_a_file_when_a_workflow_has_no_end(tmp_path):
    for value in (1, 2):
        async with target("File", "o.csv", tmp_path, fresh=False) as made:
            await made.send(outgoing([{"n": value, "deep": {"x": 1}}]))
            assert (tmp_path / "o.csv").exists()
    assert (tmp_path / "o.csv").read_text() == 'n,deep\n1,"{""x"":1}"\n2,"{""x"":1}"\n'


async def test_what_a_table_has_no_column_for_is_refused_and_not_left_out(tmp_path):
    async with target("File", "o.csv", tmp_path) as made:
        told = await made.send(outgoing([{"n": 1}, {"n": 2, "more": 3}, {}]))
        await made.finish()
    assert told == ["", "o.csv has no column more: the first result gives the columns", ""]
    assert (tmp_path / "o.csv").read_text() == 'n\n1\n""\n'


async def test_results_for_a_subject_have_a_file_of_their_own(tmp_path):
    async with target("File", "o.jsonl", tmp_path) as made:
        await made.send([*outgoing([1]), *outgoing([2], "alerts/../high")])
        await made.finish()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["o.alerts_.._high.jsonl", "o.jsonl"]


async def test_an_unknown_option_is_told(tmp_path):
    with pytest.raises(PortError, match="apend"):
        async with target("File", "o.jsonl", tmp_path, apend=True):
            pass


async def test_empty_lines_do_not_keep_what_is_done_from_being_remembered(tmp_path):
    (tmp_path / "e.jsonl").write_text("0\n\n\n3\n4\n")
    async with source("File", "e.jsonl", tmp_path, durable="reader") as made:
        await made.done((await everything(made))[:2])
    async with source("File", "e.jsonl", tmp_path, durable="reader") as made:
        assert [each.message.data for each in await everything(made)] == [4]


async def test_files_of_one_name_in_several_folders_are_all_read(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "e.jsonl").write_text(f'"{name}1"\n"{name}2"\n')
    async with source("File", "*/e.jsonl", tmp_path, durable="reader") as made:
        found = await everything(made)
        await made.done(found[:3])
    assert [each.message.data for each in found] == ["a1", "a2", "b1", "b2"]
    assert [each.message.id for each in found][1:3] == ["a/e.jsonl:2", "b/e.jsonl:1"]
    async with source("File", "*/e.jsonl", tmp_path, durable="reader") as made:
        assert [each.message.data for each in await everything(made)] == ["b2"]


@pytest.mark.parametrize(
    ("name", "begin", "end", "said"),
    [
        ("e.jsonl", '{"n"', ": 2}\n", {"n": 2}),
        ("e.csv", "n,s\n2,", "y\n", {"n": 2, "s": "y"}),
        ("e.txt", "half", " a line\n", "half a line"),
    ],
)
async def test_a_line_that_is_still_being_written_is_waited_for(tmp_path, name, begin, end, said):
    file = tmp_path / name
    file.write_text(begin)
    async with source("File", name, tmp_path, follow=True) as made:
        waiting = asyncio.ensure_future(pulled(made, 1))
        await asyncio.sleep(0.1)
        with file.open("a") as out:
            out.write(end)
        (one,) = await asyncio.wait_for(waiting, 5)
    assert not one.fault and one.message.data == said


async def test_a_format_that_means_nothing_to_a_file_is_told(tmp_path):
    (tmp_path / "e.jsonl").write_text("1\n")
    told = []
    async with source("File", "e.jsonl", tmp_path, format="text", warn=told.append) as made:
        assert [each.message.data for each in await everything(made)] == [1]
    assert len(told) == 1 and "format" in told[0]
