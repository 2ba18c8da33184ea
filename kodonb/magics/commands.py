"""What each command of `%flow` does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kodonb import session
from kodonb.capture import capture
from kodonb.display import event_line, run_html, run_text, runs_html, runs_text
from kodonb.flows import register
from kodonb.magics import manual, values
from kodonb.magics.card import captured, show_card
from kodonb.magics.front import looks
from kodonb.magics.output import ShownRun, say, show, show_code, table
from kodonb.magics.views import look_at_run, show_runs
from kodonb.model.errors import RunError, UsageError
from kodonb.model.event import event
from kodonb.model.run import called
from kodonb.model.settings import settings
from kodonb.session import doctor

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.magics.parse import Asked
    from kodonb.model.run import Lock
    from kodonb.session.run import Run

_RUNS: Final = 20
_EVENTS: Final = 1000


def _list(_shell: InteractiveShell, _asked: Asked) -> None:
    known = register.flows()
    if not known:
        say("no flows yet; define one with %%flow NAME")
        return
    rows = [(name, f.meta.title, ", ".join(f.form.names), f.meta.summary) for name, f in known.items()]
    show(*table(("name", "title", "parameters", "summary"), rows))


def _run(shell: InteractiveShell, asked: Asked) -> Callable[[], Run]:
    flow = register.find(asked.values["name"])
    given = values.inputs(shell, asked.pairs, flow.form)
    return lambda: session.submit(flow, given)


def _form(shell: InteractiveShell, asked: Asked) -> None:
    flow = register.find(asked.values["name"])
    show_card(shell, flow, captured(flow), form=True)


def _runs(shell: InteractiveShell, asked: Asked) -> None:
    told: dict[str, Any] = {
        key: asked.values[key] for key in ("flow", "status", "since", "tag") if key in asked.values
    }
    limit = asked.values.get("limit", _RUNS)
    found = session.select(**told, limit=limit)  # first: what is wrong with a filter is an error of the cell
    if looks(shell):
        show_runs(told, limit)
        return
    show(runs_text(found), runs_html(found))


def _show(shell: InteractiveShell, asked: Asked) -> Run:
    run = session.attach(asked.values["run"])
    if looks(shell):
        look_at_run(run)
        return ShownRun(run.id, run.session)
    view = run.view()
    show(run_text(view), run_html(view), key=f"kodonb-{run.id}")
    return ShownRun(run.id, run.session)


def _events(_shell: InteractiveShell, asked: Asked) -> None:
    run = session.attach(asked.values["run"])
    follow = "follow" in asked.values
    left = asked.values.get("limit", float("inf") if follow else _EVENTS)
    found = run.events(asked.values.get("kind"), asked.values.get("after", -1), follow=follow)
    try:
        for batch in found.batches():
            shown = batch[: None if left == float("inf") else int(left)]
            if shown:
                say("\n".join(event_line(event(run.id, stored)) for stored in shown))
            left -= len(shown)
            if left <= 0:
                _say_cut(run, shown[-1].offset if shown else -1)
                return
    except KeyboardInterrupt:
        say(f"stopped looking at run {called(run.id)}, which is {run.status}")


def _say_cut(run: Run, last: int) -> None:
    more = run.record.events - 1 - last
    if more > 0:
        say(
            f"… {more} events come after; go on with --after {last}, or see kodonb.attach({called(run.id)!r}).frame()"
        )


def _cancel(_shell: InteractiveShell, asked: Asked) -> None:
    run = session.attach(asked.values["run"])
    run.cancel()
    status = run.status
    say(f"run {called(run.id)} is {status if status == 'cancelled' else 'being cancelled'}")


def _retry(_shell: InteractiveShell, asked: Asked) -> Callable[[], Run]:
    return session.attach(asked.values["run"]).retry


def _answer(shell: InteractiveShell, asked: Asked) -> None:
    run = session.attach(asked.values["run"])
    lock = _question(run, asked.values.get("lock"))
    run.answer(lock.id, **values.answers(shell, asked.pairs, lock))
    say(f"answered {lock.id} of run {called(run.id)}")


def _question(run: Run, name: str | None) -> Lock:
    """Return the question that is meant, an answered one too: the session says who answered it."""
    every = run.session.log.locks(run.id)
    still = run.locks()
    meant = [lock for lock in every if lock.id == name] if name else (still or every[-1:])
    if len(meant) == 1:
        return meant[0]
    named = ", ".join(lock.id for lock in still)
    if not meant:
        message = (
            f"run {called(run.id)} has no question {name!r}"
            if name
            else f"run {called(run.id)} has asked nothing"
        )
        raise RunError(
            message,
            code="KN309",
            remedy=f"open are: {named}" if named else f"look at it with %flow show {called(run.id)}",
        )
    raise RunError(
        f"run {called(run.id)} has several open questions",
        code="KN309",
        remedy=f"name one behind the run: {named}",
    )


def _code(_shell: InteractiveShell, asked: Asked) -> None:
    name = asked.values["name_or_run"]
    known = register.flows()
    if name in known:
        show_code(capture(known[name]).source)
        return
    try:
        run = session.attach(name)
    except UsageError as error:
        if error.code != "KN003":
            raise
        raise UsageError(
            f"no flow and no run is named {name!r}", code="KN002", remedy="see %flow list and %flow runs"
        ) from None
    show_code(run.code())


def _connect(_shell: InteractiveShell, asked: Asked) -> None:
    name, address = asked.values.get("session"), asked.values.get("address")
    if address and name != "ray":
        raise UsageError(
            "only ray has an address", where="%flow connect", remedy="write %flow connect ray ADDRESS"
        )
    if address:
        from kodonb.session.ray.session import RaySession  # noqa: PLC0415 - loads what only this session needs

        session.connect(RaySession(msgspec.structs.replace(settings(), address=address)))
    elif name:
        session.connect(name)
    say(
        f"flows are submitted in the {session.current().name} session" + (f" at {address}" if address else "")
    )


def _doctor(_shell: InteractiveShell, _asked: Asked) -> None:
    checks = doctor.examine()
    rows = [("ok" if c.ok else "!!", c.name, c.detail, "" if c.ok else c.remedy) for c in checks]
    show(*table(("", "what", "found", "do"), rows))


def _help(_shell: InteractiveShell, asked: Asked) -> None:
    name = asked.values.get("command")
    say(manual.of_command(manual.command(name)) if name else manual.overview())


PERFORM: Final[dict[str, Callable[[InteractiveShell, Asked], Any]]] = {
    "list": _list,
    "form": _form,
    "runs": _runs,
    "show": _show,
    "events": _events,
    "cancel": _cancel,
    "answer": _answer,
    "code": _code,
    "connect": _connect,
    "doctor": _doctor,
    "help": _help,
}
"""What the commands do, by name."""

START: Final[dict[str, Callable[[InteractiveShell, Asked], Callable[[], Run]]]] = {
    "run": _run,
    "retry": _retry,
}
"""What starts the run of those commands that start one."""
