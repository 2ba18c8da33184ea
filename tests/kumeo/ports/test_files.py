from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path

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


@pytest.fixture
def looks(monkeypatch):
    """Let sources look often whether files grow."""
    monkeypatch.setattr("kodonb.kumeo.ports.files.source._LOOK", 0.01)


async def taken(made, count):
    return await asyncio.wait_for(pulled(made, count), 5)


async def test_what_was_read_of_a_file_that_is_followed_is_not_read_again(tmp_path, looks):
    file = tmp_path / "e.jsonl"
    file.write_bytes(b"1\n2\n3\n")
    async with source("File", "e.jsonl", tmp_path, follow=True) as made:
        await taken(made, 3)
        waiting = asyncio.ensure_future(taken(made, 1))
        await asyncio.sleep(0.05)
        with file.open("r+b") as out:
            out.write(b"\xff")  # who read this would end with an error
        with file.open("ab") as out:
            out.write(b"\n5\n")
        (last,) = await waiting
    assert (last.message.data, last.message.id) == (5, "e.jsonl:5")


async def test_a_file_that_does_not_change_is_not_even_opened(tmp_path, looks, monkeypatch):
    file = tmp_path / "e.csv"
    file.write_text("n\n1\n")
    async with source("File", "e.csv", tmp_path, follow=True) as made:
        await taken(made, 1)
        waiting = asyncio.ensure_future(taken(made, 1))
        await asyncio.sleep(0.1)
        opened, real = [], type(file).open
        monkeypatch.setattr(
            type(file), "open", lambda path, *how, **more: opened.append(path) or real(path, *how, **more)
        )
        await asyncio.sleep(0.2)
        assert opened == []
        with real(file, "a") as out:
            out.write("2\n")
        assert (await waiting)[0].message.data == {"n": 2}
        assert opened != []


@pytest.mark.parametrize(
    ("name", "texts", "data"),
    [
        ("e.jsonl", ("1\n2\n3\n", "4\n"), [4]),
        ("e.jsonl", ("1\n2\n", "7\n8\n9\n"), [7, 8, 9]),  # longer than what was there
        ("e.csv", ("n\n1\n2\n", "m\n3\n"), [{"m": 3}]),
        ("e.txt", ("one\ntwo\n", "three\n"), ["three"]),
    ],
)
@pytest.mark.parametrize("way", ["cut", "exchanged"])
@pytest.mark.usefixtures("looks")
async def test_a_file_that_is_cut_or_exchanged_is_read_from_its_beginning(tmp_path, name, texts, data, way):
    (begin, after), file, told = texts, tmp_path / name, []
    file.write_text(begin)
    async with source("File", name, tmp_path, follow=True, durable="d", warn=told.append) as made:
        first = await taken(made, 2)
        others = begin.count("\n") - begin.startswith("n") - len(first)
        waiting = asyncio.ensure_future(taken(made, others + len(data)))
        await asyncio.sleep(0.05)
        if way == "exchanged":
            file.rename(tmp_path / "former")
        file.write_text(after)
        found = [*first, *await waiting]
        await made.done(found)
    assert [each.message.data for each in found][-len(data) :] == data
    assert len({each.message.id for each in found}) == len(found)  # so none is taken for a double
    assert told == [f"{name} was cut or exchanged: it is read from its beginning"]
    with file.open("a") as out:
        out.write("11\n")
    async with source("File", name, tmp_path, follow=True, durable="d", warn=told.append) as made:
        (last,) = await taken(made, 1)
    assert last.message.id == f"{name}//1:{len(data) + 1}" and len(told) == 1


async def test_a_file_that_was_cut_while_nobody_followed_is_read_from_its_beginning(tmp_path, looks):
    file = tmp_path / "e.jsonl"
    file.write_text("1\n2\n3")
    async with source("File", "e.jsonl", tmp_path, durable="d") as made:
        await made.done(await everything(made))
    for text, data in (("1\n2\n3\n4\n", 4), ("5\n", 5)):
        file.write_text(text)
        async with source("File", "e.jsonl", tmp_path, follow=True, durable="d") as made:
            (one,) = await taken(made, 1)
            await made.done([one])
        assert one.message.data == data


async def test_what_was_added_before_a_file_was_moved_away_is_not_lost(tmp_path, looks):
    file = tmp_path / "e.txt"
    file.write_text("1\n")
    async with source("File", "e.txt", tmp_path, follow=True) as made:
        await taken(made, 1)
        with file.open("a") as out:
            out.write("2\nlast")
        file.rename(tmp_path / "former")
        file.write_text("new\n")
        assert [each.message.data for each in await taken(made, 3)] == ["2", "last", "new"]


async def test_a_file_that_an_editor_has_written_anew_goes_on_where_it_was(tmp_path, looks):
    file = tmp_path / "e.jsonl"
    file.write_text("1\n2\n")
    async with source("File", "e.jsonl", tmp_path, follow=True) as made:
        await taken(made, 2)
        new = tmp_path / "new"
        new.write_text("1\n2\n\n4\n")
        new.replace(file)
        (last,) = await taken(made, 1)
    assert (last.message.data, last.message.id) == (4, "e.jsonl:4")


async def test_what_is_done_of_a_file_before_it_was_cut_is_not_done_of_it_after(tmp_path, looks):
    file = tmp_path / "e.jsonl"
    file.write_text("1\n2\n")
    async with source("File", "e.jsonl", tmp_path, follow=True, durable="d") as made:
        former = await taken(made, 2)
        file.write_text("3\n")
        await taken(made, 1)
        await made.done(former)
    async with source("File", "e.jsonl", tmp_path, follow=True, durable="d") as made:
        assert (await taken(made, 1))[0].message.data == 3


async def test_a_field_of_several_lines_is_waited_for(tmp_path, looks):
    file = tmp_path / "e.csv"
    file.write_text('n,s\n1,"two\n')
    async with source("File", "e.csv", tmp_path, follow=True) as made:
        waiting = asyncio.ensure_future(taken(made, 1))
        await asyncio.sleep(0.1)
        with file.open("a") as out:
            out.write('lines"\n')
        assert (await waiting)[0].message.data == {"n": 1, "s": "two\nlines"}


async def test_an_array_that_is_followed_gives_what_was_added(tmp_path, looks):
    file = tmp_path / "e.json"
    file.write_text("[1, 2]")
    async with source("File", "e.json", tmp_path, follow=True) as made:
        await taken(made, 2)
        file.write_text("[1, 2, 3]")
        assert (await taken(made, 1))[0].message.id == "e.json:3"


async def test_many_files_are_followed_without_being_kept_open(tmp_path, looks):
    for number in range(150):
        (tmp_path / f"{number:03}.txt").write_text("a line\n")
    async with source("File", str(tmp_path), follow=True) as made:
        await taken(made, 150)
        waiting = asyncio.ensure_future(taken(made, 1))
        await asyncio.sleep(0.1)
        assert sum(str(tmp_path) in target for target in opened()) <= 100
        with (tmp_path / "149.txt").open("a") as out:
            out.write("another\n")
        assert (await waiting)[0].message.id == "149.txt:2"


def opened():
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            yield str(each.readlink())


async def test_notes_that_are_none_are_told(tmp_path):
    (tmp_path / "e.jsonl").write_text("1\n")
    (tmp_path / ".d.done.json").write_text("{oops")
    with pytest.raises(PortError, match="what is done"):
        async with source("File", "e.jsonl", tmp_path, durable="d"):
            pass


@pytest.mark.parametrize("address", ["out/", "there"])
async def test_a_target_that_is_a_folder_is_told(tmp_path, address):
    (tmp_path / "there").mkdir()
    with pytest.raises(PortError, match="KN821: results go to a file, and this is a folder"):
        async with target("File", address, tmp_path):
            pass


@pytest.mark.parametrize("ending", [".parquet", ".XLSX", ".jsonl.gz"])
async def test_a_target_of_a_format_that_is_not_written_is_told_with_those_that_are(tmp_path, ending):
    with pytest.raises(PortError, match=r"KN821: results are not written as") as caught:
        async with target("File", f"out{ending}", tmp_path):
            pass
    assert ".jsonl" in caught.value.remedy and ".csv" in caught.value.remedy and not [*tmp_path.iterdir()]
