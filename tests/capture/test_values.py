"""Data and objects: what is written for them, and what must be an input."""

import ast
import dataclasses
import datetime as dt
import math

import numpy as np
import pytest

from kodonb.capture import capture, load
from kodonb.model.errors import CaptureError


def problem(notebook, *cells):
    notebook.run(*cells)
    with pytest.raises(CaptureError) as caught:
        capture(notebook["main"])
    return caught.value


PLAIN = """
import datetime as when, decimal, fractions, pathlib, uuid
values = [
    None, True, -3, 2.5, 1e300, 1 + 2j, "text", b"bytes", ..., [1, [2]], (1,), (), {"a": (1, 2)}, {1}, set(),
    frozenset({1}), frozenset(), range(1, 9, 2), slice(1, None), pathlib.Path("a") / "b",
    pathlib.PurePosixPath("c"), when.datetime(2026, 1, 2, tzinfo=when.timezone.utc),
    when.datetime(2026, 1, 2, 3, 4), when.date(2026, 1, 2), when.timedelta(days=1), decimal.Decimal("1.10"),
    fractions.Fraction(1, 3), uuid.UUID(int=5), 10 ** 5000, float("inf"), int, len,
]
"""


def test_plain_data_of_every_type_is_written_as_it_is(notebook):
    notebook.run(PLAIN, "values.append('more')", "def main(): return values")
    module = capture(notebook["main"])
    assert not module.notices
    assert load(module).main() == notebook["values"]
    assert [type(value) for value in load(module).main()] == [type(value) for value in notebook["values"]]


def test_not_a_number_is_written_too(notebook):
    notebook.run("worst = [0.0]\nworst[0] = float('nan')", "def main(): return worst")
    assert math.isnan(load(capture(notebook["main"])).main()[0])


def test_numpy_scalars_are_plain(notebook):
    notebook.run("import numpy as np\nn = np.arange(4).max()\nf = np.float32(0.5)", "def main(): return n, f")
    module = capture(notebook["main"])
    n, f = load(module).main()
    assert (type(n), int(n), type(f), float(f)) == (np.int64, 3, np.float32, 0.5)
    assert not module.notices


@pytest.mark.parametrize(
    "line",
    [
        "X = 60 * 60",
        "X: dict = {'a': [1, -2.0]}",
        "X = Path('a') / 'b'",
        "X = OTHER + 1",
        "X = dt.timedelta(hours=OTHER)",
        "X = frozenset({1, 2})",
        "X = {'first': helper, 'second': math.floor}",
        "X = [  # why\n    1,\n]",
    ],
)
def test_an_assignment_that_still_holds_is_kept(notebook, line):
    notebook.run(
        "import datetime as dt, math\nfrom pathlib import Path\nOTHER = 4\ndef helper(): return OTHER", line
    )
    notebook.run("def main(): return X")
    assert line in capture(notebook["main"]).source


def test_a_table_of_functions_refers_to_them(notebook):
    notebook.run(
        "import operator\ndef one(): return 1", "def main(): return table['one'](), table['add'](1, 2)"
    )
    notebook.run("table = {'one': None, 'add': operator.add}\ntable['one'] = one")
    module = capture(notebook["main"])
    assert "def one" in module.source and not module.notices
    assert load(module).main() == (1, 3)


def test_two_names_for_one_list_stay_one_list(notebook):
    notebook.run("a = []\nb = a", "def main():\n    a.append(1)\n    return b")
    assert load(capture(notebook["main"])).main() == [1]


def test_a_list_that_holds_itself_travels(notebook):
    notebook.run("a = [1]\na.append(a)", "def main(): return a[1][1][0]")
    assert load(capture(notebook["main"])).main() == 1


def test_recipes_are_replayed(notebook):
    notebook.run(
        "import re, logging, functools, string\nfrom typing import TypeVar, Annotated, Literal, NewType, Union\n"
        "from contextvars import ContextVar\nfrom pydantic import TypeAdapter, Field",
        "BASE = 'a+'\nT = TypeVar('T')\nId = NewType('Id', int)\nJson = Union[dict[str, 'Json'], list]\nMaybe = int | None",
        "PAT = re.compile(BASE, re.I)\nlog = logging.getLogger(__name__)\nadd = functools.partial(pow, 2)\n"
        "t = string.Template('$x')\nvar = ContextVar('var', default=1)\nKind = Literal['a', 'b']\n"
        "Small = Annotated[int, Field(le=9)]\nadapter = TypeAdapter(list[Small])",
        "def main(x: T) -> Id:\n    return PAT.match('AA')[0], add(3), t.substitute(x=1), var.get(), adapter.validate_python(['1']), Kind, Maybe, log",
    )
    module = capture(notebook["main"])
    assert not module.notices
    result = load(module).main(1)
    assert result[:5] == ("AA", 8, "1", 1, [1])
    assert "PAT = re.compile(BASE, re.I)" in module.source


def test_a_recipe_that_calls_code_of_the_notebook_is_not_run_again(notebook):
    notebook.run(
        "import re\ndef pattern():\n    return 'a'",
        "PAT = re.compile(pattern())",
        "def main(): return PAT.pattern",
    )
    module = capture(notebook["main"])
    assert "cloudpickle" in module.notices[0] and "def pattern" not in module.source
    assert load(module).main() == "a"


def test_a_recipe_from_within_a_condition_is_pickled_not_guessed(notebook):
    notebook.run(
        "import re\nPAT = re.compile('a')\nif PAT:\n    PAT = re.compile('b')",
        "def main(): return PAT.pattern",
    )
    assert load(capture(notebook["main"])).main() == "b"


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("import pandas as pd\ndata = pd.DataFrame({'a': [1]})", "DataFrame"),
        ("import pandas as pd\ndata = pd.Series([1])", "Series"),
        ("import numpy as np\ndata = np.arange(3)", "ndarray"),
        ("from sklearn.linear_model import LinearRegression\ndata = LinearRegression()", "LinearRegression"),
        ("data = list(range(100_000))\ndata[0] = 5", "list"),
        ("import collections\ndata = collections.deque('x' * 99_999)", "deque"),
    ],
)
def test_data_must_be_an_input(notebook, cell, kind):
    error = problem(notebook, cell, "def main():\n    return 1 + \\\n        len(data)")
    assert error.code == "KN103"
    assert error.message.startswith(f"`data` is a {kind}")
    assert error.where == "Cell In[2], line 3"
    assert "parameter" in error.remedy


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("from pydantic import SecretStr\nKEY = SecretStr('hidden')", "SecretStr"),
        ("import pydantic\nKEY = pydantic.SecretBytes(b'hidden')", "SecretBytes"),
        ("from pydantic import Secret\nKEY = Secret[int](42)", "Secret"),
        ("from pydantic import SecretStr\nKEY = {'keys': [SecretStr('hidden')]}", "dict"),
        (
            "import pydantic, types\nKEY = types.SimpleNamespace(key=pydantic.SecretStr('h'))",
            "SimpleNamespace",
        ),
        ("import pydantic, functools\nKEY = functools.partial(print, pydantic.SecretStr('h'))", "partial"),
        ("import pydantic, functools\nKEY = functools.partial(print, pydantic.Secret[int](42))", "partial"),
    ],
)
def test_a_secret_must_be_an_input(notebook, cell, kind):
    error = problem(notebook, cell, "def main():\n    return KEY")
    assert error.code == "KN103"
    assert error.message.startswith(f"`KEY` ({kind}) is a secret or holds one")
    assert error.where == "Cell In[1], line 2"
    assert error.remedy.startswith("make it a parameter of the flow")


def test_a_secret_in_an_object_of_the_notebook_must_be_an_input(notebook):
    error = problem(
        notebook,
        "from pydantic import BaseModel, SecretStr\nclass Settings(BaseModel):\n    key: SecretStr",
        "settings = Settings(key='hidden')",
        "def helper():\n    return settings.key",
        "def main():\n    return helper()",
    )
    assert (error.code, error.where) == ("KN103", "Cell In[2], line 1")
    assert error.message.startswith("`settings` (Settings)") and "hidden" not in str(error)


def test_a_secret_that_a_local_function_holds_must_be_an_input(notebook):
    error = problem(
        notebook,
        "from pydantic import SecretStr\ndef make(key):\n    def reads():\n        return key\n    return reads",
        "reads = make(SecretStr('hidden'))",
        "def main():\n    return reads()",
    )
    assert (error.code, error.where) == ("KN103", "Cell In[2], line 1")


def test_types_of_secrets_and_code_that_makes_them_travel(notebook):
    notebook.run(
        "import functools\nfrom pydantic import Secret, SecretStr\nPin = Secret[int]",
        "wrap = functools.partial(map, SecretStr)",
        "def main():\n    return [*wrap(['a']), Pin(3)]",
    )
    text, pin = load(capture(notebook["main"])).main()
    assert (text.get_secret_value(), pin.get_secret_value()) == ("a", 3)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("import threading\nthing = threading.Lock()", "lock"),
        ("import socket\nthing = socket.socket(); thing.close()", "socket"),
        ("import os\nthing = open(os.devnull); thing.close()", "TextIOWrapper"),
        ("x = 1\nthing = (i for i in range(3))", "generator"),
        ("import asyncio\nthing = asyncio.new_event_loop(); thing.close()", "_UnixSelectorEventLoop"),
        ("import sqlite3\nthing = sqlite3.connect(':memory:'); thing.close()", "Connection"),
        ("import threading\nthing = [threading.Lock()]", "list"),
        ("import types\nthing = types.ModuleType('made_up')", "module"),
    ],
)
def test_objects_of_this_process_cannot_travel(notebook, cell, kind):
    error = problem(notebook, cell, "def main():\n    return thing")
    assert error.code == "KN102"
    assert error.message.startswith(f"`thing` is a {kind} and cannot travel")
    assert error.where == "Cell In[1], line 2"
    assert "inside the flow" in error.remedy


def test_a_magic_line_inside_a_function_cannot_travel(notebook):
    error = problem(notebook, "def main():\n    x = 1\n    %pwd\n    return x")
    assert (error.code, error.where) == ("KN102", "Cell In[1], line 3")


def test_a_deleted_name_is_told_with_the_cell_that_had_it(notebook):
    error = problem(notebook, "x = 1\nrate = 2", "def main():\n    y = 1\n    return y * rate", "del rate")
    assert error.code == "KN101"
    assert error.where == "Cell In[2], line 3"
    assert "Cell In[1], line 2 defined it" in error.message


def test_a_deleted_import_is_told_too(notebook):
    error = problem(notebook, "x = 1\nimport math as m", "def main(): return m.pi", "del m")
    assert "Cell In[1], line 2 defined it" in error.message


def test_a_name_that_never_was_is_told(notebook):
    error = problem(notebook, "def main():\n    return nowhere")
    assert (error.code, error.where) == ("KN101", "Cell In[1], line 2")
    assert error.message == "`nowhere` is not defined"


def test_a_function_without_text_is_told(notebook):
    exec("def helper(): return 1", notebook.ns)
    error = problem(notebook, "def main():\n    return helper()")
    assert (error.code, error.where) == ("KN104", "Cell In[1], line 2")


def test_a_class_without_text_is_told(notebook):
    exec("class Box:\n    size = 1", notebook.ns)
    error = problem(notebook, "def main():\n    return Box()")
    assert (error.code, error.where) == ("KN104", "Cell In[1], line 2")


def test_what_is_no_function_is_told():
    with pytest.raises(CaptureError, match="KN104"):
        capture(3)


def test_all_problems_are_told_at_once(notebook):
    error = problem(
        notebook,
        "import threading\nlock = threading.Lock()",
        "def helper(): return gone",
        "def main():\n    return lock, helper()",
    )
    assert error.code == "KN102"
    assert "also KN101: `gone` is not defined (at Cell In[2], line 1)" in error.message


def test_pickles_are_the_same_each_time(notebook):
    notebook.run("import types\nspace = types.SimpleNamespace(a=1, b={'x': 2})", "def main(): return space.b")
    first, second = capture(notebook["main"]), capture(notebook["main"])
    assert first.hash == second.hash
    assert load(first).main() == {"x": 2}


def test_generated_lines_do_not_disturb_the_users_names(notebook):
    notebook.run(
        "from datetime import date, datetime\nlimit = [date(2026, 1, 2)]\nlimit.append(date(2026, 1, 3))"
    )
    notebook.run("import decimal as datetime", "def main(): return limit, datetime.Decimal(1)")
    module = capture(notebook["main"])
    assert "import datetime as _datetime" in module.source
    assert load(module).main() == ([dt.date(2026, 1, 2), dt.date(2026, 1, 3)], 1)


def test_every_captured_source_is_python(notebook):
    notebook.run("import types\nspace = types.SimpleNamespace(a='x' * 500)", "def main(): return space")
    module = capture(notebook["main"])
    ast.parse(module.source)
    covered = [line for piece in module.pieces for line in range(piece.line, piece.line + piece.count)]
    assert covered == list(range(1, len(module.source.splitlines()) + 1))
    assert dataclasses.is_dataclass(module) is False


def test_a_failed_import_that_was_replaced_by_none_stays_none(notebook):
    notebook.run("try:\n    import not_there_at_all as extra\nexcept ImportError:\n    extra = None")
    notebook.run("def main(): return extra")
    assert load(capture(notebook["main"])).main() is None


def test_combined_flags_are_plain(notebook):
    notebook.run(
        "import enum\nclass Perm(enum.Flag):\n    R = 1\n    W = 2\nALL = Perm.R | Perm.W\nmade = [ALL]"
    )
    notebook.run("made.append(Perm.R)", "def main(): return ALL, made, Perm")
    module = capture(notebook["main"])
    every, made, kind = load(module).main()
    assert "ALL = Perm.R | Perm.W" in module.source and not module.notices
    assert every is kind.R | kind.W and made == [every, kind.R]
