from __future__ import annotations

import asyncio
import contextvars
import io
import logging
import subprocess
import sys
import threading
import warnings
from contextlib import ExitStack, contextmanager, redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tqdm import tqdm, trange

from kodonb.flows.bars import Bar, Lines, Throttle, bar_of
from kodonb.flows.streams import captured


class Events(list):
    def __call__(self, kind, payload):
        self.append((kind, payload))

    def of(self, kind):
        return [payload for k, payload in self if k == kind]

    def text(self, kind="stdout"):
        return "".join(payload["text"] for payload in self.of(kind))


@contextmanager
def events_of(*, everywhere=False):
    events = Events()
    with captured(events, everywhere=everywhere):
        yield events


@contextmanager
def recorded_warnings():
    with warnings.catch_warnings(record=True) as recorded:
        warnings.simplefilter("always")
        yield recorded


# --- text


def test_each_write_of_whole_lines_is_one_event_and_the_terminal_stays_quiet(capsys):
    with events_of() as events:
        print("a", 1)
        sys.stdout.write("two\nlines\n")
        print("oops", file=sys.stderr)
    assert events == [
        ("stdout", {"text": "a 1\n"}),
        ("stdout", {"text": "two\nlines\n"}),
        ("stderr", {"text": "oops\n"}),
    ]
    assert capsys.readouterr() == ("", "")


def test_a_partial_line_waits_for_its_end_a_flush_or_the_end_of_the_block():
    with events_of() as events:
        print("a", end="")
        assert events == []
        print("b")
        print("c", end="", flush=True)
        print("d", end="")
    assert [payload["text"] for payload in events.of("stdout")] == ["ab\n", "c", "d"]


def test_a_very_long_line_is_seen_before_it_ends_and_cut_into_events():
    with events_of() as events:
        print("x" * 1_000_000, end="")
        assert len(events.text()) == 1_000_000
        assert max(len(payload["text"]) for payload in events.of("stdout")) <= 256 * 1024


def test_overwritten_text_shows_what_a_terminal_would():
    with events_of() as events:
        sys.stdout.write("\rloading 1%")
        sys.stdout.write("\rloading 2%")
        sys.stdout.flush()
        assert events == []
        sys.stdout.write("\rdone      \nwindows\r\n")
        sys.stdout.write("\rlast\r")
    assert events.text() == "done      \nwindows\nlast"


@given(st.lists(st.text(alphabet="ab \n"), max_size=20))
def test_text_without_returns_arrives_exactly_however_it_is_cut(pieces):
    lines = Lines()
    found = [part for piece in pieces for part in lines.feed(piece)]
    assert "".join([*found, lines.end()]) == "".join(pieces)


@given(st.lists(st.sampled_from("ab\r\n "), max_size=30), st.integers(1, 5))
def test_overwritten_text_is_the_same_however_it_is_cut(letters, size):
    def shown(text, size):
        lines = Lines()
        parts = [part for i in range(0, len(text), size) for part in lines.feed(text[i : i + size])]
        return "".join([*parts, lines.end()])

    text = "".join(letters)
    assert shown(text, size) == shown(text, 1000)


# --- where output goes


def test_everything_is_restored_exactly():
    root = logging.getLogger()

    def state():
        filters = [list(handler.filters) for handler in root.handlers]
        return sys.stdout, sys.stderr, warnings.showwarning, list(root.handlers), root.level, filters

    before = state()

    def break_everything():
        assert sys.stdout is not before[0]
        sys.stdout = io.StringIO()
        root.setLevel(logging.DEBUG)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), events_of(), events_of(everywhere=True):
        break_everything()
    assert state() == before


def test_other_contexts_keep_the_terminal_unless_everything_is_captured(capsys):
    def in_thread():
        thread = threading.Thread(target=print, args=["from a thread"])
        thread.start()
        thread.join()

    with events_of() as some:
        in_thread()
        contextvars.Context().run(print, "from a context")
    assert some == []
    assert capsys.readouterr().out == "from a thread\nfrom a context\n"
    with events_of(everywhere=True) as every:
        in_thread()
    assert every.text() == "from a thread\n"
    assert capsys.readouterr().out == ""


async def test_concurrent_runs_do_not_mix():
    async def run(name):
        with events_of() as events:
            for _ in range(5):
                print(name, end=" ")
                await asyncio.sleep(0)
                print(name)
        return events

    results = await asyncio.gather(*map(run, "abc"))
    assert [events.text() for events in results] == ["a a\n" * 5, "b b\n" * 5, "c c\n" * 5]


def test_lines_of_threads_are_not_torn():
    start = threading.Barrier(4)

    def work(name):
        start.wait()
        for _ in range(200):
            print(name, name, sep="")

    with events_of(everywhere=True) as events:
        threads = [threading.Thread(target=work, args=[name]) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(events.text().splitlines()) == sorted(["aa", "bb", "cc", "dd"] * 200)


def test_the_innermost_block_gets_the_output_once():
    with events_of(everywhere=True) as outer, events_of() as inner:
        print("x")
        logging.getLogger("a").info("y")
    assert outer == []
    assert [kind for kind, _ in inner] == ["stdout", "log"]


def test_blocks_may_end_in_any_order(capsys):
    stdout = sys.stdout
    one, two = Events(), Events()
    first, second = ExitStack(), ExitStack()
    context_one, context_two = contextvars.copy_context(), contextvars.copy_context()
    context_one.run(first.enter_context, captured(one, everywhere=False))
    context_two.run(second.enter_context, captured(two, everywhere=False))
    context_one.run(first.close)
    context_one.run(print, "out")
    context_two.run(print, "two")
    context_two.run(second.close)
    assert sys.stdout is stdout
    assert (one, two.text()) == ([], "two\n")
    assert capsys.readouterr().out == "out\n"


async def test_a_task_that_outlives_its_block_prints_to_the_terminal(capsys):
    ended = asyncio.Event()

    async def late():
        await ended.wait()
        print("late")

    with events_of() as events:
        task = asyncio.create_task(late())
    with ExitStack() as others:  # keep the dispatchers in place
        contextvars.Context().run(others.enter_context, captured(Events(), everywhere=False))
        ended.set()
        await task
    assert events == []
    assert capsys.readouterr().out == "late\n"


def test_a_block_that_is_ended_in_another_context_is_ended_all_the_same():
    stdout = sys.stdout
    block = captured(Events(), everywhere=True)
    contextvars.Context().run(block.__enter__)
    block.__exit__(None, None, None)
    assert sys.stdout is stdout


def test_a_redirection_by_the_user_wins():
    with events_of() as events, redirect_stdout(io.StringIO()) as buffer:
        print("mine")
    assert buffer.getvalue() == "mine\n"
    assert events == []


# --- emit


def test_what_emit_prints_and_logs_does_not_come_back(capsys):
    kinds = []

    def emit(kind, payload):
        kinds.append(kind)
        print("emitting", kind)
        logging.getLogger("sender").warning("emitting")

    with captured(emit, everywhere=True):
        print("x")
        logging.getLogger("a").info("y")
    assert kinds == ["stdout", "log"]
    assert capsys.readouterr().out == "emitting stdout\nemitting log\n"


def test_output_that_emit_refuses_is_told_on_the_terminal_and_the_code_goes_on(capsys):
    def emit(kind, payload):
        raise ValueError("too large")

    with captured(emit, everywhere=False):
        print("x")
        logging.getLogger("a").info("y")
        done = True
    assert done
    err = capsys.readouterr().err.splitlines()
    assert err[0] == "stdout {'text': 'x\\n'} (not an event: too large)"
    assert len(err) == 2


def test_a_cancellation_in_emit_reaches_the_code():
    class Stop(BaseException):
        pass

    def emit(kind, payload):
        raise Stop

    stdout = sys.stdout
    with pytest.raises(Stop), captured(emit, everywhere=True):
        print("x")
    assert sys.stdout is stdout


# --- streams


def test_the_stream_behaves_as_a_file_that_is_no_terminal():
    former = sys.stdout
    with events_of() as events:
        out = sys.stdout
        assert not out.isatty()
        assert out.writable()
        assert not out.closed
        assert out.encoding == "utf-8"
        assert out.write("héé") == 3
        out.writelines(["a\n", "b\n"])
        out.buffer.write("ü".encode()[:1])
        out.buffer.write("ü".encode()[1:] + b"\xff\n")
        out.buffer.flush()
        with pytest.raises(TypeError):
            out.write(b"bytes")
        out.close()
        print("open")
        assert out.name == former.name
        with pytest.raises(AttributeError):
            _ = out.no_such_thing
    assert events.text() == "hééa\nb\nü\ufffd\nopen\n"


def test_outside_its_blocks_the_stream_is_the_former_one(capfd):
    with events_of() as events:
        out = sys.stdout
    out.write("text\n")
    out.buffer.write(b"bytes\n")
    out.flush()
    assert out.isatty() is sys.stdout.isatty()
    assert out.encoding == sys.stdout.encoding
    assert out.fileno() == sys.stdout.fileno()
    assert sorted(capfd.readouterr().out.split()) == ["bytes", "text"]
    assert events == []


def test_a_child_process_gets_the_descriptor_of_the_former_stream(capfd):
    with events_of():
        subprocess.run([sys.executable, "-c", "print('child')"], stdout=sys.stdout, check=True)
    assert capfd.readouterr().out == "child\n"


def test_a_process_without_streams_can_be_captured(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    with events_of() as events:
        print("x")
        with pytest.raises(io.UnsupportedOperation):
            sys.stdout.fileno()
    contextvars.Context().run(print, "y")
    assert events.text() == "x\n"


# --- logging and warnings


def test_records_from_info_become_events_with_level_logger_and_place():
    with events_of() as events:
        logging.getLogger("a.b").debug("no")
        logging.getLogger("a.b").info("yes %d", 1)
        logging.getLogger().error("root")
    first, second = events.of("log")
    where = first.pop("where")
    assert first == {"level": "INFO", "logger": "a.b", "message": "yes 1"}
    assert __file__ in where
    assert ", line " in where
    assert (second["level"], second["logger"]) == ("ERROR", "root")


def test_an_exception_is_logged_with_its_traceback():
    with events_of() as events:
        try:
            _ = 1 / 0
        except ZeroDivisionError:
            logging.getLogger("a").exception("failed")
    message = events.of("log")[0]["message"]
    assert message.startswith("failed\nTraceback")
    assert message.endswith("ZeroDivisionError: division by zero")


def test_a_record_that_cannot_be_formatted_does_not_break_the_code():
    with events_of() as events:
        logging.getLogger("a").info("%d", "x")
    assert events.of("log") == []
    assert "Logging error" in events.text("stderr")


@contextmanager
def root_handler(stream):
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


def test_handlers_on_the_terminal_do_not_repeat_events_and_others_keep_what_they_had(capsys):
    log = io.StringIO()
    elsewhere = contextvars.Context()
    with root_handler(sys.stderr), root_handler(log), events_of() as events:
        logging.getLogger("a").info("info")
        logging.getLogger("a").warning("warning")
        elsewhere.run(logging.getLogger("b").info, "not before, not now")
        elsewhere.run(logging.getLogger("b").warning, "elsewhere")
    assert [payload["message"] for payload in events.of("log")] == ["info", "warning"]
    assert capsys.readouterr().err == "elsewhere\n"
    assert log.getvalue() == "warning\nelsewhere\n"


def test_without_handlers_warnings_of_others_are_still_printed(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    with events_of() as events:
        contextvars.Context().run(logging.getLogger("b").warning, "elsewhere")
        contextvars.Context().run(logging.getLogger("b").info, "quiet")
    assert capsys.readouterr().err == "elsewhere\n"
    assert events == []


def test_what_carries_events_makes_no_events_of_its_own():
    with events_of(everywhere=True) as events:
        logging.getLogger("kodonb.session").warning("sender")
    assert events == []


def test_warnings_become_log_events_with_their_category():
    with recorded_warnings() as recorded, events_of() as events:
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        contextvars.Context().run(warnings.warn, "elsewhere", stacklevel=1)
    (log,) = events.of("log")
    assert log["level"] == "WARNING"
    assert log["message"] == "DeprecationWarning: old"
    assert __file__ in log["where"]
    assert [str(warning.message) for warning in recorded] == ["elsewhere"]


def test_warnings_that_the_user_records_stay_with_the_user():
    with events_of() as events, recorded_warnings() as recorded:
        warnings.warn("mine", UserWarning, stacklevel=1)
    assert len(recorded) == 1
    assert events == []


# --- bars


@pytest.mark.parametrize(
    ("text", "bar"),
    [
        (" 40%|####      | 4/10 [00:01<00:02,  3.21it/s]", Bar("", 4, 10, "it")),
        ("fit:  40%|█▏  | 4/10 [00:01<00:02,  1.50s/file]", Bar("fit", 4, 10, "file")),
        ("Epoch 1: a:   0%|  | 0/3 [00:00<?, ?it/s]", Bar("Epoch 1: a", 0, 3, "it")),
        ("100%|##| 2/2 [00:00<00:00, 9.9 rows/s, loss=0.1]", Bar("", 2, 2, "rows")),
        ("get:  50%|# | 1.20k/2.40k [00:01<00:01, 1.0kB/s]", Bar("get", 1200, 2400, "B")),
        ("  1%| | 3/300 [00:01<00:01, 3.2Mol/s]", Bar("", 3, 300, "Mol")),
        ("40% 4/10 [00:01<00:02,  3.21it/s]", Bar("", 4, 10, "it")),
        ("7it [00:00, 12.3it/s]", Bar("", 7, None, "it")),
        ("read: 1.5MB [1:02:03, 3MB/s]\x1b[A", Bar("read", 1_500_000, None, "B")),
    ],
)
def test_bars_of_tqdm_are_read(text, bar):
    assert bar_of(text) == bar


@pytest.mark.parametrize("text", ["", "40%", "loading 4/10", "a | b", "see [1]", "took 3 [s]"])
def test_other_text_is_no_bar(text):
    assert bar_of(text) is None


def test_a_tqdm_loop_is_progress_and_nothing_else():
    with events_of() as events:
        for _ in tqdm(range(3), desc="fit", unit="row", mininterval=0, file=sys.stderr):
            pass
        print("after", file=sys.stderr)
    bars = events.of("progress")
    assert bars[0] == {"id": "tqdm-1", "title": "fit", "done": 0, "total": 3, "unit": "row"}
    assert bars[-1] == {"id": "tqdm-1", "title": "fit", "done": 3, "total": 3, "unit": "row"}
    assert events.text("stderr") == "after\n"
    assert {kind for kind, _ in events} == {"progress", "stderr"}


def test_a_bar_is_throttled_and_its_last_state_is_sent():
    with events_of() as events:
        bar = tqdm(total=100_000, mininterval=0, miniters=1, file=sys.stderr)
        for _ in range(500):
            bar.update()
        bar.close()
    bars = events.of("progress")
    assert bars[-1]["done"] == 500
    assert len(bars) < 50
    assert events.of("stderr") == []


def test_nested_bars_have_their_own_ids_and_leave_no_blank_lines():
    with events_of() as events:
        for _ in trange(2, desc="outer", mininterval=0, file=sys.stderr):
            for _ in trange(3, desc="inner", mininterval=0, leave=False, file=sys.stderr):
                tqdm.write("note")
    assert events.of("stderr") == []
    assert events.text() == "note\n" * 6
    ids = {(bar["title"], bar["id"]) for bar in events.of("progress")}
    assert [title for title, _ in sorted(ids)] == ["inner", "inner", "outer"]
    assert len({key for _, key in ids}) == 3
    ends = [bar for bar in events.of("progress") if bar["done"] == bar["total"]]
    assert [bar["title"] for bar in ends] == ["inner", "inner", "outer"]


def test_text_beside_a_bar_is_kept():
    with events_of() as events:
        sys.stderr.write("\r 50%|# | 1/2 [00:00<00:00, 1it/s]")
        print("careful", file=sys.stderr)
        sys.stderr.write("begin\r100%|##| 2/2 [00:00<00:00, 1it/s]\n")
    assert events.text("stderr") == "careful\nbegin\n"
    assert [bar["done"] for bar in events.of("progress")] == [1, 2]


def test_a_bar_from_another_thread_is_progress_too():
    with events_of(everywhere=True) as events:
        thread = threading.Thread(target=lambda: list(tqdm(range(2), file=sys.stderr)))
        thread.start()
        thread.join()
    assert events.of("progress")[-1]["done"] == 2
    assert events.of("stderr") == []


def test_the_throttle_sends_ten_a_second_and_what_it_held_back():
    throttle = Throttle()
    sent = [throttle.update(Bar("a", done, None, "it"), done * 0.01) for done in range(100)]
    assert 9 <= sum(map(len, sent)) <= 11
    assert throttle.due(0.991) == []
    assert [payload["done"] for payload in throttle.rest()] == [99]
    assert throttle.rest() == []


def test_a_bar_that_starts_again_is_a_new_one_and_the_old_is_completed():
    throttle = Throttle()
    states = [(0, 0.0), (4, 0.01), (0, 0.02)]
    sent = [payload for done, at in states for payload in throttle.update(Bar("a", done, 10, "it"), at)]
    assert [(payload["id"], payload["done"]) for payload in sent] == [
        ("tqdm-1", 0),
        ("tqdm-1", 4),
        ("tqdm-2", 0),
    ]


def test_the_memory_for_bars_is_bounded():
    throttle = Throttle()
    for number in range(1000):
        throttle.update(Bar(str(number), 0, 10, "it"), 0.0)
    assert len(throttle._shown) <= 256
