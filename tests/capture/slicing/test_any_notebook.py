"""Whatever a notebook does to its names, the slice's flow returns what the notebook's flow returns."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.slicing.cells import made, sliced, whole

INTS = ("a", "b", "c")
LISTS = ("xs", "ys", "zs")
TABLES = ("t", "u")
FUNCTIONS = ("f0", "f1", "f2")


class Author:
    """Writes statements that work when they are executed one after the other."""

    def __init__(self, draw):
        self.draw = draw
        self.known = set()
        self.lines = []

    def pick(self, names):
        there = sorted(set(names) & self.known)
        return self.draw(st.sampled_from(there)) if there else None

    def number(self, below=3):
        parts = [str(self.draw(st.integers(0, 9)))]
        for names, shown in ((INTS, "{}"), (LISTS, "len({})"), (LISTS, "{}[0]"), (TABLES, "{}.get('k', 1)")):
            name = self.pick(names) if self.draw(st.booleans()) else None
            parts += [shown.format(name)] if name else []
        called = self.pick(FUNCTIONS[:below]) if self.draw(st.booleans()) else None
        parts += [f"{called}({self.draw(st.integers(0, 3))})"] if called else []
        return f"({' + '.join(parts)}) % 97"

    def write(self):
        kind = self.draw(st.sampled_from([name for name in dir(self) if name.startswith("do_")]))
        text = getattr(self, kind)()
        if text:
            self.lines.append(text)

    def bind(self, names, text):
        name = self.draw(st.sampled_from(names))
        made = text.replace("NAME", name)
        self.known.add(name)
        return made

    def do_int(self):
        return self.bind(INTS, f"NAME = {self.number()}")

    def do_two(self):
        value = self.number()
        one, two = self.draw(st.permutations(INTS))[:2]
        self.known |= {one, two}
        return f"{one}, {two} = {value}, 5"

    def do_augment(self):
        name = self.pick(INTS)
        return f"{name} += {self.number()}" if name else None

    def do_branch(self):
        value = self.number()
        return self.bind(INTS, f"if {value} > 40:\n    NAME = {value}\nelse:\n    NAME = 2")

    def do_perhaps(self):
        name = self.pick(INTS)
        return f"if {self.number()} > 40:\n    {name} = {self.number()}" if name else None

    def do_loop(self):
        name, items = self.pick(INTS), self.pick(LISTS)
        return f"for item in {items}:\n    {name} = ({name} + item) % 97" if name and items else None

    def do_list(self):
        return self.bind(LISTS, f"NAME = [{self.number()}]")

    def do_alias(self):
        name = self.pick(LISTS)
        return self.bind(LISTS, f"NAME = {name}") if name else None

    def do_copy(self):
        name = self.pick(LISTS)
        return self.bind(LISTS, f"NAME = [n + 1 for n in {name}]") if name else None

    def do_change(self):
        name = self.pick(LISTS)
        way = self.draw(
            st.sampled_from(
                ["{}.append({})", "{}[0] = {}", "{} += [{}]", "{}.insert(0, {})", "last = {}.append({})"]
            )
        )
        return way.format(name, self.number()) if name else None

    def do_table(self):
        return self.bind(TABLES, f"NAME = {{'k': {self.number()}}}")

    def do_hold(self):
        table, items = self.pick(TABLES), self.pick(LISTS)
        return (
            f"{table}['held'] = {items}\n{table}['held'].append({self.number()})" if table and items else None
        )

    def do_key(self):
        table = self.pick(TABLES)
        return f"{table}['k'] = {self.number()}" if table else None

    def do_function(self):
        place = self.draw(st.integers(0, 2))
        body = self.draw(st.sampled_from(["plain", "change", "global", "nested"]))
        items, name = self.pick(LISTS), self.pick(INTS)
        lines = [f"def f{place}(n, more={self.number()}):"]
        if body == "change" and items:
            lines.append(f"    {items}.append(n)")
        elif body == "global" and name:
            lines += [f"    global {name}", f"    {name} = ({name} + n) % 97"]
        elif body == "nested":
            lines += ["    def inner():", "        return n + 1", "    n = inner()"]
        self.known.add(f"f{place}")
        return "\n".join([*lines, f"    return n + more + {self.number(place)}"])

    def do_getter(self):
        items = self.pick(LISTS)
        way = self.draw(
            st.sampled_from(
                ["get().append({0})", "got = get()\ngot[0] = {0}", "for box in [get()]:\n    box.append({0})"]
            )
        )
        return f"def get():\n    return {items}\n{way.format(self.number())}" if items else None

    def do_filler(self):
        items = self.pick(LISTS)
        way = self.draw(
            st.sampled_from(
                [
                    "fill({0}, {1})",
                    "ys = fill({0}, {1})\nys.append(2)",
                    "fill(more={1}, box={0})",
                    "last = fill({0}, {1})[0]",
                ]
            )
        )
        if not items:
            return None
        text = f"def fill(box, more):\n    same = box\n    same.append(more)\n    return same\n{way.format(items, self.number())}"
        self.known |= {"ys"} if "ys" in way else set()
        return text

    def do_store(self):
        items = self.pick(LISTS)
        way = self.draw(
            st.sampled_from(
                ["store.put({})", "store.items.append({})", "store.items = [{}]", "store.put({}).put(3)"]
            )
        )
        text = "class Store:\n    def __init__(self, items):\n        self.items = items\n\n    def put(self, n):\n        self.items.append(n)\n        return self"
        if not items:
            return None
        self.known.add("store.items")
        return f"{text}\nstore = Store({items})\n{way.format(self.number())}"

    def do_register(self):
        place = self.draw(st.integers(0, 2))
        number = self.number(place)
        self.known |= {"REGISTRY", f"f{place}"}
        deco = "def register(f):\n    REGISTRY[f.__name__] = f\n    return f"
        start = (
            "REGISTRY = {}\n" + deco + "\n"
            if self.draw(st.booleans()) or "REGISTRY = {}" not in "".join(self.lines)
            else ""
        )
        return f"{start}@register\ndef f{place}(n):\n    return n + {number}"

    def do_nest(self):
        items = self.pick(LISTS)
        way = self.draw(
            st.sampled_from(
                [
                    "rows = [{0}, {0}]\nrows[1].append({1})",
                    "rows = ([{0}],)\nfor row in rows[0]:\n    row.append({1})",
                    "rows = []\nrows.append({0})\nrows[0][0] = {1}",
                    "one, two = {0}, {0}\ntwo.append({1})",
                ]
            )
        )
        if not items:
            return None
        text = way.format(items, self.number())
        self.known |= {"rows"} if way.startswith("rows") else set()
        return text

    def do_try(self):
        return self.bind(
            INTS,
            f"try:\n    NAME = {{}}['a']\nexcept KeyError as error:\n    NAME = len(str(error)) + {self.number()}",
        )

    def do_delete(self):
        name = self.pick(INTS)
        return f"del {name}\n{name} = {self.draw(st.integers(0, 9))}" if name else None

    def do_import(self):
        name = self.draw(st.sampled_from(INTS))
        self.known.add(name)
        return f"from math import tau as {name}\n{name} = int({name})"

    def do_lambda(self):
        place = self.draw(st.integers(0, 2))
        text = f"f{place} = lambda n: n + {self.number(place)}"
        self.known.add(f"f{place}")
        return text

    def do_call(self):
        name = self.pick(FUNCTIONS)
        return f"{name}({self.number()})" if name else None

    def do_class(self):
        text = f"class Box:\n    value = {self.number()}\n\n    def get(self):\n        return self.value + {self.number()}"
        self.known.add("Box")
        return text

    def do_object(self):
        return self.bind(INTS, "NAME = Box().get()") if "Box" in self.known else None

    def do_show(self):
        name = self.pick((*INTS, *LISTS))
        return f"print({name}, {self.number()})\n{name}" if name else None

    def main(self):
        wanted = [name for name in sorted(self.known) if self.draw(st.booleans())]
        shown = [
            f"{name}(1)"
            if name in FUNCTIONS
            else f"{name}().get()"
            if name == "Box"
            else f"{{key: f(1) for key, f in {name}.items()}}"
            if name == "REGISTRY"
            else name
            for name in wanted
        ]
        return f"def main():\n    return [{', '.join(shown)}]"


@st.composite
def notebooks(draw):
    author = Author(draw)
    for _ in range(draw(st.integers(3, 14))):
        author.write()
    lines = [*author.lines, author.main()]
    cells = [[lines[0]]]
    for line in lines[1:]:
        if draw(st.booleans()):
            cells.append([])
        cells[-1].append(line)
    return ["\n".join(cell) for cell in cells]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(notebooks())
def test_the_flow_of_a_slice_returns_what_the_flow_of_the_notebook_returns(cells):
    expected = whole(*cells)["main"]()
    found = sliced(*cells)
    assert made(found)["main"]() == expected
    assert sum(piece.count for piece in found.module.pieces) == found.module.source.count("\n")
