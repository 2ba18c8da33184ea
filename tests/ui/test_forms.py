"""The launch form and the table of runs, as somebody in JupyterLab sees them."""

from __future__ import annotations

import re

import kodonb
from tests.ui.flows import FAIL, SETUP, WORK

KINDS = '''%%flow kinds
import datetime, enum
from pydantic import SecretStr

class Tone(enum.Enum):
    WARM = "warm"
    DRY = "dry"

class Limits(BaseModel):
    low: int = 0
    high: int = 10

def kinds(
    name: str,
    tone: Tone = Tone.WARM,
    day: datetime.date = datetime.date(2026, 1, 31),
    words: list[str] = ["a", "b"],
    limits: Limits = Limits(),
    key: SecretStr = SecretStr("none"),
    data: bytes = b"",
    loud: bool = False,
):
    """Take every kind of value."""
    return [name, tone.value, day.isoformat(), words, limits.high, len(key.get_secret_value()), len(data), loud]
'''


def test_the_form_of_a_flow_starts_a_run_that_is_shown_below(open_notebook):
    desk = open_notebook(SETUP, WORK, "%flow form work")
    desk.run(0, 1, 2)
    form = desk.view(2).first
    form.get_by_label(re.compile("^n\\b", re.IGNORECASE)).fill("99")
    form.get_by_role("button", name="Run").click()
    form.get_by_text(re.compile("less than or equal to 50")).wait_for()
    form.get_by_label(re.compile("^n\\b", re.IGNORECASE)).fill("3")
    form.get_by_role("button", name="Run").click()
    picture = desk.outputs(2).locator(".kodonb-run:not(.kodonb-live) .kn-word", has_text="finished")
    picture.wait_for()
    assert kodonb.attach("last").result() == 5


def test_every_kind_of_value_can_be_given_and_secrets_stay_out_of_notebook_and_log(open_notebook, lab):
    desk = open_notebook(SETUP, KINDS, "%flow form kinds")
    desk.run(0, 1, 2)
    form = desk.view(2).first
    form.get_by_role("button", name="Run").click()
    form.get_by_label(re.compile("^name\\b", re.IGNORECASE)).fill("Ada")
    form.get_by_label(re.compile("^tone\\b", re.IGNORECASE)).select_option(label="dry")
    form.get_by_label(re.compile("^day\\b", re.IGNORECASE)).fill("2026-02-03")
    form.get_by_label(re.compile("high", re.IGNORECASE)).fill("42")
    form.get_by_label(re.compile("^key\\b", re.IGNORECASE)).fill("open-sesame")
    form.get_by_role("checkbox", name="Loud").check()
    form.locator("input[type=file]").set_input_files(
        {"name": "x.bin", "mimeType": "application/octet-stream", "buffer": bytes(range(256)) * 3000}
    )
    form.get_by_role("button", name="Run").click()
    desk.outputs(2).locator(".kodonb-run:not(.kodonb-live) .kn-word", has_text="finished").wait_for()
    run = kodonb.attach("last")
    assert run.result() == ["Ada", "dry", "2026-02-03", ["a", "b"], 42, 11, 768_000, True]
    desk.save()
    assert "open-sesame" not in (lab.notebooks / desk.name).read_text()
    assert not [event for event in run.events(follow=False) if "open-sesame" in str(event.payload)]


def test_the_table_filters_opens_and_retries(open_notebook):
    desk = open_notebook(SETUP, WORK, FAIL, "%flow run work n=1", "%flow run fail", "%flow runs")
    desk.run(0, 1, 2, 3)
    desk.start(4)
    desk.ended(4)
    desk.run(5)
    table = desk.view(5).first
    table.get_by_role("checkbox", name="error").check()
    desk.page.wait_for_function(
        """() => { const rows = [...document.querySelectorAll('.kodonb-live tbody tr')];
                   return rows.length > 0 && rows.every(r => /error/.test(r.innerText)); }"""
    )
    table.locator("tbody input[type=checkbox]").first.check()
    table.get_by_role("button", name="Open").click()
    desk.outputs(5).get_by_role("button", name="Retry").last.wait_for()
