"""What is typed behind a magic."""

import pytest

from kodonb.magics.grammar import COMMANDS, DEFINE
from kodonb.magics.manual import of_command
from kodonb.magics.parse import Verbatim, parse, words
from kodonb.model.errors import UsageError


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("", []),
        ("run  a x=1", ["run", "a", "x=1"]),
        ("run title='two words'", ["run", "title=two words"]),
        ('run names=["a b", "c"] -o r', ["run", 'names=["a b", "c"]', "-o", "r"]),
        ('run opts={"a": [1, 2]}', ["run", 'opts={"a": [1, 2]}']),
        ("run data={frame.head(3)}", ["run", "data={frame.head(3)}"]),
        ("run x={'}'}", ["run", "x={'}'}"]),
        ("--pip 'rich>=13'", ["--pip", "rich>=13"]),
        ("path=a[1", ["path=a[1"]),
    ],
)
def test_words_are_split_as_in_a_shell_but_brackets_keep_what_is_in_them(line, found):
    assert words(line) == found


@pytest.mark.parametrize("line", ["run 'x", 'run x="a', "run x=[1, 2", 'run x={"a": [1}', "run don't"])
def test_a_quote_or_bracket_without_end_is_an_error(line):
    with pytest.raises(UsageError) as caught:
        words(line)
    assert caught.value.code == "KN005"
    assert "has no end" in caught.value.message


def test_what_was_quoted_stays_text():
    plain, quoted = words("x=$name x='$name'")
    assert not isinstance(plain, Verbatim)
    assert isinstance(quoted, Verbatim)


def test_options_may_stand_anywhere_among_inputs():
    asked = parse(COMMANDS["run"], words("greet a=1 -o run b=2 --timeout 5m c=3"))
    assert asked.values == {"name": "greet", "output": "run", "timeout": 300.0}
    assert asked.pairs == {"a": "1", "b": "2", "c": "3"}


def test_an_input_is_not_taken_for_an_argument():
    assert parse(COMMANDS["answer"], ["last", "yes=1"]) == ({"run": "last"}, {"yes": "1"}, False)
    with pytest.raises(UsageError, match="NAME is missing"):
        parse(COMMANDS["run"], ["yes=1"])


def test_the_values_of_options_may_look_like_inputs():
    assert parse(DEFINE, ["a", "--tag", "team=ml"]).values == {"name": "a", "tag": ["team=ml"]}


@pytest.mark.parametrize(
    ("command", "line", "code", "remedy"),
    [
        ("run", "a --deatch", "KN001", "did you mean --detach?"),
        ("run", "a --wait --detach", "KN001", "see %flow run -h"),
        ("run", "a -o", "KN001", "see %flow run -h"),
        ("run", "a -o 2x", "KN005", "write a name such as run"),
        ("run", "a --timeout soon", "KN005", "write 30s, 15m, 24h or a number of seconds"),
        ("run", "a --on-interrupt cancle", "KN005", "did you mean 'cancel'?"),
        ("run", "a b", "KN001", "inputs are written key=value"),
        ("run", "a x=1 x=2", "KN001", "give it once"),
        ("show", "a b", "KN001", "write %flow show RUN"),
        ("show", "", "KN001", "write %flow show RUN"),
        ("runs", "--status runing", "KN005", "did you mean 'running'?"),
        ("runs", "--limit -3", "KN005", "write a number such as 3"),
        ("runs", "--limit few", "KN005", "write a number such as 3"),
        ("events", "last --kind metrik", "KN005", "did you mean 'metric'?"),
        ("connect", "spark", "KN005", "use one of inline, ray"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_way_out(capfd, command, line, code, remedy):
    with pytest.raises(UsageError) as caught:
        parse(COMMANDS[command], words(line))
    assert (caught.value.code, caught.value.remedy) == (code, remedy)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("command", [*COMMANDS.values(), DEFINE], ids=lambda c: c.name)
def test_every_command_has_help_without_colours(command):
    assert parse(command, ["-h"]).help
    text = of_command(command)
    assert text.startswith(f"usage: {command.prog}")
    assert "\x1b" not in text
    assert all(flag in text for option in command.options for flag in option.flags)
