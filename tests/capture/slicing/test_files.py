"""Data files beside the notebook: found, told, and reached through `resource`."""

import json
from pathlib import Path

import pytest

from kodonb.capture.slicing import DataFile
from tests.capture.slicing.cells import made, refused, sliced, text


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "notebooks"
    (home / "data").mkdir(parents=True)
    (home / "data" / "x.json").write_text('{"é": 1}')
    (home / "data" / "x.csv").write_text("a,b\n1,2\n3,4\n")
    (home / "out.txt").write_text("")
    (home / "prompt.txt").write_text("hello")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "y.txt").write_text("why")
    return home


def resolved(found, folder, monkeypatch):
    """Return what the slice's module holds when its `resource` finds files elsewhere."""
    import sys
    from types import ModuleType

    place = folder.parent / "resources"
    for file in found.files:
        there = place / file.name
        there.parent.mkdir(parents=True, exist_ok=True)
        file.path.rename(there)
    module = ModuleType("resources_of_test")
    module.resource = lambda name: str(place / name)
    monkeypatch.setitem(sys.modules, "resources_of_test", module)
    return made(found)


CASES = {
    "text of a path": ("import json\nfrom pathlib import Path\nX = json.loads(Path('data/x.json').read_text())  # é", {"é": 1}),
    "a table": ("import pandas as pd\nX = pd.read_csv(\"data/x.csv\").set_index('a')['b'].to_dict()", {1: 2, 3: 4}),
    "open": ("with open('prompt.txt', encoding='utf-8') as file:\n    X = file.read()", "hello"),
    "behind other characters": ("from pathlib import Path as P\né = 'ü'; X = P('./prompt.txt').read_text().upper(); y = 1", "HELLO"),
    "a folder": ("from pathlib import Path\nDATA = Path('data')\nX = sorted(p.name for p in DATA.iterdir()), (DATA / 'x.csv').read_text()[:3]", (["x.csv", "x.json"], "a,b")),
    "a folder under a telling name": ("import os\nDATA_DIR = 'data'\nwith open(os.path.join(DATA_DIR, 'x.csv')) as f:\n    X = f.read()[:3]", "a,b"),
    "outside of the folder": ("from pathlib import Path\nX = Path('../shared/y.txt').read_text()", "why"),
    "a literal of two parts": ("from pathlib import Path\nX = Path('data/'\n         'x.csv').read_text()[:1]", "a"),
    "a function": ("def load(path='data/x.json'):\n    with open(path) as file:\n        return file.read()\nX = load()", '{"é": 1}'),
    "a name that is opened elsewhere": ("SOURCE = 'data'\ndef load(kind):\n    import os\n    with open(os.path.join(SOURCE, kind)) as f:\n        return f.read()[:1]\nX = load('x.csv')", "a"),
    "what a function is called with": ("def rows(source):\n    with open(source) as f:\n        return len(f.readlines())\nX = [rows('data/x.csv'), rows(source='prompt.txt')]", [3, 1]),
    "what a function returns": ("def where():\n    return 'prompt.txt'\nwith open(where()) as f:\n    X = f.read()", "hello"),
    "a dict of files": ("C = {'a': 'data/x.csv', 'n': 1}\nwith open(C['a']) as f:\n    X = f.read()[0]", "a"),
    "items of a dict": ("X = {}\nfor k, v in {'a': 'data/x.csv', 'b': 'prompt.txt'}.items():\n    with open(v) as f:\n        X[k] = f.read()[0]", {"a": "a", "b": "h"}),
    "map": ("from pathlib import Path\nX = [p.read_text() for p in map(Path, ['prompt.txt'])]", ["hello"]),
    "several": ("from pathlib import Path\nFILES = ['data/x.csv', 'prompt.txt']\nX = [len(Path(name).read_text()) for name in FILES]", [12, 5]),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "value"), CASES.values(), ids=CASES)
def test_files_are_found_through_resource(cell, value, folder, monkeypatch):
    found = sliced(cell, "def main():\n    return X", folder=folder, resource="resources_of_test")
    assert found.files
    assert "from resources_of_test import resource\n" in found.module.source
    assert resolved(found, folder, monkeypatch)["main"]() == value


@pytest.mark.parametrize(("cell", "value"), CASES.values(), ids=CASES)
def test_without_resource_literals_stay_and_files_are_told(cell, value, folder, monkeypatch):
    found = sliced(cell, "def main():\n    return X", folder=folder)
    assert "resource" not in found.module.source
    assert all((folder / file.name).resolve() == file.path for file in found.files)
    monkeypatch.chdir(folder)
    assert found.files and made(found)["main"]() == value


FLOWS = {
    "a folder that more is added to": ("BASE = 'data/'\ndef main():\n    with open(BASE + 'x.csv') as f, open(f'{BASE}x.json') as g:\n        return f.read()[:3], len(g.read())", ("a,b", 8)),
    "fields": ("from dataclasses import dataclass\n@dataclass\nclass C:\n    train: str = 'data/x.csv'\n    test: str = ''\ndef main():\n    c = C(test='prompt.txt')\n    with open(c.train) as f, open(c.test) as g:\n        return f.read()[0], g.read()", ("a", "hello")),
    "what an object keeps": ("class C:\n    def __init__(self, source):\n        self.source = source\n    def read(self):\n        with open(self.source) as f:\n            return f.read()\ndef main():\n    return C('prompt.txt').read()", "hello"),
    "a parameter within a parameter": ("def inner(a):\n    with open(a) as f:\n        return f.read()\ndef outer(b):\n    return inner(b)\ndef main():\n    return outer('prompt.txt')", "hello"),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "value"), FLOWS.values(), ids=FLOWS)
def test_names_are_followed_to_where_they_are_opened(cell, value, folder, monkeypatch):
    found = sliced(cell, folder=folder, resource="resources_of_test")
    assert resolved(found, folder, monkeypatch)["main"]() == value


def test_only_the_literal_changes(folder):
    found = text(
        "def main( ):\n    # data/x.csv\n    return open( \"data/x.csv\" , 'r') # why", folder=folder, resource="pkg.resources"
    )  # fmt: skip
    assert found == (
        "from pkg.resources import resource\n\n\n"
        "def main( ):\n    # data/x.csv\n    return open( resource(\"data/x.csv\") , 'r') # why\n"
    )


def test_names_lead_into_the_resources_and_what_is_in_a_folder_comes_with_it(folder):
    cell = "from pathlib import Path\ndef main():\n    return Path('../shared/y.txt'), Path('data'), open('data/x.csv'), Path('../notebooks/prompt.txt')"
    found = sliced(cell, folder=folder, resource="pkg.resources")
    assert found.files == (
        DataFile("data", folder / "data"),
        DataFile("parent/shared/y.txt", folder.parent / "shared" / "y.txt"),
        DataFile("prompt.txt", folder / "prompt.txt"),
    )
    for shown in (
        'resource("parent/shared/y.txt")',
        "resource('data')",
        "resource('data/x.csv')",
        'resource("prompt.txt")',
    ):
        assert shown in found.module.source


@pytest.mark.parametrize(
    "line",
    [
        "'''data/x.csv'''",
        "print('data/x.csv')",
        "{'data/x.csv': 1}['data/x.csv']",
        "x == 'data/x.csv'",
        "open('out.txt', 'w')",
        "open('out.txt', mode='a')",
        "Path('out.txt').write_text('a')",
        "Path('out.txt').open('w')",
        "Path('out.txt').mkdir()",
        "table.to_csv('out.txt')",
        "table['data']",
        "x.get('prompt.txt')",
        "'data/' + x",
        "'a b data prompt.txt'.split('prompt.txt')",
        "kind('data')",
        "y: Literal['data/x.csv'] = None",
        "Path('nothing') / 'prompt.txt'",
        "f'data/x.csv'",
        "log.info('data/x.csv')",
        "'.', '..', '/', '', ' '",
        "'https://example.org/data/x.csv'",
    ],
)
def test_texts_that_are_no_paths_stay_as_they_are(line, folder):
    found = sliced(
        "from pathlib import Path\nfrom typing import Literal\nimport logging\nlog = logging.getLogger()",
        f"def main(table, x, kind):\n    y = 1\n    {line}",
        folder=folder,
        resource="pkg.resources",
    )
    assert found.files == ()
    assert line in found.module.source


@pytest.mark.parametrize(
    "line",
    [
        "return {'source': 'data/x.csv', 'n': 1}",
        "return [('data/x.csv', 1)]",
        "return Row(source='data/x.csv')",
        "return dict(source='data/x.csv')",
        "rows = []; rows.append('data/x.csv'); return rows",
        "return pd.DataFrame([{'source': 'data/x.csv'}])",
        "a = 'data/x.csv'; return a",
        "display({'source': 'data/x.csv'})",
        "w: Literal['data/x.csv', 'prompt.txt'] = 'data/x.csv'; return w",
        "return json.dumps({'source': 'data/x.csv'})",
    ],
)
def test_texts_that_nothing_opens_stay_as_they_are(line, folder):
    found = sliced(
        "from typing import Literal, NamedTuple\nimport json\nimport pandas as pd\nclass Row(NamedTuple):\n    source: str",
        f"def main():\n    {line}",
        folder=folder,
        resource="pkg.resources",
    )
    assert found.files == () and found.resource == ""
    assert line in found.module.source


def test_a_text_that_names_a_file_and_stays_is_told(folder):
    found = sliced(
        "def main():\n    return {'source': 'data/x.csv'}", folder=folder, resource="pkg.resources"
    )
    assert found.left == (
        (
            "cell 1, line 2",
            "text 'data/x.csv' names what is there and stays as it is, as nothing is seen to open it",
        ),
    )


DEFAULTS = {
    "a path": "def main(path: str = 'data/x.csv'):\n    return open(path)",
    "a choice": "from typing import Literal\ndef main(*, which: Literal['data/x.csv', 'prompt.txt'] = 'data/x.csv'):\n    return open(which)",
    "a field of pydantic": "from pydantic import Field\ndef main(path: str = Field('data/x.csv', min_length=1)):\n    return open(path)",
    "a form": "from pydantic import BaseModel\nclass Form(BaseModel):\n    path: str = 'data/x.csv'\ndef main(form: 'Form'):\n    return open(form.path)",
}


@pytest.mark.parametrize("cell", DEFAULTS.values(), ids=DEFAULTS)
def test_defaults_of_a_flow_stay_and_are_told_and_their_files_are_copied(cell, folder):
    found = sliced(cell, folder=folder, resource="pkg.resources")
    assert cell.split("\ndef ")[-1] in found.module.source and "pkg.resources" not in found.module.source
    assert found.files == (DataFile("data/x.csv", folder / "data" / "x.csv"),)
    assert [left.what for left in found.left] == [
        "default 'data/x.csv' names a data file; the service does not rewrite it"
    ]


def test_examples_in_the_decorator_of_a_flow_stay(folder):
    cell = "import kodonb as kb\n@kb.flow(tags=['data/x.csv'])\ndef main(path):\n    return open(path)"
    assert "tags=['data/x.csv']" in text(cell, folder=folder, resource="pkg.resources")


def test_a_default_of_a_function_that_is_no_flow_is_rewritten_if_it_is_opened(folder):
    cells = (
        "def rows(path='data/x.csv', title='prompt.txt'):\n    return open(path), title",
        "def main():\n    return rows()",
    )
    found = text(*cells, folder=folder, resource="pkg.resources")
    assert "def rows(path=resource('data/x.csv'), title='prompt.txt'):" in found


def test_data_that_a_local_module_looks_for_is_told(folder):
    (folder / "comp.py").write_text(
        '"""data/x.csv"""\nfrom pathlib import Path\n\ndef table():\n'
        '    return (Path(__file__).parent / "prompt.txt").read_text(), open("data/x.csv"), "comp.py", "a b"\n'
    )
    (folder / "plain.py").write_text("def f():\n    return 'nothing.csv'\n")
    found = sliced(
        "import comp, plain\ndef main():\n    return comp.table(), plain.f()",
        folder=folder,
        resource="pkg.resources",
    )
    (notice,) = found.module.notices
    assert notice == (
        "local module `comp` looks for files, which do not travel with it: "
        "'data/x.csv' (line 5), 'prompt.txt' (line 5), `__file__` (line 5)"
    )


def test_the_place_of_the_code_itself_is_told(folder):
    found = sliced(
        "from pathlib import Path\ndef main():\n    return Path(__file__).parent / 'prompt.txt'",
        folder=folder,
    )
    assert found.left == (
        (
            "cell 1, line 3",
            "`__file__` is another place in a service: files beside it do not come along",
        ),
    )


def test_what_cannot_be_copied_is_told(folder):
    cell = (
        "from glob import glob\nfrom pathlib import Path\ndef main(n):\n    a = open(f'data/{n}.csv')\n    b = glob('data/*.csv')\n"
        f"    c = open({str(folder / 'prompt.txt')!r})\n    return a, b, c, '/nowhere/at/all'"
    )
    found = sliced(cell, folder=folder, resource="pkg.resources")
    assert [left.where for left in found.left] == ["cell 1, line 4", "cell 1, line 5", "cell 1, line 6"]
    assert [
        "made when it is needed" in found.left[0].what,
        "pattern" in found.left[1].what,
        "absolute path" in found.left[2].what,
    ] == [True] * 3


def test_folders_that_code_makes_are_none_of_data(folder):
    (folder / "charts").mkdir()
    (folder / "results").mkdir()
    cell = (
        "import os\nfrom pathlib import Path\nCHARTS = Path('charts')\nCHARTS.mkdir(exist_ok=True)\nRESULT_DIR = 'results'\n"
        "def main(out='results'):\n    folder = 'data'\n    os.makedirs(folder)\n    return CHARTS, RESULT_DIR, folder"
    )
    assert sliced(cell, folder=folder, resource="pkg.resources").files == ()


def test_a_path_that_is_not_there_now_is_told(folder):
    found = sliced("def main():\n    return open('later.csv'), open('data/later.csv', 'w')", folder=folder)
    assert [left.what for left in found.left] == ["path 'later.csv', which is not there now"]


def test_weights_from_a_data_file_are_loaded(folder):
    cell = "import torch\nclass Net(torch.nn.Module):\n    pass\nnet = Net()\nnet.load_state_dict(torch.load('data/x.csv'))"
    found = sliced(cell, "def main():\n    return net", folder=folder, resource="pkg.resources")
    assert "net.load_state_dict(torch.load(resource('data/x.csv')))" in found.module.source


def test_an_open_file_is_refused(folder):
    error = refused("f = open('data/x.csv')", "def main():\n    return f.read()", folder=folder)
    assert (error.code, error.message) == ("KN102", "`f` is a file and cannot travel")


def test_training_on_a_data_file_is_refused(folder):
    cells = (
        "import pandas as pd\nfrom sklearn.svm import SVC\nT = pd.read_csv('data/x.csv')\nX = SVC().fit(T, T)"
    )
    assert refused(cells, "def main():\n    return X", folder=folder).code == "KN103"
    later = "import joblib\nX = joblib.load('prompt.txt')\nX.fit([1])"
    assert refused(later, "def main():\n    return X", folder=folder).code == "KN118"


def test_looking_at_a_table_changes_nothing_and_changing_it_comes_along(folder):
    cells = "import pandas as pd\nT = pd.read_csv('data/x.csv')\nT.head()\nT.plot()\nT['c'] = T.a + T.b\nT.dropna(inplace=True)"
    found = sliced(cells, "def main():\n    return T", folder=folder, resource="pkg.resources")
    assert found.module.source.count("\nT") == 3
    assert [left.what for left in found.left] == ["call T.head()", "call T.plot()"]


def test_a_name_of_the_notebook_is_not_hidden_by_resource(folder):
    found = sliced(
        "resource = 3\ndef main():\n    return resource, open('data/x.csv')",
        folder=folder,
        resource="pkg.resources",
    )
    assert found.resource == "from pkg.resources import resource as _resource"
    assert f"{found.resource}\n" in found.module.source
    assert "open(_resource('data/x.csv'))" in found.module.source


def test_the_slice_tells_the_line_that_imports_resource(folder):
    cell = "def main():\n    return open('data/x.csv')"
    assert sliced(cell, folder=folder, resource="a.resources").resource == "from a.resources import resource"
    assert sliced(cell, folder=folder).resource == ""
    assert sliced("def main():\n    return 1", folder=folder, resource="a.resources").resource == ""


def test_lines_of_the_source_map_do_not_move(folder):
    found = sliced(
        "import json\n\ndef main():\n    a = 1\n    return open('data/'\n                'x.json'), a, json",
        folder=folder,
        resource="pkg.resources",
    )
    lines = found.module.source.split("\n")
    number = next(n for n, line in enumerate(lines, 1) if "return open" in line)
    assert found.module.origin(number) == ("cell 1", 5)
    assert found.module.origin(number + 1) == ("cell 1", 6)
    assert json.loads(Path(found.files[0].path).read_text()) == {"é": 1}
