"""JupyterLab in Chromium, with kernels whose runs are carried by a real local Ray."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.ray.conftest import instance, ray_session  # noqa: F401 - fixtures
from tests.ui.browser import launched
from tests.ui.desk import Desk
from tests.ui.jupyter import Jupyter

_names = itertools.count(1)


@pytest.fixture(scope="package")  # as long as it is there, an event loop counts as running in this thread
def browser():
    with sync_playwright() as playwright, launched(playwright) as made:
        yield made


@pytest.fixture(scope="package")
def lab(instance, tmp_path_factory):  # noqa: F811 - the fixture
    with Jupyter(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture
def open_notebook(browser, lab, ray_session, tmp_path):  # noqa: F811 - the fixture
    """Open a notebook with these cells in a page of its own; its console must stay free of errors."""
    opened = []

    def make(*cells, server=lab, **options):
        name = server.write(f"n{next(_names)}.ipynb", *cells)
        return page(name, server=server, **options)

    def page(name, server=lab, **options):
        context = browser.new_context(viewport={"width": 1100, "height": 900}, **options)
        opened.append((context, name))
        return Desk(context.new_page(), server, name)

    make.page = page
    yield make
    for context, name in opened:
        for number, open_page in enumerate(context.pages):
            open_page.screenshot(
                path=tmp_path / f"{name}-{number}.png", full_page=True
            )  # looked at when it failed
            open_page.evaluate(
                "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.shutdown().catch(() => null).then(() => null)"
            )
        context.close()


@pytest.fixture
def accessible():
    """Assert that axe finds nothing in what is ours on a page."""
    source = (Path(__file__).parents[2] / "labextension/node_modules/axe-core/axe.min.js").read_text()

    def check(page):
        page.evaluate(source)
        found = page.evaluate(
            """() => axe.run({ include: [['.kodonb-run']] }, {
                runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
            }).then(result => result.violations.map(v => [v.id, v.help, v.nodes.map(n => n.html)]))"""
        )
        assert found == []

    return check
