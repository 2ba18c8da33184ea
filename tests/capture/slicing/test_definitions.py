"""Definitions of all kinds keep working in the slice."""

import pytest

from tests.capture.slicing.cells import agree, made, sliced, text

CASES = {
    "own decorator": (
        "import functools\nPREFIX = '>'\ndef loud(f):\n    @functools.wraps(f)\n    def inner(*args):\n        return PREFIX + f(*args)\n    return inner",
        "@loud\ndef say(x):\n    return x\nPREFIX = '!'",
        "def main():\n    return say('a'), say.__name__",
    ),
    "decorator with arguments": (
        "def times(n):\n    def deco(f):\n        return lambda *args: f(*args) * n\n    return deco\nN = 3",
        "@times(N)\ndef f(x):\n    return x\nN = 9",
        "def main():\n    return f(2)",
    ),
    "decorator as a function": (
        "from functools import lru_cache, partial\ndef f(x, y=1):\n    return x + y\ncached = lru_cache(maxsize=None)(f)\nf5 = partial(f, y=5)\nX = f5(1)",
        "def main():\n    return cached(1), f5(1), X",
    ),
    "dataclass": (
        "from dataclasses import dataclass, field\nSIZE = 2\ndef fresh():\n    return [SIZE]",
        "@dataclass(order=True)\nclass P:\n    x: int = SIZE\n    xs: list[int] = field(default_factory=fresh)\n\nORIGIN = P(0)",
        "def main():\n    return ORIGIN.x, P().xs, P() > ORIGIN",
    ),
    "enum": (
        "from enum import Enum, auto\nclass Colour(Enum):\n    RED = auto()\n    BLUE = auto()\nDEFAULT = Colour.BLUE",
        "def main(colour=DEFAULT):\n    return colour.name, [c.name for c in Colour]",
    ),
    "named tuple and typed things": (
        "from collections import namedtuple\nfrom typing import NamedTuple, TypeVar, Generic, Literal\nT = TypeVar('T')\nPair = namedtuple('Pair', 'a b')\nKind = Literal['x']\nclass Point(NamedTuple):\n    x: int = 1",
        "class Box(Generic[T]):\n    def __init__(self, item: T) -> None:\n        self.item = item\nBOX = Box[int](3)",
        "def main():\n    return Pair(1, 2), Point(), BOX.item",
    ),
    "model": (
        "from pydantic import BaseModel, Field, field_validator\nLOW = 0\nclass Model(BaseModel):\n    n: int = Field(1, ge=LOW)\n    @field_validator('n')\n    @classmethod\n    def check(cls, value):\n        return value + STEP\nSTEP = 2",
        "MODEL = Model(n=3)",
        "def main():\n    return MODEL.n, Model(n=1).n",
    ),
    "models that mention each other": (
        "from __future__ import annotations\nfrom pydantic import BaseModel\nclass Tree(BaseModel):\n    leaves: list[Leaf] = []\nclass Leaf(BaseModel):\n    n: int = 1\nTree.model_rebuild()",
        "def main():\n    return Tree(leaves=[{'n': 4}]).leaves[0].n",
    ),
    "overload": (
        "from typing import overload",
        "@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\ndef f(x):\n    return x",
        "def main():\n    return f(1), f('a')",
    ),
    "single dispatch": (
        "from functools import singledispatch\n@singledispatch\ndef area(x):\n    return 0",
        "@area.register\ndef _(x: int):\n    return SIDE\n@area.register(str)\ndef _(x):\n    return 2\nSIDE = 7",
        "def main():\n    return area(1), area('a'), area(None)",
    ),
    "method that is set later": (
        "class C:\n    pass\ndef speak(self):\n    return 'hi'",
        "C.speak = speak",
        "def main():\n    return C().speak()",
    ),
    "subclass hook": (
        "KINDS = []\nclass Base:\n    def __init_subclass__(cls):\n        KINDS.append(cls.__name__)",
        "class A(Base):\n    pass\nclass B(A):\n    pass",
        "def main():\n    return KINDS",
    ),
    "context manager": (
        "from contextlib import contextmanager\nLOG = []\n@contextmanager\ndef logged(x):\n    LOG.append(x)\n    yield x",
        "def main():\n    with logged(3) as x:\n        return x, LOG",
    ),
    "generator": ("def count(n):\n    yield from range(n)", "def main():\n    return list(count(3))"),
    "match in a function": (
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nONE = 1",
        "def main():\n    match P(ONE):\n        case P(x=1) as p:\n            return p.x\n        case {'a': value, **rest}:\n            return value, rest",
    ),
    "walrus in a function": ("LIMIT = 2", "def main():\n    return [y for x in range(4) if (y := x * 2) > LIMIT]"),
    "default of a helper": ("D = 1\ndef f(x=D):\n    return x\nD = 2", "def main():\n    return f(), D"),
    "docstring and unicode": ("def naïve():\n    '''é'''\n    return 'ü'", "def main():\n    return naïve(), naïve.__doc__"),
    "class in a class": ("N = 1\nclass A:\n    class B:\n        n = N\n        def get(self):\n            return N\nN = 2", "def main():\n    return A.B.n, A.B().get()"),
    "metaclass": ("class Meta(type):\n    def __new__(mcs, name, bases, body):\n        return super().__new__(mcs, name, bases, body | {'tag': TAG})\nTAG = 't'\nclass C(metaclass=Meta):\n    pass", "def main():\n    return C.tag"),
    "descriptors of a class": ("class C:\n    def _get(self):\n        return 3\n    value = property(_get)\n    items = [n * 2 for n in range(3)]", "def main():\n    return C().value, C.items"),
}  # fmt: skip


@pytest.mark.parametrize("cells", CASES.values(), ids=CASES)
def test_definitions_mean_the_same_in_the_slice(cells):
    agree(*cells)


def test_asynchronous_flows_come_with_their_helpers():
    import asyncio

    found = sliced(
        "import asyncio\nasync def wait(x):\n    await asyncio.sleep(0)\n    return x + 1",
        "async def main(x):\n    async with asyncio.timeout(5):\n        return [await wait(n) async for n in numbers(x)]",
        "async def numbers(x):\n    for n in range(x):\n        yield n",
    )
    assert asyncio.run(made(found)["main"](3)) == [1, 2, 3]


def test_postponed_annotations_of_one_cell_hold_for_all_below():
    found = sliced(
        "class Early:\n    pass",
        "from __future__ import annotations",
        "def main(x: Late | None = None) -> Late:\n    return x",
        "class Late:\n    n: int",
    )
    assert found.module.source.startswith("from __future__ import annotations\n\n\ndef main")
    assert made(found)["main"].__annotations__["return"] == "Late"
    assert "Early" not in found.module.source


def test_without_annotations_there_is_no_future_import():
    assert "__future__" not in text(
        "x = 1\ndef main():\n    return x", "from __future__ import annotations\ny = 2"
    )


def test_types_that_only_checkers_import_come_in_their_block():
    cells = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from decimal import Decimal\n    from pandas import DataFrame",
        "def main(x: 'Decimal', y: 'list[DataFrame] | None' = None):\n    return x",
    )
    assert "if TYPE_CHECKING:\n    from decimal import Decimal\n    from pandas import DataFrame\n" in agree(
        *cells, given=[(1,)]
    )


def test_conditional_imports_come_whole():
    cells = ("try:\n    import not_there_at_all\nexcept ImportError:\n    not_there_at_all = None",)
    agree(*cells, "def main():\n    return not_there_at_all")
    assert text(*cells, "def main():\n    return not_there_at_all").startswith("try:\n")


def test_string_annotations_bring_their_classes():
    cells = ("class Node:\n    n = 3", "def main(x: 'Node | None' = None) -> 'list[Node]':\n    return []")
    assert "class Node" in agree(*cells)


def test_overloads_stand_close_together_as_typed():
    found = text(
        "from typing import overload",
        "@overload\ndef f(x: int) -> int: ...\n@overload\ndef f(x: str) -> str: ...\ndef f(x):\n    return x",
        "def main():\n    return f(1)",
    )
    assert "-> int: ...\n@overload\ndef f(x: str) -> str: ...\ndef f(x):" in found
