"""Which calls of a cell become awaited."""

from __future__ import annotations

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from kodonb.magics.rewrite import rewrite


def became(cell):
    return "".join(rewrite(TransformerManager().transform_cell(cell).splitlines(keepends=True)))


@pytest.mark.parametrize(
    "cell",
    [
        "%flow run work x=5",
        "run = %flow run work",
        "%flow retry last --timeout 5s",
        "if True:\n    %flow run work",
    ],
)
def test_what_waits_for_a_run_is_awaited(cell):
    made = became(cell)
    assert "await get_ipython().run_line_magic('flow_awaited'," in made
    compile(
        f"async def cell():\n{''.join(f'    {line}' for line in made.splitlines(keepends=True))}",
        "cell",
        "exec",
    )


def test_a_cell_that_defines_and_runs_is_awaited():
    assert became("%%flow work --run\ndef work(): pass\n").startswith(
        "await get_ipython().run_cell_magic('flow_awaited'"
    )


@pytest.mark.parametrize(
    "cell",
    [
        "%flow run work --detach",
        "%flow runs",
        "%%flow work\ndef work(): pass\n",
        "def go():\n    %flow run work\n",
        "get_ipython().run_line_magic('flow', 'runs')",
        "print('%flow run work')",
        "%flow",
    ],
)
def test_what_does_not_wait_or_cannot_stays_as_it_is(cell):
    assert "await" not in became(cell)


def test_letters_of_more_than_a_byte_do_not_move_the_place():
    assert became("größe = %flow run work x='ä'").startswith(
        "größe = await get_ipython().run_line_magic('flow_awaited'"
    )


def test_several_in_a_cell_are_all_awaited():
    assert became("%flow run a\n%flow run b\n").count("await ") == 2


def test_a_cell_with_a_mistake_is_left_to_python():
    assert "await" not in became("%flow run work\nif:")
