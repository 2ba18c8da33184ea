"""The live view of a run, as somebody in JupyterLab sees it."""

from __future__ import annotations

import re
import subprocess

import pytest

import kodonb
from tests.ui.flows import ASK, FAIL, LONG, SETUP, WORK
from tests.ui.jupyter import BIN

VIEW = "application/vnd.jupyter.widget-view+json"


def test_a_run_is_watched_live_and_leaves_a_static_picture(open_notebook):
    desk = open_notebook(SETUP, WORK, "run = %flow run work n=6 pause=0.3", "run.result()")
    desk.run(0, 1)
    desk.start(2)
    desk.word(2, "running")
    desk.view(2).get_by_role("progressbar", name="squares").wait_for()
    desk.view(2).locator("svg[role=img]").first.wait_for()
    picture = desk.sealed(2)
    assert "finished" in picture.inner_text() and "All squares are there." in picture.inner_text()
    assert desk.view(2).count() == 0
    desk.run(3)
    assert desk.outputs(3).inner_text().strip().endswith("55")


def test_the_saved_notebook_needs_no_widget_to_be_read_again(open_notebook):
    desk = open_notebook(SETUP, WORK, "%flow run work n=2")
    desk.run(0, 1, 2)
    desk.sealed(2)
    saved = desk.save()
    assert VIEW not in str(saved)
    [output] = saved.cells[2].outputs
    assert set(output.data) == {"text/plain", "text/html"} and "finished" in output.data["text/plain"]
    page = desk.page.context.new_page()
    done = subprocess.run(
        [BIN / "jupyter", "nbconvert", "--to", "html", "--stdout", desk.jupyter.notebooks / desk.name],
        check=True,
        capture_output=True,
        text=True,
    )
    page.set_content(done.stdout)
    assert page.locator(".kodonb-run").last.is_visible() and "finished" in page.inner_text("body")
    page.close()


def test_a_question_is_answered_in_the_view_and_the_run_goes_on(open_notebook):
    desk = open_notebook(SETUP, ASK, "verdict = %flow run review")
    desk.run(0, 1)
    desk.start(2)
    desk.word(2, "awaiting")
    view = desk.view(2)
    view.get_by_label(re.compile("score", re.IGNORECASE)).fill("11")
    view.get_by_role("button", name="Answer").click()
    problem = view.get_by_text(re.compile("less than or equal to 10"))
    problem.wait_for()
    assert view.get_by_label(re.compile("score", re.IGNORECASE)).get_attribute("aria-invalid") == "true"
    view.get_by_label(re.compile("score", re.IGNORECASE)).fill("9")
    view.get_by_label(re.compile("accept", re.IGNORECASE)).check()
    view.get_by_role("button", name="Answer").click()
    assert "finished" in desk.sealed(2).inner_text()
    desk.ended(2)


def test_who_answers_elsewhere_is_named_in_the_view(open_notebook):
    desk = open_notebook(SETUP, ASK, "%flow run review --detach")
    desk.run(0, 1, 2)
    desk.word(2, "awaiting")
    desk.view(2).get_by_label(re.compile("why", re.IGNORECASE)).fill("I was about to say")
    kodonb.attach("last").answer(accept=True, score=3, by="ada@elsewhere")
    assert "ada@elsewhere" in desk.sealed(2).inner_text()


def test_a_second_tab_shows_the_same_and_the_first_valid_answer_wins(open_notebook):
    desk = open_notebook(SETUP, ASK, "%flow run review", "%flow show last")
    desk.run(0, 1)
    desk.start(2)
    desk.word(2, "awaiting")
    other = open_notebook(SETUP, "%flow show last")
    other.run(0, 1)
    other.word(1, "awaiting")
    other.view(1).get_by_label(re.compile("score", re.IGNORECASE)).fill("5")
    other.view(1).get_by_role("button", name="Answer").click()
    assert "finished" in desk.sealed(2).inner_text()
    other.sealed(1)


def test_a_run_is_cancelled_by_keyboard_while_its_cell_waits(open_notebook):
    desk = open_notebook(SETUP, LONG, "%flow run long")
    desk.run(0, 1)
    desk.start(2)
    desk.word(2, "running")
    desk.view(2).get_by_role("button", name="Cancel").focus()
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Enter")
    assert "cancelled" in desk.sealed(2).inner_text()
    desk.ended(2)
    assert "KN302" in desk.outputs(2).inner_text()


def test_after_a_reload_the_view_is_complete_again(open_notebook):
    desk = open_notebook(SETUP, LONG, "%flow run long seconds=90 --detach")
    desk.run(0, 1, 2)
    desk.word(2, "running")
    desk.save()
    desk.open()
    desk.word(2, "running")
    desk.view(2).get_by_role("button", name=re.compile("^Events")).click()
    desk.view(2).get_by_role("button", name="First").click()
    desk.view(2).get_by_role("cell", name="meta").first.wait_for()
    kodonb.attach("last").cancel()
    assert "cancelled" in desk.sealed(2).inner_text()


def test_a_run_outlives_the_kernel_and_is_shown_again_by_another(open_notebook):
    desk = open_notebook(SETUP, LONG, "%flow run long seconds=12 --detach", "%flow show last")
    desk.run(0, 1, 2)
    desk.word(2, "running")
    desk.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    desk.run(0, 3)
    desk.word(3, "running")
    assert "finished" in desk.sealed(3).inner_text()


def test_a_failed_run_shows_the_users_line_and_is_retried_in_place(open_notebook):
    desk = open_notebook(SETUP, FAIL, "%flow run fail", "%flow show last")
    desk.run(0, 1)
    desk.run(2)
    said = desk.outputs(2).inner_text()
    assert "ZeroDivisionError" in said and f"Cell In[{desk.count(1)}], line 4" in said
    desk.run(3)
    before = desk.view(3).locator("code").first.inner_text()
    desk.view(3).get_by_role("button", name="Retry").click()
    desk.page.wait_for_function(
        "before => document.querySelector('.kodonb-live code')?.innerText !== before", arg=before
    )
    desk.word(3, "error")


def test_events_are_filtered_searched_and_downloaded(open_notebook):
    desk = open_notebook(SETUP, WORK, "%flow run work n=8", "%flow show last")
    desk.run(0, 1, 2, 3)
    view = desk.view(3)
    view.get_by_role("button", name=re.compile("^Events")).click()
    view.get_by_role("searchbox").fill("squares")
    view.get_by_role("cell", name="progress").first.wait_for()
    desk.page.wait_for_function(
        """() => {
            const events = [...document.querySelectorAll('.kodonb-live table')].pop();
            const rows = [...events.querySelectorAll('tbody tr')];
            return rows.length > 0 && rows.every(row => /squares/i.test(row.innerText));
        }"""
    )
    with desk.page.expect_download() as download:
        view.get_by_role("button", name=re.compile("Download")).click()
        view.get_by_role("button", name=re.compile("JSONL")).or_(
            view.get_by_role("menuitem", name=re.compile("JSONL"))
        ).click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == kodonb.attach("last").record.events and '"kind":"meta"' in lines[0]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast"])
def test_axe_finds_nothing_in_any_theme(open_notebook, accessible, theme):
    desk = open_notebook(
        SETUP, WORK, ASK, "%flow run work n=3", "%flow run review --detach", "%flow runs", "%flow show last"
    )
    desk.command("apputils:change-theme", theme=theme)
    desk.run(0, 1, 2, 3, 4, 5)
    desk.word(4, "awaiting")
    desk.view(4).get_by_role("button", name=re.compile("^Events")).click()
    accessible(desk.page)
    kodonb.attach("last").answer(accept=True, score=1)
    desk.sealed(4)
    accessible(desk.page)
