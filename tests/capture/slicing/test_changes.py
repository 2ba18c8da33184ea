"""Cells that change what the flow needs: they come along, or the notebook is refused."""

import pytest

from tests.capture.slicing.cells import agree, made, refused, sliced, text

COME = {
    "items and attributes": (
        "from types import SimpleNamespace\nx = {'a': {}}\ny = SimpleNamespace()",
        "x['a']['b'] = 1\ny.n = 2\nx['c'] = 3\ndel x['c']\nx['a']['b'] += 4",
        "def main():\n    return x, y.n",
    ),
    "methods of lists, dicts and sets": (
        "x, y, z = [3, 1], {}, {1}",
        "x.append(2)\nx.sort()\ny.setdefault('a', []).append(1)\nz |= {2}\nz.discard(1)",
        "def main():\n    return x, y, z",
    ),
    "a loop": ("x = {}\nfor n in range(3):\n    x[n] = n * 2", "def main():\n    return x"),
    "a loop over its parts": ("x = [{}, {}]\nfor n, part in enumerate(x):\n    part['n'] = n", "def main():\n    return x"),
    "another name": ("x = {'a': []}\npart = x['a']\nsame = part\nsame.append(1)", "def main():\n    return x"),
    "another name that is needed": ("x = []\ny = x", "x.append(1)", "def main():\n    return y"),
    "a list that holds it": ("x = {}\nrow = [x, 1]\nrow[0]['a'] = 1", "def main():\n    return x"),
    "a registry by decorator": (
        "REGISTRY = {}\ndef register(name):\n    def deco(f):\n        REGISTRY[name] = f\n        return f\n    return deco",
        "@register('a')\ndef a():\n    return 1",
        "@register('b')\ndef b():\n    return helper()\ndef helper():\n    return 2",
        "def main():\n    return {name: f() for name, f in REGISTRY.items()}",
    ),
    "a registry by call": (
        "ALL = []\ndef register(f):\n    ALL.append(f)\ndef one():\n    return 1",
        "register(one)",
        "def main():\n    return [f() for f in ALL]",
    ),
    "a function that changes what it is handed": (
        "def fill(box, /, value, *, into=None):\n    inner = box\n    inner['v'] = value\n    if into is not None:\n        into.append(value)\nx, y = {}, []",
        "fill(x, 3, into=y)",
        "def main():\n    return x, y",
    ),
    "a function that calls such a function": (
        "x = []\ndef inner(b):\n    b.append(len(b))\ndef outer(b):\n    inner(b)\n    inner(b)",
        "outer(x)",
        "def main():\n    return x",
    ),
    "a method of an own class": (
        "class Store:\n    def __init__(self):\n        self.items = []\n    def put(self, x):\n        self._put(x)\n    def _put(self, x):\n        self.items.append(x)\n    def size(self):\n        return len(self.items)\ns = Store()",
        "s.put(3)\ns.size()",
        "def main():\n    return s.items",
    ),
    "an assignment of its result": ("x = [1, 2]", "last = x.pop()", "def main():\n    return x"),
    "a statement that changes it and shows it": ("x = [1, 2]", "print(x.pop())", "def main():\n    return x"),
    "two names at once": ("x = y = []\nx.append(1)", "def main():\n    return y"),
    "an iterator": ("numbers = iter([1, 2, 3])\nfirst = next(numbers)", "def main():\n    return list(numbers)"),
    "a closure that counts": (
        "def counter():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step\nstep = counter()",
        "step()\nstep()",
        "def main():\n    return step()",
    ),
    "an object that is called": (
        "class Seen:\n    def __init__(self):\n        self.all = []\n    def __call__(self, x):\n        self.all.append(x)\n        return self\nseen = Seen()",
        "seen(1)(2)\nhash(3)",
        "def main():\n    return seen.all",
    ),
    "a method that is handed over": ("x = []\nlist(map(x.append, [1, 2]))", "def main():\n    return x"),
    "a function that is handed over": (
        "x = [[], []]\ndef mark(row):\n    row.append(1)\nlist(map(mark, x))",
        "def main():\n    return x",
    ),
    "what a function returns": ("x = {}\ndef config():\n    return x\nconfig()['a'] = 1\nmine = config()\nmine['b'] = 2", "def main():\n    return x"),
    "what is put into something else": ("x = []\ntable = {}\ntable['rows'] = x\ntable['rows'].append(1)\nall_ = []\nall_.append(x)\nall_[0].append(2)", "def main():\n    return x"),
    "a default": ("x = []\ndef add(n, into=x):\n    into += [n]\nadd(1)", "def main():\n    return x"),
    "a change before it is used at once": ("x = [1]\nx.append(2)\ny = tuple(x)\nx.append(3)", "def main():\n    return y"),
}  # fmt: skip


@pytest.mark.parametrize("cells", COME.values(), ids=COME)
def test_changes_come_along(cells, capsys):
    agree(*cells)


def test_what_only_reads_stays_and_is_told():
    found = sliced(
        "names = ['a']\nCONFIG = {'n': 1}",
        "names[0].upper()\nlen(names)\nCONFIG.get('n')\nprint(names, CONFIG)\nnames\nnames.index('a')",
        "def main():\n    return names, CONFIG",
    )
    assert found.module.source.count("\n") == 6
    assert [left.where for left in found.left] == [f"cell 2, line {n}" for n in range(1, 7)]
    assert found.left[3].what == "display print(names, CONFIG)"


REFUSED = {
    "a value that must not be made": ("x = {}", "import time\nx['at'] = time.time()", "cell 2, line 2", "`x['at']` changes `x`", "`time.time`"),
    "a function with effects": (
        "import requests\nx = {}\ndef look(u):\n    x[u] = requests.get(u)", "look('u')", "cell 2, line 1", "`look('u')` changes `x`", "`requests.get`",
    ),
    "training": ("from sklearn.svm import SVC\nx = SVC()", "x.fit([[1]], [2])", "cell 2, line 1", "`x.fit([[1]], [2])` may change `x`", ""),
    "an unknown method": ("from thing import Thing\nx = Thing()", "x.frobnicate()", "cell 2, line 1", "may change `x`", ""),
    "chance": ("import random\nx = [1, 2]", "random.shuffle(x)", "cell 2, line 1", "`random.shuffle(x)` changes `x`", "`random.shuffle`"),
    "an await": ("x = {}", "x['a'] = await f()", "cell 2, line 1", "changes `x`", "awaits"),
    "a buffer": ("import io\nx = io.StringIO()", "x.write('a')", "cell 2, line 1", "`x.write('a')` changes `x`", ""),
    "a magic": ("x = {}", "x['a'] = 1\nx['files'] = !ls", "cell 2, line 2", "magic or shell line", ""),
}  # fmt: skip


@pytest.mark.parametrize(("one", "two", "where", "message", "reason"), REFUSED.values(), ids=REFUSED)
def test_changes_that_cannot_come_along_are_refused(one, two, where, message, reason):
    error = refused(one, two, "def main():\n    return x")
    assert error.code == ("KN102" if "magic" in message else "KN118")
    assert error.where == where
    assert message in error.message and reason in error.message
    assert error.remedy


def test_calls_of_the_flow_itself_are_trials_and_are_told():
    found = sliced("CACHE = {}", "def main(x):\n    CACHE[x] = 1\n    return x", "main(3)\ny = main(4)")
    assert made(found)["CACHE"] == {}
    assert [left.what for left in found.left] == [
        "call main(3), which changes `CACHE`", "call main(4), which changes `CACHE`",
    ]  # fmt: skip


def test_calls_of_other_flows_are_trials_too():
    cells = (
        "import kodonb as kb, requests\nCACHE = {}\ndef look(x):\n    CACHE[x] = requests.get(x)",
        "%%flow other --tag a\ndef search(x):\n    look(x)",
        "@kb.flow(name='third')\ndef last(x):\n    look(x)",
        "search(1)\nother(2)\nlast(3)",
    )
    found = sliced(*cells, "def main():\n    return CACHE")
    assert [left.what.partition("(")[0] for left in found.left] == ["call search", "call other", "call last"]
    assert refused(*cells, "look(4)", "def main():\n    return CACHE").code == "KN118"


def test_settings_of_imported_modules_stay_and_are_told():
    found = sliced(
        "import os, sys, random\nimport numpy as np",
        "os.environ['A'] = '1'\nsys.path.append('lib')\nrandom.seed(1)\nnp.random.seed(3)\nnp.append([1], 2)",
        "def main():\n    return os, sys, random, np",
    )
    assert "environ" not in found.module.source
    assert [left.what for left in found.left] == [
        "setting of an imported module os.environ['A'] = '1'",
        "setting of an imported module sys.path.append('lib')",
        "setting of an imported module random.seed(1)",
        "setting of an imported module np.random.seed(3)",
    ]


def test_a_change_under_a_later_meaning_of_the_name_stays():
    assert text("x = []\ny = x\nx = {}\nx['a'] = 1", "def main():\n    return y").count("\n") == 6


def test_copies_are_not_what_they_are_copies_of():
    found = text(
        "x = {'a': 1}\ny = x.copy()\ny['b'] = 2\nz = dict(x)\nz['c'] = 3", "def main():\n    return x"
    )
    assert found == "x = {'a': 1}\n\n\ndef main():\n    return x\n"
