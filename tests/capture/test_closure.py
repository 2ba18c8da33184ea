"""What is taken along, and what stands for it in the module."""

import ast
import sys
import time

import pytest

from kodonb.capture import Source, capture, load


def again(space, name="main"):
    """Capture, load, and return the function of the new module."""
    module = capture(space[name])
    return getattr(load(module), module.entry)


def test_helpers_constants_and_imports_come_along(notebook):
    notebook.run(
        "import math\nfrom math import sqrt as root\nLIMIT = 60 * 60",
        "def half(x):\n    return root(x) / 2",
        "def main(x):\n    return math.floor(half(x) * LIMIT)",
    )
    module = capture(notebook["main"])
    assert "import math" in module.source
    assert "from math import sqrt as root" in module.source
    assert "LIMIT = 60 * 60" in module.source
    assert load(module).main(4) == 3600


def test_what_is_not_needed_stays_behind(notebook):
    notebook.run("a = 1\nb = 2\ndef unused(): return a", "def main():\n    return b")
    assert capture(notebook["main"]).source == "b = 2\n\n\ndef main():\n    return b\n"


def test_comments_and_formatting_are_kept(notebook):
    text = "# why it is so\n# on two lines\ndef main( x ):\n    # inside\n    return (x\n            + 1)  # after"
    notebook.run(f"import os\n\n{text}\n\n# of another\nother = 1")
    assert capture(notebook["main"]).source == text + "\n"


def test_a_name_means_what_it_is_bound_to_now_not_what_was_typed(notebook):
    notebook.run("FACTOR = 2\nNAMES = {'a': 1}", "def main():\n    return FACTOR, NAMES")
    notebook.ns["FACTOR"] = 7
    notebook.run("NAMES['b'] = 2")
    module = capture(notebook["main"])
    assert "FACTOR = 7" in module.source
    assert load(module).main() == (7, {"a": 1, "b": 2})


def test_a_literal_that_equals_but_is_of_another_type_is_written_anew(notebook):
    notebook.run("FLAG = 1", "def main():\n    return FLAG")
    notebook.ns["FLAG"] = True
    assert again(notebook)() is True


def test_the_function_that_is_bound_wins_over_a_newer_text_of_its_name(notebook):
    notebook.run(
        "def helper():\n    return 'first'",
        "keep = helper",
        "def helper():\n    return 'second'",
        "helper = keep",
        "def main():\n    return helper()",
    )
    assert again(notebook)() == "first"


def test_a_redefined_function_is_the_last_one(notebook):
    notebook.run("def helper(): return 1", "def main(): return helper()", "def helper(): return 2")
    assert again(notebook)() == 2


def test_an_old_function_kept_under_a_new_name_lives_beside_its_successor(notebook):
    notebook.run(
        "def helper():\n    return 'old'",
        "before = helper",
        "def helper():\n    return 'new ' + before()",
        "def main():\n    return helper()",
    )
    assert again(notebook)() == "new old"


def test_local_names_shadow_globals(notebook):
    notebook.run(
        "import threading\nitem = threading.Lock()\nrow = threading.Lock()\ndone = threading.Lock()",
        "def main(item):\n"
        "    rows = [row for row in range(item)]\n"
        "    def inner():\n"
        "        nonlocal item\n"
        "        item += 1\n"
        "        return item\n"
        "    if (done := inner()):\n"
        "        pass\n"
        "    match rows:\n"
        "        case [0, *row]:\n"
        "            return row, done, (lambda done: done)(3)\n"
        "    return None\n",
    )
    assert again(notebook)(3) == ([1, 2], 4, 3)


def test_names_in_every_kind_of_scope_are_found(notebook):
    notebook.run(
        "A, B, C = 1, 2, 3\nD = 4\nE = 5\nF = 6\nG = 7\nlimit = 8",
        "class Box:\n"
        "    limit = limit\n"
        "    inner = [D for _ in range(2)]\n"
        "    def get(self, extra=E):\n"
        "        return [A + x for x in range(B)], {C}, extra\n",
        "def main(key=lambda: F):\n"
        "    def deep():\n"
        "        return (lambda: (G for _ in range(1)))()\n"
        "    return Box().get(), Box.inner, Box.limit, key(), list(deep())\n",
    )
    assert again(notebook)() == (([1, 2], {3}, 5), [4, 4], 8, 6, [7])


def test_a_helper_may_be_defined_after_its_use(notebook):
    notebook.run("def main():\n    return helper()", "def helper():\n    return 1")
    module = capture(notebook["main"])
    assert module.source.index("def main") < module.source.index("def helper")
    assert load(module).main() == 1


def test_what_a_decorator_calls_comes_before_what_it_decorates(notebook):
    notebook.run("def deco(f):\n    return wrap(f)", "def wrap(f):\n    return lambda: f() + 1")
    notebook.run("@deco\ndef main_():\n    return 1\ndef main():\n    return main_()")
    # The decorator's helper is run again, so that it stands last in the notebook.
    notebook.run("def wrap(f):\n    return  lambda: f() + 1")
    assert again(notebook)() == 2


def test_recursion_works(notebook):
    notebook.run(
        "def even(n):\n    return n == 0 or odd(n - 1)\ndef odd(n):\n    return n != 0 and even(n - 1)",
        "def main(n):\n    return 1 if n < 2 else n * main(n - 1), even(n)",
    )
    assert again(notebook)(1) == (1, False)


async def test_async_functions_and_generators_work(notebook):
    notebook.run(
        "import asyncio\nPAUSE = 0\nasync def rows(n):\n    for i in range(n):\n        await asyncio.sleep(PAUSE)\n        yield i",
        "async def main(n):\n    return [i async for i in rows(n)]",
    )
    assert await again(notebook)(3) == [0, 1, 2]


def test_two_flows_share_helpers_and_do_not_meet(notebook):
    notebook.run("def helper(): return 1", "def one(): return helper()", "def two(): return helper() + 1")
    one, two = capture(notebook["one"]), capture(notebook["two"])
    assert (load(one).one(), load(two).two()) == (1, 2)
    assert one.hash != two.hash and "two" not in one.source


def test_star_imports_become_imports_of_what_is_used(notebook):
    notebook.run("from math import *", "def main(x):\n    return floor(sqrt(x)), pi > 3")
    module = capture(notebook["main"])
    assert "*" not in module.source
    assert "from math import sqrt" in module.source
    assert load(module).main(9) == (3, True)


def test_modules_reached_through_their_package_are_imported(notebook):
    notebook.run(
        "import xml.etree.ElementTree\nimport concurrent.futures as cf",
        "def main():\n    return xml.etree.ElementTree.fromstring('<a/>').tag, cf.Future.__name__",
    )
    module = capture(notebook["main"])
    assert "import xml.etree.ElementTree\n" in module.source
    assert load(module).main() == ("a", "Future")


def test_global_statements_work_on_the_module(notebook):
    notebook.run(
        "count = 0",
        "def bump():\n    global count, fresh\n    count += 1\n    fresh = count",
        "def main():\n    bump(); bump()\n    return count, fresh",
    )
    assert again(notebook)() == (2, 2)


def test_a_lambda_is_a_definition(notebook):
    notebook.run("K = 2\ndouble = lambda x: x * K", "def main(x):\n    return double(x)")
    module = capture(notebook["main"])
    assert "double = lambda x: x * K" in module.source
    assert load(module).main(4) == 8


def test_an_old_lambda_kept_under_a_new_name_lives_on(notebook):
    notebook.run("f = lambda: 'old'", "g = f\nf = lambda: 'new'", "def main(): return g(), f()")
    assert again(notebook)() == ("old", "new")


def test_one_of_several_lambdas_of_an_expression_travels_as_a_pickle(notebook):
    notebook.run("one, two = (lambda: 1), (lambda: 2)", "def main(): return one(), two()")
    assert again(notebook)() == (1, 2)


def test_what_ipython_adds_to_the_builtins_is_imported(notebook):
    notebook.run("def main():\n    return display")
    assert again(notebook)() is __import__("IPython").display.display


def test_what_leads_to_no_globals_of_python_is_left_alone(notebook):
    notebook.run("def main(x: 'not python' = __name__) -> 'Nowhere':\n    return x, __doc__")
    module = load(capture(notebook["main"]))
    assert module.main() == (module.__name__, None)


def test_statements_that_share_a_line_are_told_apart(notebook):
    notebook.run("a = 1; b = object(); c = [\n 2]; import os", "def main(): return a, c")
    assert again(notebook)() == (1, [2])


def test_a_definition_inside_a_condition_is_found(notebook):
    notebook.run("if True:\n    def helper():\n        return '''a\nb'''\nelse:\n    helper = None")
    notebook.run("if True:\n    def main():\n        return 1")
    assert again(notebook)() == 1


def test_a_function_made_by_a_factory_travels_as_a_pickle(notebook):
    notebook.run(
        "def adder(n):\n    def add(x):\n        return x + n\n    return add",
        "add_two = adder(2)",
        "def main(x):\n    return add_two(x)",
    )
    module = capture(notebook["main"])
    assert module.notices == ("`add_two` (function, Cell In[2], line 1) travels by cloudpickle",)
    assert load(module).main(1) == 3


def test_decorators_without_wraps_are_replayed(notebook):
    notebook.run(
        "def loud(f):\n    def inner(*args):\n        return str(f(*args)) + MARK\n    return inner\nMARK = '!'",
        "@loud\ndef helper(x):\n    return x",
        "def main(x):\n    return helper(x)",
    )
    module = capture(notebook["main"])
    assert not module.notices
    assert load(module).main(1) == "1!"


def test_objects_around_functions_are_made_again(notebook):
    notebook.run(
        "import functools\n"
        "class Step:\n"
        "    def __init__(self, f, n=1):\n        functools.update_wrapper(self, f)\n        self.n = n\n"
        "    def __call__(self, x):\n        return self.__wrapped__(x) * self.n\n"
        "def step(n):\n    return lambda f: Step(f, n)",
        "@step(3)\ndef train(x):\n    return x + 1",
        "@functools.lru_cache\ndef slow(x):\n    return x",
        "def main(x):\n    return train(slow(x))",
    )
    assert again(notebook)(1) == 6
    assert capture(notebook["train"]).entry == "train"


def test_an_assignment_that_wraps_a_function_is_kept(notebook):
    notebook.run("import functools\ndef slow(x): return x", "fast = functools.lru_cache(slow)")
    notebook.run("def other(x): return -x\nother = functools.lru_cache(other)")
    notebook.run("import math\nroot = functools.cache(math.sqrt)\nplus = functools.cache(lambda x: x + 1)")
    notebook.run("def main(x):\n    return fast(x), other(x), root(4), plus(x), hasattr(other, 'cache_info')")
    module = capture(notebook["main"])
    assert load(module).main(1) == (1, -1, 2, 2, True)
    assert not module.notices


def test_a_wrapped_function_without_decorator_is_its_plain_definition(notebook):
    notebook.run("import functools\ndef helper(): return 1", "def main():\n    return helper()")

    class Flow:
        def __init__(self, function):
            self.__wrapped__ = function

    flow = Flow(notebook["main"])
    assert capture(flow).source == capture(notebook["main"]).source
    notebook.ns["main"] = flow
    assert load(capture(flow)).main() == 1


def test_implementations_of_a_generic_function_come_along(notebook):
    notebook.run(
        "from functools import singledispatch\n@singledispatch\ndef show(x):\n    return 'any'",
        "@show.register\ndef _(x: int):\n    return 'int'",
        "def main():\n    return show('a'), show(1)",
    )
    assert again(notebook)() == ("any", "int")


def test_a_plain_namespace_is_captured_as_well(plain):
    plain.run(
        "import math\nN = 3\nclass Point:\n    def size(self):\n        return N",
        "def main():\n    return Point().size() + math.floor(1.5)",
    )
    assert again(plain)() == 4


def test_a_real_module_is_captured_as_well(tmp_path, monkeypatch):
    (tmp_path / "local_flows.py").write_text(
        "import math\nN = 3\n\n\ndef helper():\n    return N\n\n\ndef main():\n    return helper()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import local_flows

    module = capture(local_flows.main)
    assert module.source == "N = 3\n\n\ndef helper():\n    return N\n\n\ndef main():\n    return helper()\n"
    assert module.pieces[-1].file == str(tmp_path / "local_flows.py")
    assert not module.companions
    assert load(module).main() == 3


def test_relative_imports_of_a_module_are_resolved(tmp_path, monkeypatch):
    (tmp_path / "local_pkg").mkdir()
    (tmp_path / "local_pkg" / "__init__.py").write_text("")
    (tmp_path / "local_pkg" / "numbers.py").write_text("TWO = 2\n")
    (tmp_path / "local_pkg" / "flows.py").write_text(
        "from .numbers import TWO as N\ndef main():\n    return N\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from local_pkg.flows import main

    module = capture(main)
    assert module.source.startswith("from local_pkg.numbers import TWO as N\n")
    assert sorted(module.companions) == ["local_pkg", "local_pkg.numbers"]
    assert load(module).main() == 2


def test_a_function_inside_a_function_is_captured_when_it_stands_alone():
    def inner(x):
        return ast.literal_eval(x)

    module = capture(inner)
    assert not module.notices
    assert load(module).inner("[1]") == [1]


def test_a_function_inside_a_function_that_needs_it_travels_as_a_pickle(notebook):
    notebook.run(
        "def outer():\n    def mark(f): return f\n    @mark\n    def inner(): return 1\n    return inner"
    )
    module = capture(notebook["outer"]())
    assert "travels by cloudpickle" in module.notices[0]
    assert load(module).inner() == 1


def test_a_nameless_function_travels_under_a_name(notebook):
    module = capture(lambda x: x + 1)
    assert module.entry == "flow"
    assert load(module).flow(1) == 2


def test_text_that_linecache_does_not_have_may_be_given(plain):
    body = "K = 2\ndef main():\n    return K\n"
    exec(compile("\n" + body, "cell-7.py", "exec"), plain.ns)
    module = capture(plain["main"], sources={"cell-7.py": Source(body, "Cell In[7]", 1, "abc")})
    piece = module.pieces[-1]
    assert (piece.file, piece.start, piece.cell) == ("Cell In[7]", 3, "abc")


def test_cells_with_magic_lines_are_read(notebook):
    cell = "%%flow main\nimport math\n%matplotlib inline\ndef main():\n    return math.pi > 3\n"
    file = notebook.shell.compile.cache(cell, 5)
    tree = ast.increment_lineno(ast.parse("import math\n\ndef main():\n    return math.pi > 3\n"), 1)
    exec(compile(tree, file, "exec"), notebook.ns)
    module = capture(notebook["main"])
    assert module.pieces[-1].file == "Cell In[5]"
    assert module.pieces[-1].start == 4
    assert load(module).main()


def test_the_same_code_has_the_same_hash_whatever_was_run_again(notebook):
    cells = [
        "import math\nN = {'b', 'a', 'c'}",
        "def helper(): return N",
        "def main(): return helper(), math.pi",
    ]
    notebook.run(*cells)
    first = capture(notebook["main"])
    notebook.run(cells[1], cells[0])
    again = capture(notebook["main"])
    assert again.code == first.code
    assert again.hash != first.hash, "its errors are at other cells"
    notebook.run("def helper(): return [*N]")
    assert capture(notebook["main"]).code != first.code


def test_code_that_was_run_again_elsewhere_fails_at_its_new_cell_even_where_the_old_one_was_loaded(notebook):
    def cell():
        with pytest.raises(ZeroDivisionError) as caught:
            load(capture(notebook["main"])).main()
        return caught.traceback[-1].frame.code.raw.co_filename

    notebook.run("def main(): return 1 / 0")
    assert cell() == "Cell In[1]"
    notebook.run("def main(): return 1 / 0")
    assert cell() == "Cell In[2]"


def test_a_typical_notebook_is_captured_in_milliseconds(notebook):
    notebook.run("import math\nimport json\nfrom dataclasses import dataclass\nN = 3")
    notebook.run("@dataclass\nclass Row:\n    a: int = N\n")
    for number in range(10):
        before = f"step{number - 1}(x)" if number else "Row(x).a"
        notebook.run(f"def step{number}(x):\n    return json.loads(str(math.floor({before}) + N))")
    notebook.run("def main(x):\n    return step9(x)")
    capture(notebook["main"])
    taken = []
    for _ in range(5):
        start = time.perf_counter()
        capture(notebook["main"])
        taken.append(time.perf_counter() - start)
    assert min(taken) < 0.02


if sys.version_info >= (3, 12):

    def test_type_parameters_are_no_globals(notebook):
        notebook.run("type Pair[T] = tuple[T, T]\ndef main[T: (int, str)](x: T) -> Pair[T]:\n    return x, x")
        assert again(notebook)(1) == (1, 1)
