"""What the module of a slice may execute when it is imported, and what is refused."""

import pytest

from tests.capture.slicing.cells import agree, refused, sliced, text

ALLOWED = {
    "constants": "x = {'a': [1, 2.5, -3], 'b': ('c' * 2, b'd', None, ...)}",
    "patterns and paths": "import re\nfrom pathlib import Path\nx = re.compile('a+').pattern, Path('not') / 'here'",
    "builtins": "x = sorted(map(str, range(12)), key=len), sum(n for n in [1, 2]), dict(zip('ab', [1, 2]))",
    "standard classes": "import collections, decimal, datetime as dt\nx = collections.Counter('aab'), decimal.Decimal('1.5'), dt.date(2024, 1, 1) + dt.timedelta(days=1)",
    "text": "import textwrap, json\nx = textwrap.dedent('  a').upper().split(), json.loads('[1]'), f'{1:>3}'",
    "logger": "import logging\nlog = logging.getLogger('x')\nlog.setLevel(logging.DEBUG)\nx = log.level",
    "context variable": "from contextvars import ContextVar\nx = ContextVar('x', default=3).get()",
    "environment": "import os\nx = os.environ.get('NOT_SET', 'd'), os.getenv('NOT_SET')",
    "own functions": "def clean(s):\n    print('cleaning')\n    parts = [p.strip() for p in s.split(',')]\n    if not parts:\n        raise ValueError('no')\n    return {p: len(p) for p in parts}\nx = clean('a, bc')",
    "own recursion": "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\nx = fact(5)",
    "own classes": "class C:\n    def __init__(self, n):\n        self.n = n\n    def twice(self):\n        return self.n * 2\n    @classmethod\n    def of(cls, text):\n        return cls(int(text))\nx = C(3).twice(), C.of('4').n",
    "functions that get functions": "def apply(f, n):\n    return f(n)\nx = apply(lambda n: n + 1, 2), apply(len, 'abc')",
    "numbers of NumPy": "import numpy as np\nx = float(np.sqrt(4)), np.pi",
    "models": "from pydantic import BaseModel\nclass M(BaseModel):\n    n: int\nx = M.model_validate({'n': 3}).n, M(n=1).model_copy().n",
    "a generator with a seed": "import random\nx = random.Random(3).random()",
}  # fmt: skip


@pytest.mark.parametrize("cell", ALLOWED.values(), ids=ALLOWED)
def test_what_is_quick_and_gives_the_same_every_time_comes_along(cell):
    agree(cell, "def main():\n    return x")


REFUSED = {
    "a function of a package": ("import requests\nx = requests.get('u')", "KN103", "`requests.get`"),
    "training in a function": (
        "from sklearn.linear_model import LogisticRegression\ndef train():\n    model = LogisticRegression()\n    model.fit([[1]], [1])\n    return model\nx = train()",
        "KN103", "`fit`, which may compute, read or send something (cell 1, line 4)",
    ),
    "training in a chain": ("from sklearn.svm import SVC\nx = SVC().fit([[1]], [1])", "KN103", "`fit`"),
    "the clock": ("import datetime as dt\nx = dt.datetime.now()", "KN103", "something else each time"),
    "chance": ("import random\nx = random.random()", "KN103", "`random.random`"),
    "a random id": ("import uuid\nx = uuid.uuid4()", "KN103", "`uuid.uuid4`"),
    "sleep": ("import time\ndef f():\n    time.sleep(9)\n    return 1\nx = f()", "KN103", "`time.sleep`"),
    "input": ("x = input('?')", "KN103", "`input`"),
    "a file that is not there": ("from pathlib import Path\nx = Path('gone.txt').read_text()", "KN103", "looks for a file"),
    "writing a file": ("from pathlib import Path\nx = Path('out.txt').write_text('a')", "KN103", "writes a file"),
    "a DataFrame": ("import pandas as pd\nx = pd.DataFrame({'a': [1]})", "KN103", "`x` is a DataFrame: data must be an input"),
    "data from the network": ("import pandas as pd\nx = pd.read_csv('https://example.org/x.csv')", "KN103", "is a DataFrame"),
    "an array": ("import numpy as np\nx = np.arange(3)", "KN103", "is a NumPy array"),
    "a connection": ("import sqlite3\nx = sqlite3.connect(':memory:')", "KN102", "`x` is a connection and cannot travel"),
    "a lock": ("import threading\nx = threading.Lock()", "KN102", "is a threading.Lock"),
    "a process": ("import subprocess\nx = subprocess.run(['ls'])", "KN103", "`subprocess.run`"),
    "await": ("x = await f()", "KN119", "it awaits something"),
    "an async comprehension": ("x = [n async for n in f()]", "KN119", "it awaits something"),
    "an async for": ("async for x in f():\n    pass", "KN119", "it awaits something"),
    "a coroutine": ("async def f():\n    return 1\nx = f()", "KN119", "`f`, which is asynchronous"),
    "exec": ("exec('x = 1')\nx = eval('1')", "KN103", "`eval`"),
    "a default": ("import time\ndef x(at=time.time()):\n    return at", "KN103", "`time.time`"),
    "an argument of a decorator": ("import time, functools\n@functools.lru_cache(maxsize=int(time.time()))\ndef x():\n    return 1", "KN103", "`time.time`"),
    "an own decorator": ("import requests\ndef deco(f):\n    requests.post('u')\n    return f\n@deco\ndef x():\n    return 1", "KN103", "`requests.post`"),
    "an own constructor": ("import requests\nclass C:\n    def __init__(self):\n        self.page = requests.get('u')\nx = C()", "KN103", "`requests.get`"),
    "a class body": ("import requests\nclass x:\n    page = requests.get('u')", "KN103", "`requests.get`"),
    "a function handed on": ("import time\ndef f(n):\n    return time.time()\nx = list(map(f, [1]))", "KN103", "`time.time`"),
    "a branch": ("import requests\nif True:\n    x = requests.get('u')", "KN103", "`requests.get`"),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "code", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_slow_or_has_effects_is_refused_with_the_reason(cell, code, message):
    error = refused(cell, "def main():\n    return x")
    assert error.code == code
    assert message in error.message
    assert error.where.startswith("cell 1, line ")
    assert error.remedy


@pytest.mark.parametrize("cell", [cell for cell, _, _ in REFUSED.values()], ids=REFUSED)
def test_inside_of_the_flow_all_of_it_is_fine(cell):
    inner = "\n".join(f"    {line}" for line in cell.split("\n"))
    assert "    return x" in text("def f():\n    ...", f"async def main():\n{inner}\n    return x")


def test_decorators_of_packages_are_taken_to_be_fine():
    cells = (
        "import tenacity, weird\n@weird.tool('a')\n@tenacity.retry(stop=3)\ndef helper():\n    return 1\nother = weird.wrap(helper)",
    )
    assert "other = weird.wrap(helper)" in text(*cells, "def main():\n    return other()")


def test_objects_of_classes_of_packages_are_made_and_set_up():
    found = text(
        "from langgraph.graph import StateGraph, START\nfrom openai import OpenAI\nclient = OpenAI(timeout=3)",
        "def ask(state):\n    return client.chat(state)\ngraph = StateGraph(dict)\ngraph.add_node('ask', ask)\ngraph.add_edge(START, 'ask')\napp = graph.compile()",
        "app.invoke({})",
        "def main(x):\n    return app.invoke(x)",
    )
    assert found.count("\ngraph.") == 2
    assert "client = OpenAI(timeout=3)" in found
    assert "app.invoke({})" not in found


def test_factories_and_questions_of_packages_are_fine():
    found = text(
        "import torch\nfrom langgraph.prebuilt import create_react_agent\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.svm import SVC",
        "DEVICE = torch.device('cuda' if torch.cuda.is_available() else 'cpu')\nagent = create_react_agent('model', [])\npipe = make_pipeline(SVC())",
        "class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = torch.nn.Linear(2, 2)\nnet = Net()\nnet.to(DEVICE)\nnet.eval()",
        "def main():\n    return DEVICE, agent, pipe, net",
    )
    assert "net.to(DEVICE)\nnet.eval()\n" in found and "agent = create_react_agent('model', [])" in found


def test_looking_names_up_by_their_text_is_told():
    assert sliced("def main():\n    return globals()['x']").module.notices == (
        "`globals` is used, which finds names by their text: a slice cannot follow that",
    )


def test_a_function_that_is_called_before_what_it_reads_is_defined_is_told():
    error = refused("def make():\n    return LATER + 1\nX = make()", "LATER = 1", "def main():\n    return X")
    assert (error.code, error.where) == ("KN111", "cell 1, line 3")
    assert "`LATER`" in error.message and "(cell 1, line 2)" in error.message


def test_what_a_called_function_reads_in_some_cases_only_is_not_held_against_it():
    cells = (
        "def make(debug=False):\n    if debug:\n        return LATER\n    return 1\nX = make()",
        "LATER = 1",
    )
    agree(*cells, "def main():\n    return X, make(True)")


@pytest.mark.parametrize(
    ("cell", "name", "kind"),
    [
        ("x = 'sk-abcdefghijklmnopqrstuvwxyzA1'", "x", "an API key"),
        ("x = {'password': 'hunter2!xyz'}", "password", "a secret by its name"),
        ("x = 'postgresql://ada:s3cr3tX@db/x'", "x", "a password in a URL"),
        ("from pydantic import SecretStr\nx = SecretStr('abc1234')", "SecretStr", "SecretStr of a text"),
        ("def x(**w):\n    return x(api_key='abcd1234efgh5678')", "api_key", "a secret by its name"),
        ("def x(api_key: str = 'abcd1234efgh5678'):\n    return 1", "api_key", "a secret by its name"),
        ("def x(a, /, b=1, *, token='abcd1234efgh5678'):\n    return 1", "token", "a secret by its name"),
        ("x = lambda n, secret='abcd1234efgh5678': n", "secret", "a secret by its name"),
        ("class x:\n    db_password = b'hunter2!xyz'", "db_password", "a secret by its name"),
    ],
)
def test_secrets_that_are_written_out_are_refused_and_not_shown(cell, name, kind):
    error = refused(cell, "def main():\n    return x")
    assert error.code == "KN103"
    assert f"`{name}` ({kind}) is a secret or holds one" in error.message
    assert "1234" not in str(error) and "hunter" not in str(error) and "s3cr3t" not in str(error)


def test_a_secret_as_default_of_the_flow_itself_is_refused():
    error = refused("def main(n: int = 3, api_key: str = 'abcdEFGH12345678'):\n    return n")
    assert (error.code, error.where) == ("KN103", "cell 1, line 1")
    assert "`api_key`" in error.message and "abcdEFGH" not in str(error)


@pytest.mark.parametrize(
    "cell",
    [
        "token = 'your-token-here-123'",
        "KEY = 'count'",
        "import os\nKEY = os.environ.get('API_KEY')",
        "PASSWORD_FIELD = 'password'",
        "url = 'https://ada:example@host/x'",
    ],
)
def test_what_only_looks_a_little_like_a_secret_comes_along(cell):
    name = cell.split(" = ")[0].split("\n")[-1]
    agree(cell, f"def main():\n    return {name}")


def test_all_problems_are_told_with_place_and_remedy():
    error = refused("import time\na = time.time()\nb = input()", "def main():\n    return a, b, c")
    told = str(error)
    assert [
        told.count(part) for part in ("KN103", "KN101", "(at cell 1, line 3)", "(at cell 2, line 2)")
    ] == [2, 1, 1, 1]
    assert "make `b` inside the flow" in told


def test_what_is_refused_is_not_followed_further():
    error = refused(
        "def train(d):\n    import torch\n    return torch.nn(d)",
        "data = !ls\nx = train(data)",
        "def main():\n    return x",
    )
    assert "also" not in error.message


def test_nothing_of_the_notebook_is_executed_or_imported(tmp_path):
    (tmp_path / "trap.py").write_text("raise RuntimeError('imported')\n")
    cells = (
        "import trap\nfrom trap import *\nprint(1 / 0)\nx = [1]\nx.append(2)",
        "def main():\n    return trap, x",
    )
    found = sliced(*cells, folder=tmp_path)
    assert list(found.module.companions) == ["trap"]
