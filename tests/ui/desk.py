"""A notebook in a browser, and what a person does with it."""

from __future__ import annotations

import re

SECONDS = 30_000
CELLS = ".jp-Notebook .jp-CodeCell"


class Desk:
    """One notebook, open in one page of the browser.

    Args:
        page: The page.
        jupyter: The server.
        name: Name of the notebook.
    """

    def __init__(self, page, jupyter, name):
        self.page, self.jupyter, self.name = page, jupyter, name
        page.set_default_timeout(SECONDS)
        self.open()

    def open(self):
        self.page.goto(self.jupyter.url(self.name))
        self.page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=60_000)
        self.page.wait_for_function(
            "window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady === true", timeout=60_000
        )
        self.page.wait_for_function(
            "name => window.jupyterapp.shell.currentWidget.context.path === name", arg=self.name
        )
        return self

    def command(self, name, **arguments):
        return self.page.evaluate(
            "([name, given]) => window.jupyterapp.commands.execute(name, given).then(() => null)",
            [name, arguments],
        )

    def start(self, number):
        """Begin to execute a cell."""
        self.page.evaluate(
            """number => {
                const panel = window.jupyterapp.shell.currentWidget;
                panel.content.activeCellIndex = number;
                panel.content.deselectAll();
                window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            number,
        )

    def run(self, *numbers):
        """Execute cells and wait for the end of each."""
        for number in numbers:
            self.start(number)
            self.ended(number)
        return self

    def ended(self, number):
        """Wait until a cell has ended."""
        self.page.wait_for_function(
            """number => {
                const model = window.jupyterapp.shell.currentWidget.content.widgets[number].model;
                return model.executionCount !== null && model.executionState === 'idle';
            }""",
            arg=number,
        )

    def count(self, number):
        """Return the number that stands before a cell that was executed."""
        return int(self.cell(number).locator(".jp-InputPrompt").inner_text().strip("[]: "))

    def cell(self, number):
        return self.page.locator(CELLS).nth(number)

    def outputs(self, number):
        return self.cell(number).locator(".jp-OutputArea")

    def view(self, number=None):
        """Return the live view of a cell, or the only one there is."""
        within = self.page if number is None else self.outputs(number)
        return within.locator(".kodonb-live")

    def word(self, number, word):
        """Wait until the view of a cell says a status."""
        self.view(number).locator("header .kn-word", has_text=re.compile(f"^{word}$")).wait_for()

    def sealed(self, number):
        """Wait until the output of a cell is the static picture; return it."""
        found = self.outputs(number).locator(".kodonb-run:not(.kodonb-live)").first
        found.wait_for()
        return found

    def save(self):
        self.command("docmanager:save")
        return self.jupyter.read(self.name)
