"""What a live view costs while a run says ten thousand things a second: kernel, browser, and what is shown."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, sync_playwright

import kodonb
from kodonb.session.run import Run
from tests.bench.cluster import Clusters
from tests.bench.measure import Measure
from tests.ui.browser import launched
from tests.ui.desk import Desk
from tests.ui.jupyter import Jupyter

RATE = 10_000
"""Events a second."""

_SETUP = """%load_ext kodonb
import asyncio, time
from tests.bench.flows import tick

async def blocked(seconds):
    '''Return the share of time in which the main thread could not do what was due, beyond a millisecond's wait.'''
    late, began = 0.0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        asked = time.perf_counter()
        await asyncio.sleep(0.005)
        late += max(0.0, time.perf_counter() - asked - 0.006)
    return late / (time.perf_counter() - began)
"""

_COUNT = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    window.pushes = 0;
    panel.sessionContext.session.kernel.iopubMessage.connect((_, message) => {
        const told = message.content?.data?.content;
        if (message.header.msg_type === 'comm_msg' && told?.type === 'push') window.pushes += 1;
    });
}"""


def measure(clusters: Clusters) -> list[Measure]:
    """Measure a run of 30 s that is watched in JupyterLab, its event list open and following."""
    seconds = 8 if clusters.quick else 30
    clusters().settle()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
        launched(playwright) as browser,
        Jupyter(Path(folder) / "lab") as jupyter,
    ):
        page = browser.new_page(viewport={"width": 1100, "height": 1000})
        return _watched(Desk(page, jupyter, _notebook(jupyter, seconds)), seconds)


def _notebook(jupyter: Jupyter, seconds: int) -> str:
    return jupyter.write(
        "bench.ipynb",
        _SETUP,
        f"print(await blocked({seconds / 3}))",
        f"run = tick.submit(seconds={seconds}, rate={RATE})\nrun",
        f"print(await blocked({seconds - 2}))",
        "print(run.id)",
    )


def _watched(desk: Desk, seconds: int) -> list[Measure]:
    desk.run(0, 1)
    calm = float(desk.outputs(1).inner_text())
    desk.page.evaluate(_COUNT)
    desk.start(2)
    desk.word(2, "running")
    desk.view(2).get_by_role("button", name="Events").first.click()
    tasks = desk.page.context.new_cdp_session(desk.page)
    tasks.send("Performance.enable")
    before, pushes, began = _busy(tasks), desk.page.evaluate("window.pushes"), time.monotonic()
    desk.start(3)
    desk.page.wait_for_timeout(1000 * (seconds - 2))
    took = time.monotonic() - began
    busy = (_busy(tasks) - before) / took
    shown = (desk.page.evaluate("window.pushes") - pushes) / took
    desk.page.set_default_timeout(120_000)
    desk.ended(3)
    blocked = float(desk.outputs(3).inner_text())
    return [
        Measure(name=f"kernel's main thread blocked at {RATE:,} events/s", value=blocked, unit="%",
                beside="no run", baseline=calm, at_most=0.05),
        Measure(name="browser's main thread busy", value=busy, unit="%", at_most=0.5),
        Measure(name="updates of the view", value=shown, unit="/s", at_most=10),
        Measure(name="events missing in the log", value=_missing(seconds), unit="events", at_most=0),
    ]  # fmt: skip


def _busy(session: CDPSession) -> float:
    told: dict[str, Any] = session.send("Performance.getMetrics")
    return next(metric["value"] for metric in told["metrics"] if metric["name"] == "TaskDuration")


def _missing(seconds: int) -> float:
    run: Run = kodonb.attach("last").wait()
    said = sum(1 for _ in run.events(kind="debug", follow=False))
    return float(run.result() - said) if run.result() == seconds * RATE else float("nan")
