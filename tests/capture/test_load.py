"""Loading a module, and what its errors look like."""

import asyncio
import inspect
import sys
import threading
import traceback

import pytest

from kodonb.capture import capture, innermost, load, user_traceback
from kodonb.model.errors import CaptureError
from kodonb.model.module import Module, Piece


def raised(call, *args):
    try:
        call(*args)
    except Exception as error:  # noqa: BLE001
        return error
    raise AssertionError


def test_a_module_is_loaded_once(plain):
    plain.run("def main(): return 1")
    module = capture(plain["main"])
    assert load(module) is load(module) is sys.modules[module.name]
    assert load(module).main.__module__ == module.name


def test_threads_that_load_at_once_get_the_same_module(plain):
    plain.run("import time\nclass Mark: pass\ndef main(): return Mark")
    module, found = capture(plain["main"]), []
    threads = [threading.Thread(target=lambda: found.append(load(module))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len({id(one) for one in found}) == 1


def test_python_itself_shows_cell_and_line_of_every_frame(notebook):
    notebook.run(
        "# a comment\n\ndef helper(x):\n    return 1 / x",
        "def main(x):\n    y = 2\n    return [\n        helper(x)\n    ]",
    )
    error = raised(load(capture(notebook["main"])).main, 0)
    frames = [(f.filename, f.lineno, f.line) for f in traceback.extract_tb(error.__traceback__)[1:]]
    assert frames == [("Cell In[2]", 4, "helper(x)"), ("Cell In[1]", 4, "return 1 / x")]
    assert innermost(error) == "Cell In[1], line 4"


def test_carets_point_at_the_failing_part(notebook):
    notebook.run("def main(x):\n    return 1 + (2 / x)")
    text = user_traceback(raised(load(capture(notebook["main"])).main, 0))
    assert "    return 1 + (2 / x)\n                ~~^~~\n" in text


def test_source_of_two_slices_of_one_cell_is_shown(notebook):
    notebook.run("def one():\n    return 1\n\ndef two():\n    return 2")
    one, two = load(capture(notebook["one"])), load(capture(notebook["two"]))
    assert inspect.getsource(one.one) == "def one():\n    return 1\n"
    assert inspect.getsource(two.two) == "def two():\n    return 2\n"


def test_frames_of_code_that_runs_in_the_notebook_are_called_by_their_cell(notebook):
    notebook.run("x = 1\ndef main():\n    raise ValueError('here')")
    error = raised(notebook["main"])
    assert 'File "Cell In[1]", line 3, in main\n    raise ValueError' in user_traceback(error)
    assert innermost(error) == "Cell In[1], line 3"


def test_causes_notes_and_groups_are_kept_and_machinery_left_out(notebook):
    notebook.run(
        "import asyncio, json\nfrom concurrent.futures import ThreadPoolExecutor",
        "def bad(x):\n    try:\n        json.loads('{')\n    except ValueError as error:\n        raise RuntimeError('outer') from error",
        "async def main():\n    error = None\n    try:\n        with ThreadPoolExecutor() as pool:\n            pool.submit(bad, 1).result()\n"
        "    except RuntimeError as caught:\n        caught.add_note('a note')\n        error = caught\n    raise ExceptionGroup('many', [error, KeyError('k')])",
    )
    error = raised(asyncio.run, load(capture(notebook["main"])).main())
    text = user_traceback(error)
    for part in (
        "many (2 sub-exceptions)",
        "a note",
        "direct cause",
        'File "Cell In[2]", line 3, in bad',
        "json/decoder.py",
    ):
        assert part in text
    assert "concurrent/futures" not in text and "asyncio/" not in text
    assert innermost(error) == "Cell In[3], line 9"


def test_an_error_without_user_code_has_no_place():
    import json

    error = raised(json.loads, "{")
    error.__traceback__ = error.__traceback__.tb_next.tb_next
    assert innermost(error) is None
    assert "json/decoder.py" in user_traceback(error)


def test_an_error_of_installed_code_is_placed_where_the_user_called_it(notebook):
    notebook.run("import numpy as np\ndef main():\n    return np.zeros(3) @ np.zeros(4)\n")
    assert innermost(raised(load(capture(notebook["main"])).main)) == "Cell In[1], line 3"


def test_a_module_that_fails_is_told_with_cell_and_line(notebook):
    notebook.run("flag = []", "def deco(f):\n    return [f][len(flag)]", "# x\n@deco\ndef helper(): return 1")
    notebook.run("def main(): return helper()", "flag.append(1)")
    module = capture(notebook["main"])
    with pytest.raises(CaptureError) as caught:
        load(module)
    assert (caught.value.code, caught.value.where) == ("KN105", "Cell In[2], line 2")
    assert "IndexError" in caught.value.message
    assert module.name not in sys.modules


def test_a_missing_package_is_told_at_the_import_line():
    module = Module(
        entry="main",
        source="import not_there_at_all\n",
        pieces=(Piece(line=1, count=1, file="Cell In[3]", start=7),),
    )
    with pytest.raises(CaptureError) as caught:
        load(module)
    assert (caught.value.code, caught.value.where) == ("KN105", "Cell In[3], line 7")


def test_text_that_this_python_cannot_read_is_told_with_its_line():
    module = Module(
        entry="main",
        source="x = 1\nnot python\n",
        pieces=(Piece(line=1, count=2, file="Cell In[3]", start=5),),
    )
    with pytest.raises(CaptureError) as caught:
        load(module)
    assert (caught.value.code, caught.value.where) == ("KN105", "Cell In[3], line 6")
