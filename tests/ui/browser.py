"""The system's Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Start Chromium, and end it."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, "Chromium is needed: apt-get install chromium"
    browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
    try:
        yield browser
    finally:
        browser.close()
