"""Following runs in tests."""

from __future__ import annotations


def answer_all(run, **values):
    """Follow a run to its end and answer whatever it asks."""
    for event in run.events():
        if event.kind == "lock":
            run.answer(event.payload["lock"], **values)
    return run


def wait_for_lock(run, count=1):
    """Wait until so many questions are open, and return them."""
    for _ in run.events(kind="lock"):
        if len(run.locks()) >= count:
            return run.locks()
    raise AssertionError(f"the run ended: {run.record.reason}")
