"""Notebooks with which nothing is wrong."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from kodonb.batch.lint import lint, notebooks

ROOT = Path(__file__).parents[3]
OWN = notebooks([ROOT / "notebooks"])

FINE = {
    "names in order": ["x = 1", "print(x)"],
    "comprehensions": ["xs = [1]\n[a + b for a in xs for b in range(a) if b]\n{k: v for k, v in zip(xs, xs)}"],
    "a walrus in a comprehension": ["if any((hit := x) > 1 for x in [1, 2]):\n    print(hit)"],
    "a loop that reads what its last turn bound": [
        "for i in range(3):\n    if i:\n        print(last)\n    last = i",
        "while True:\n    if 'a' > 'b':\n        print(seen)\n    seen = 1\n    break",
    ],
    "a function that reads what a later cell defines": ["def f():\n    return g()", "def g():\n    return 1", "f()"],
    "a function that binds a name through global": ["def f():\n    global made\n    made = 1", "f()", "print(made)"],
    "closures and nonlocal": [
        "def outer():\n    n = 0\n    def inner():\n        nonlocal n\n        n += 1\n        return n\n    return inner"
    ],
    "a method that reads its class and its own name": [
        "class A:\n    size = 1\n    double = size * 2\n    def make(self) -> 'A':\n        return A()",
        "class B:\n    @property\n    def x(self):\n        return B\n    @x.setter\n    def x(self, value): ...",
    ],
    "annotations of what the class itself defines": [
        "class A:\n    class B: ...\n    b: B\n    def f(self, b: B) -> B: ...\n    def g(self):\n        return [x for x in self.b]"
    ],
    "a class body that reads what it binds": ["limit = 3", "class A:\n    limit = limit"],
    "lambdas and defaults": ["n = 2\nf = lambda x, y=n, *a, **k: x + y + n + len(a) + len(k)"],
    "a handled NameError": [
        "try:\n    unicode\nexcept NameError:\n    unicode = str",
        "import contextlib\nwith contextlib.suppress(NameError):\n    print(nowhere)",
        "try:\n    import nothing\nexcept ImportError:\n    nothing = None",
    ],
    "a name that is asked for": ["if 'model' not in globals():\n    model = 1", "print(model)"],
    "a star import": ["from math import *", "print(sin(pi))"],
    "a star import in a later cell": ["def f():\n    return sin(1)", "from math import *", "f()"],
    "names that exec or globals() bind": ["exec('a = 1')", "print(a)", "globals()['b'] = 2", "print(b)"],
    "names that somebody else is told to bind": ["def load(a, b): ...", "load('x', globals())", "print(a)"],
    "names that IPython binds": ["get_ipython().user_ns['a'] = 1", "print(a)"],
    "a magic through get_ipython": ["get_ipython().run_line_magic('matplotlib', 'inline')", "import this\nprint(this)"],
    "names of IPython": ["_, __, _1, _i, _i2, In, Out, _oh, _ih, _dh, _exit_code", "display(1)\nget_ipython()\nexit\nquit"],
    "dunders and builtins": ["print(__name__, __builtins__, __doc__, ExceptionGroup, help)"],
    "names of hosted kernels": ["spark.sql('select 1')\ndbutils.fs"],
    "magic and shell lines": [
        "%matplotlib inline\n!pip install x\n!echo it's \"fine\n%cd ..\nimport math",
        "files = !ls -l\nout = %env HOME\nprint(files, out, math)",
        "x = 5\nprint('a = %d' % x)\n!ls",
        "if x:\n    !echo {x}\n    %time y = x\nprint(y)",
        "%time z = \\\n  [1]\nz?\n?z\n??z\nz.real??",
        "!ls \\\n  -l \\\n  -a\nw = 1",
    ],
    "a percent sign or a question mark within Python": [
        "%matplotlib inline\na = ('%d'\n     % 3)\nb = '''\n%time\n!ls\n'''\nprint(a, b)  # why?"
    ],
    "automagic": ["pip install pandas", "ls", "ls -l", "cd ..", "load_ext kodonb"],
    "an indented cell": ["    a = 1\n    b = a"],
    "a prompt that was pasted": [">>> a = 1\n>>> a\n1"],
    "cell magics that are Python": ["%%time\na = 1", "%%capture out\nprint(a)", "out.show()", "%%time\n%%capture two\n1", "two"],
    "cell magics of other languages": [
        "%%bash\necho $(ls) && foo",
        "%%html\n<b>hi</b>",
        "%%writefile x.py\nimport this is no python",
        "%%javascript\nvar x = {y: 1}",
        "%%latex\n\\frac12",
        "%%bash --out listing\nls",
        "print(listing)",
    ],
    "a cell magic that nobody knows": ["%%cython\ndef fast(int x): return x", "fast(1)", "%%sql rows <<\nSELECT 1", "rows"],
    "a line magic that nobody knows": ["%sql more << SELECT 1", "print(more)"],
    "a script that is run": ["%run other.py", "print(whatever)"],
    "runs of flows": ["import kodonb as kb", "%%flow go --tag x\ndef go(n: int = 1):\n    return n", "%flow run go n=2 -o run", "run.result()"],
    "a flow with another name than its function": ["%%flow my_flow\ndef _do():\n    return 1", "my_flow.submit()"],
    "a name of a deleted variable that is bound again": ["x = 1\ndel x", "x = 2", "print(x)"],
    "a delete that may not happen": ["x = 1\nif x > 1:\n    del x", "print(x)"],
    "a delete in a function": ["x = 1\ndef f():\n    y = x\n    del y", "print(x)"],
    "an augmented assignment": ["n = 1", "n += 1"],
    "top-level await": ["import asyncio", "await asyncio.sleep(0)\nasync with asyncio.timeout(1):\n    pass\nr = [x async for x in y] if (y := None) else 1"],
    "match": ["match [1, {'a': 2}]:\n    case [n, {'a': m, **rest}]:\n        print(n, m, rest)\n    case [*more] | (more):\n        print(more)"],
    "exceptions": ["try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    print(error)\nfinally:\n    pass"],
    "with targets": ["with open('x') as a, open('y') as (b):\n    print(a, b)"],
    "annotations of what comes later": ["from __future__ import annotations\ndef f(x: Later) -> Later: ...", "x: 'Unknown' = 1"],
    "a branch that is never taken": ["if False:\n    print(nothing)", "if 0:\n    other"],
    "unicode names": ["größe = 1", "print(größe)"],
    "a frame that is bound again": ["import pandas as pd\ndf = pd.DataFrame()", "df = df.dropna()", "df = df.copy()"],
    "loop variables and small names again": ["for i in range(3): ...\ndef _(): return 1", "for i in range(9): ...\ndef _(): return 2"],
    "a function that is wrapped": ["def f(): return 1", "g = f\ndef f(): return g() + 1", "f = print(f) or f"],
    "a class that extends the one before": ["class A: ...", "class A(A):\n    x = 1"],
    "the same definition twice": ["SEED = 1\ndef f():\n    return 1", "# again\nSEED = 1\ndef f():\n    return 1"],
    "matrices with the names of constants": ["X = [1]\nDATA = sorted([1])", "X = [2]\nDATA = sorted([2])"],
    "paths that are everywhere": ["a = ['/', '/tmp', '/tmp/x', '/dev/null', 'https://x/home/me', '~/x', 'data/home/x', '/api/v1', '/usr/bin']"],
    "a path in prose": ["def f():\n    'Reads /home/me/x.'\n    return 'see /home/me'", "'''/home/me/data is where'''"],
    "a format that looks like a drive": ["a = ['d:%s', 'x: y', 'C', 'HH:mm', 'A:B']"],
    "placeholders": [
        "password = ''\napi_key = 'YOUR-API-KEY-1234567890'\ntoken = '<token>'\nkey = 'sk-...'\nsecret = 'xxxxxxxxxxxxxxxx1'",
        "aws = 'AKIAIOSFODNN7EXAMPLE'\nurl = 'postgresql://user:password@localhost/db'\npw = 'postgres://postgres:postgres@h/d'",
        "import os\ntoken = os.environ['TOKEN']\npassword = input()\nurl = f'https://{token}:{password}@host/'",
    ],
    "words that only sound secret": [
        "pad_token = '<|endoftext|>'\nsep_token='[SEP]'\ntokenizer = 'bert-base-uncased-v2'\nsort_key = 'created_at_2024_date'",
        "password_field = 'a1b2c3d4e5'\nsecret_name = 'prod/db/password-2'\nprimary_key = 'customer_id_2024_x'",
        "print('token: 15 of 2048 tokens, password: required')\ntokens = {'max_tokens': 'a'}",
    ],
    "another language": ["library(dplyr)\nx <- c(1, 2)\nnowhere %>% filter(y)"],
}  # fmt: skip


@pytest.mark.parametrize("cells", FINE.values(), ids=FINE)
def test_nothing_is_found_where_nothing_is_wrong(cells, found, request):
    metadata = {"language_info": {"name": "R"}} if "another language" in request.node.name else {}
    assert found(*cells, **metadata) == []


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_nothing_is_found_in_the_notebooks_of_this_repository(path):
    assert lint(path) == []


def test_a_cell_that_fails_on_purpose_or_is_not_executed_may_use_anything(found):
    tagged = [new_code_cell("print(nowhere", metadata={"tags": ["raises-exception"]})]
    tagged += [
        new_code_cell("print(nothing)", metadata={"tags": [tag]}) for tag in ("skip", "skip-execution")
    ]
    assert found(*tagged) == []


def test_markdown_and_empty_notebooks_are_no_code(found):
    assert found() == []
    assert found(new_markdown_cell("`print(x)` in /home/me"), "") == []


def test_syntax_of_a_newer_python_than_this_one_is_not_judged(found):
    assert found("a = lazy b", language_info={"name": "python", "version": "3.99.0"}) == []


def test_python_2_is_not_judged(found):
    assert found("print 'hello'", language_info={"name": "python", "version": "2.7.18"}) == []


def test_the_html_of_scikit_learn_holds_no_key(found):
    html = "<div class='sk-toggleable__label-arrow-x1 sk-estimator-doc-link-2 sk-container-id-1'>"
    output = new_output("display_data", {"text/html": html, "image/png": "AKIA" + "Q" * 16})
    assert found(new_code_cell("1", outputs=[output], execution_count=1)) == []


def test_counts_that_a_tool_has_taken_out_everywhere_say_nothing(found):
    output = new_output("stream", text="hi")
    assert found(new_code_cell("print('hi')", outputs=[output])) == []


def test_gaps_between_counts_say_nothing(found):
    assert found(*(new_code_cell("1", execution_count=count) for count in (2, 5, 9))) == []
