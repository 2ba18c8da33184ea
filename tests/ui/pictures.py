"""Takes the pictures of the documentation: ``python -m tests.ui.pictures``.

They are what somebody sees in JupyterLab, in Chromium, while runs go on on a local Ray. Who takes them anew looks at
them before they are committed.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

import kodonb
from kodonb.model.settings import settings
from kodonb.session.ray.session import RaySession
from tests.ui.browser import launched
from tests.ui.desk import Desk
from tests.ui.jupyter import Jupyter

PICTURES = Path(__file__).parents[2] / "docs" / "_static"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SETUP = "%load_ext kodonb\nimport kodonb as kb\nimport time\nfrom pydantic import BaseModel, Field\nfrom typing import Annotated, Literal"

SEARCH = '''%%flow search --title "Model search" --tag demo
import random

@kb.step(retries=1)
def evaluate(model: str, setting: float, pace: float) -> float:
    chance = random.Random(f"{model} {setting}")
    for epoch in kb.progress(range(6), title=f"{model} {setting:g}"):
        time.sleep(pace * chance.uniform(0.5, 1.5))
        kb.metric(model, 0.9 + 0.01 * epoch + chance.uniform(-0.01, 0.01), step=epoch)
    return 0.9 + chance.uniform(0, 0.08)

@kb.step
def best(scores: list[float]) -> float:
    return round(max(scores), 3)

def search(
    models: Annotated[list[str], Field(description="Which ones to compare.")] = ["forest", "logistic"],
    folds: Annotated[int, Field(ge=2, le=10, description="Folds of the cross-validation.")] = 3,
    pace: Annotated[float, Field(ge=0, le=5, description="Seconds for an epoch.")] = 0.1,
    report: Literal["short", "full"] = "short",
    notify: Annotated[bool, Field(description="Whether to say when it is done.")] = False,
):
    """Compare classifiers of handwritten digits by cross-validation."""
    scores = [evaluate.submit(model, setting, pace) for model in models for setting in (0.1, 1.0)]
    found = best.submit(scores)
    for score in kb.progress(scores, title="models"):
        print(f"accuracy {score.result():.3f}")
    return found.result()
'''

REVIEW = '''%%flow review --title "Review of a draft" --tag demo
class Verdict(BaseModel):
    """What becomes of it."""
    accept: bool = Field(False, description="Whether it can be sent.")
    score: int = Field(8, ge=0, le=10, description="From 0 to 10.")
    tone: Literal["warm", "plain", "dry"] = "plain"
    remark: str = Field("", description="What the author should know.")

@kb.step
def draft(topic: str) -> str:
    return f"Dear all, {topic} is ready."

def review(topic: str = "the report"):
    """Draft a letter and ask a person whether it can be sent."""
    text = draft.submit(topic).result()
    kb.markdown(f"> {text}")
    return kb.ask(Verdict, "Can the draft be sent?", timeout="24h").model_dump()
'''

FAIL = '''%%flow divide --tag demo
def divide(x: int = 0) -> float:
    """Divide one by a number."""
    return 1 / x
'''


def main():
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kn")))
        stack.enter_context(instance(folder / "home"))
        lab = stack.enter_context(Jupyter(folder / "lab"))
        browser = stack.enter_context(launched(stack.enter_context(sync_playwright())))
        for name in THEMES:
            take(browser, lab, name)


@contextmanager
def instance(home):
    """A local Ray in a folder of its own."""
    os.environ |= {
        "KODONB_HOME": str(home),
        "KODONB_SESSION": "ray",
        "KODONB_NUM_CPUS": "2",
        "KODONB_WARM": "2",
    }
    os.environ.pop("KODONB_STORE", None)
    session = RaySession(settings(), progress=print)
    try:
        session.up()
        kodonb.connect(session)
        yield
        kodonb.disconnect()
    finally:
        session.down()
        session.close()


def take(browser, lab, theme):
    """Take all pictures in one theme."""
    cells = (
        SETUP,
        SEARCH,
        REVIEW,
        FAIL,
        "%flow run search --detach pace=0.5",
        "%flow run review --detach",
        "divide.submit(x=0).wait();",
        "%flow runs",
        "%flow form search",
    )
    context = browser.new_context(
        viewport={"width": 1320, "height": 2400}, device_scale_factor=1, reduced_motion="reduce"
    )
    desk = Desk(context.new_page(), lab, lab.write(f"{theme}.ipynb", *cells))
    desk.command("apputils:change-theme", theme=THEMES[theme])
    desk.page.add_style_tag(content=".Toastify { display: none }")  # notices of JupyterLab's own
    desk.run(0, 1, 2, 3, 8)
    keep(desk.view(8).first, f"form-{theme}")
    desk.run(4)
    desk.word(4, "running")
    running(desk)
    keep(desk.view(4), f"live-view-{theme}")
    desk.run(5)
    desk.word(5, "awaiting")
    review = kodonb.attach("last")
    desk.view(5).get_by_role("button", name="Answer").wait_for()
    keep(desk.view(5), f"question-{theme}")
    desk.sealed(4)
    if theme == "light":
        table(desk)
    review.cancel()
    desk.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown().then(() => null)"
    )
    context.close()


def running(desk):
    """Wait until a run has come halfway."""
    desk.page.wait_for_function(
        """() => [...document.querySelectorAll('.kodonb-live [role=progressbar][aria-label=models]')]
            .some(bar => Number(bar.ariaValueNow) >= 2)"""
    )


def table(desk):
    """Take the table of runs, with runs in every status."""
    desk.run(6, 7)
    view = desk.view(7).first
    view.locator("tbody tr").first.wait_for()
    keep(view, "runs-light")


def keep(view, name):
    """Keep the picture of a view."""
    path = PICTURES / f"{name}.png"
    view.screenshot(path=path, animations="disabled")
    print(path)


if __name__ == "__main__":
    main()
