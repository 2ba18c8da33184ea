"""Notebooks whose kernel is gone, or whose page was loaded again: views are live or pictures, never an error."""

from __future__ import annotations

import re

import pytest

import kodonb
from tests.ui.desk import SECONDS
from tests.ui.flows import LONG, SETUP, WORK
from tests.ui.jupyter import Jupyter

VIEW = "application/vnd.kodonb.view+json"
WIDGET = "application/vnd.jupyter.widget-view+json"
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel"


def pictured(desk, number):
    """Wait until the output of a cell is the picture of a run that had not ended, with its note; return the note."""
    note = desk.outputs(number).get_by_role("note")
    note.wait_for()
    assert "%flow show" in note.inner_text() and "does not need this kernel" in note.inner_text()
    assert desk.sealed(number).locator("header").is_visible() and desk.view(number).count() == 0
    assert "model not found" not in desk.page.inner_text("body")
    return note.inner_text()


def picture(saved):
    """Return the only picture in the output of the third cell of a saved notebook."""
    [found] = [output for output in saved.cells[2].outputs if "text/html" in output.get("data", {})]
    return found


def left(desk):
    """Save the notebook, end its kernel and leave the page."""
    saved = desk.save()
    desk.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    closed(desk)
    return saved


def closed(desk):
    """Close the page; what comes next happens in another."""
    context = desk.page.context
    desk.page.close()
    desk.page = context.new_page()
    desk.page.set_default_timeout(SECONDS)


def running(open_notebook, seconds, **options):
    """Return a notebook in whose third cell a run goes on."""
    desk = open_notebook(SETUP, LONG, f"%flow run long seconds={seconds} --detach", **options)
    desk.run(0, 1, 2)
    desk.word(2, "running")
    return desk


def reopened_shows_the_picture(desk):
    output = picture(left(desk))
    assert {VIEW, WIDGET, "text/html", "text/plain"} == set(output.data)
    desk.open()
    assert kodonb.attach("last").id in pictured(desk, 2)
    kodonb.attach("last").cancel()


def test_a_notebook_saved_during_a_run_shows_its_picture_when_the_kernel_is_gone(open_notebook):
    reopened_shows_the_picture(running(open_notebook, 60))


def test_in_notebook_7_as_well(open_notebook, notebook7):
    reopened_shows_the_picture(running(open_notebook, 60, server=notebook7))


@pytest.fixture
def notebook7(instance, tmp_path):
    with Jupyter(tmp_path / "notebook7", "notebook") as made:
        yield made


def test_a_notebook_without_any_kernel_shows_the_picture(open_notebook):
    desk = running(open_notebook, 60)
    desk.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    pictured(desk, 2)
    kodonb.attach("last").cancel()


def test_a_restarted_kernel_leaves_the_picture_and_the_run_is_shown_again(open_notebook):
    desk = running(open_notebook, 60)
    desk.page.evaluate(f"() => {KERNEL}.restart()")
    command = re.search(r"%flow show \S+", pictured(desk, 2))[0]
    desk.run(0)
    pictured(desk, 2)
    desk.page.evaluate(
        "code => window.jupyterapp.shell.currentWidget.content.widgets[2].model.sharedModel.setSource(code)",
        command,
    )
    desk.run(2)
    desk.word(2, "running")
    assert desk.outputs(2).get_by_role("note").count() == 0
    kodonb.attach("last").cancel()


def test_after_a_reload_the_run_is_live_again_and_its_end_is_saved(open_notebook):
    desk = running(open_notebook, 12)
    desk.save()
    desk.open()
    desk.word(2, "running")
    assert desk.outputs(2).get_by_role("note").count() == 0
    assert "finished" in desk.sealed(2).inner_text()
    output = picture(desk.save())
    assert set(output.data) == {"text/html", "text/plain"} and "finished" in output.data["text/plain"]
    assert output.metadata == {}


def test_a_run_that_waits_in_its_cell_is_live_again_after_a_reload(open_notebook):
    desk = open_notebook(SETUP, LONG, "%flow run long seconds=15")
    desk.run(0, 1)
    desk.start(2)
    desk.word(2, "running")
    desk.save()
    desk.open()
    desk.word(2, "running")
    desk.sealed(2)


def test_a_notebook_that_was_closed_during_the_run_shows_its_end_when_opened_again(open_notebook):
    desk = running(open_notebook, 8)
    desk.save()
    closed(desk)
    kodonb.attach("last").wait(60)
    desk.open()
    assert "finished" in desk.sealed(2).locator(".kn-word", has_text="finished").first.inner_text()
    output = picture(desk.save())
    assert set(output.data) == {"text/html", "text/plain"}


def test_an_untrusted_notebook_shows_the_picture(open_notebook):
    desk = running(open_notebook, 60)
    desk.save()
    name = desk.jupyter.write("copied.ipynb")
    desk.jupyter.notebooks.joinpath(name).write_bytes(
        desk.jupyter.notebooks.joinpath(desk.name).read_bytes().replace(b"seconds=60", b"seconds=61")
    )
    other = open_notebook.page(name)
    other.sealed(2)
    assert other.view().count() == 0 and "model not found" not in other.page.inner_text("body")
    kodonb.attach("last").cancel()


def test_the_form_under_a_flow_starts_a_run_and_its_card_stays_without_the_kernel(open_notebook):
    desk = open_notebook(SETUP, WORK)
    desk.run(0, 1)
    form = desk.view(1)
    form.get_by_label(re.compile("^n", re.IGNORECASE)).first.fill("3")
    form.get_by_role("button", name=re.compile("Run|Start|Launch")).click()
    assert "finished" in desk.sealed(1).inner_text()
    saved = left(desk)
    assert WIDGET not in str(saved) and VIEW in saved.cells[1].outputs[0].data
    desk.open()
    desk.outputs(1).locator(".kodonb-run:not(.kodonb-live)").nth(1).wait_for()
    assert desk.view().count() == 0 and desk.outputs(1).get_by_role("note").count() == 0
    assert "Square some numbers." in desk.outputs(1).inner_text()
