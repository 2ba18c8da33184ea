"""Requests of agents without a line in the user's log for each, which would repeat addresses that may be secret.

httpx writes one at level INFO for every request of the process; only those of agents are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_quiet: ContextVar[bool] = ContextVar("_quiet", default=False)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out what httpx says of requests that are sent within, in this task alone."""
    logging.getLogger("httpx").addFilter(_is_said)  # once: the same filter is not added again
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def _is_said(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO or not _quiet.get()
