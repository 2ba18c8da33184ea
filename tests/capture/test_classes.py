"""Classes: plain, dataclass, pydantic, enum, and what is made by a call."""

import inspect
import typing

from kodonb.capture import capture, load


def loaded(space, name="main"):
    return load(capture(space[name]))


def test_methods_find_the_globals_they_use(notebook):
    notebook.run(
        "RATE = 2\ndef scale(x): return x * RATE",
        "class Base:\n    def size(self): return scale(1)",
        "class Box(Base):\n    @property\n    def twice(self): return self.size() * 2\n"
        "    @classmethod\n    def make(cls): return cls()\n    def size(self): return super().size() + 1",
        "def main(): return Box.make().twice",
    )
    assert loaded(notebook).main() == 6


def test_dataclasses_with_forward_references_resolve(notebook):
    notebook.run(
        "from __future__ import annotations\nfrom dataclasses import dataclass, field\n"
        "@dataclass\nclass Node:\n    value: int\n    next: Node | None = None\n    tags: list[Tag] = field(default_factory=list)",
        "@dataclass\nclass Tag:\n    name: str",
        "def main(node: Node) -> Tag:\n    return Tag(str(node.value))",
    )
    module = loaded(notebook)
    assert typing.get_type_hints(module.Node)["tags"] == list[module.Tag]
    assert typing.get_type_hints(module.main) == {"node": module.Node, "return": module.Tag}


def test_a_future_import_of_an_earlier_cell_still_counts(notebook):
    notebook.run(
        "from __future__ import annotations\nx = 1",
        "from dataclasses import dataclass\n@dataclass\nclass Node:\n    next: Node | None = None",
        "def main(): return Node()",
    )
    module = capture(notebook["main"])
    assert module.source.startswith("from __future__ import annotations\n")
    assert load(module).main().next is None


def test_pydantic_models_with_forward_references_validate(notebook):
    notebook.run(
        "from pydantic import BaseModel, Field\nfrom typing import Annotated\nLOW = 1\n"
        "class Order(BaseModel):\n    lines: list['Line']\n    parent: 'Order | None' = None",
        "class Line(BaseModel):\n    count: Annotated[int, Field(ge=LOW)] = 1",
        "def main(data: 'Order'):\n    return Order.model_validate(data).lines[0].count",
    )
    module = loaded(notebook)
    assert module.main({"lines": [{"count": "3"}], "parent": {"lines": []}}) == 3
    assert typing.get_type_hints(module.main)["data"] is module.Order


def test_names_of_annotations_come_along_and_missing_ones_do_no_harm(notebook):
    notebook.run(
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING, Annotated, Literal\nimport datetime as dt\n"
        "if TYPE_CHECKING:\n    from nowhere import Ghost\n"
        "class Size: pass\nclass Rule: pass\nclass small: pass\nrule = 3",
        "def main(a: Size, b: Annotated[dt.date, rule], c: Literal['small'] = 'small') -> Ghost | None:\n    return None",
    )
    source = capture(notebook["main"]).source
    assert "class Size" in source and "import datetime as dt" in source and "rule = 3" in source
    assert "nowhere" not in source and "class Rule" not in source


def test_enums_keep_their_members(notebook):
    notebook.run(
        "import enum\nclass Color(enum.Enum):\n    RED = 1\n    BLUE = 2\nFAVOURITE = Color.RED",
        "chosen = list(Color)[1]",
        "def main(c=FAVOURITE): return c is Color.RED, chosen is Color.BLUE, [*Color]",
    )
    module = loaded(notebook)
    assert module.main() == (True, True, [*module.Color])


def test_a_class_without_methods_is_the_last_one_that_fits(notebook):
    notebook.run(
        "class Settings:\n    depth: int = 1",
        "class Settings:\n    depth: int = 2",
        "def main(): return Settings.depth",
        "def elsewhere():\n    class Settings:\n        width: int = 3\n    return Settings",
    )
    assert loaded(notebook).main() == 2


def test_an_older_class_that_is_bound_again_is_told_by_its_fields(notebook):
    notebook.run(
        "class Row:\n    a: int = 1",
        "first = Row",
        "class Row:\n    b: int = 2",
        "Row = first",
        "def main(): return Row.a",
    )
    assert loaded(notebook).main() == 1


def test_instances_come_back_as_instances_of_the_captured_class(notebook):
    notebook.run(
        "from dataclasses import dataclass\n@dataclass\nclass Conf:\n    depth: int = 3",
        "conf = Conf(5)\nconf.depth = 9",
        "def main(): return isinstance(conf, Conf), conf.depth",
    )
    module = capture(notebook["main"])
    assert load(module).main() == (True, 9)
    assert module.notices == ("`conf` (Conf, Cell In[2], line 1) travels by cloudpickle",)


def test_classes_made_by_a_call_are_made_again(notebook):
    notebook.run(
        "from collections import namedtuple\nfrom enum import Enum\nfrom dataclasses import make_dataclass\n"
        "from pydantic import create_model\nfrom typing import NamedTuple",
        "Point = namedtuple('Point', 'x y')\nMode = Enum('Mode', 'ON OFF')\nRow = make_dataclass('Row', ['a'])",
        "Model = create_model('Model', a=(int, 1))\nTyped = NamedTuple('Typed', [('a', int)])",
        "def main(): return Point(1, 2).y, Mode.OFF.value, Row(3).a, Model().a, Typed(4).a",
    )
    module = capture(notebook["main"])
    assert load(module).main() == (2, 2, 3, 1, 4)
    assert not module.notices


def test_a_class_made_in_a_function_travels_as_a_pickle(notebook):
    notebook.run(
        "def make(n):\n    class Box:\n        size = n\n    return Box",
        "Box = make(3)",
        "def main(): return Box.size",
    )
    assert loaded(notebook).main() == 3


def test_a_nested_class_under_a_name_of_its_own_works(notebook):
    notebook.run(
        "class Outer:\n    class Inner:\n        x = 1\nInner = Outer.Inner", "def main(): return Inner.x"
    )
    assert loaded(notebook).main() == 1


def test_the_source_of_a_loaded_class_and_function_can_be_asked_for(notebook):
    text = "class Box:\n    # how large\n    size = 1\n"
    notebook.run("x = 1\n" + text, "\n\ndef main():\n    return Box\n")
    module = loaded(notebook)
    assert inspect.getsource(module.Box) == text
    assert inspect.getsource(module.main) == "def main():\n    return Box\n"
