"""`kodonb serve`."""

from __future__ import annotations

import argparse
import importlib.util
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from kodonb.capture import innermost, user_traceback
from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.cli.words import meant
from kodonb.export.deploy import Deployment, Held, Source, Wanted, deploy, held, loose, read
from kodonb.export.deploy.asking import Route, routes
from kodonb.model.errors import ServiceError, UsageError

KUBERNETES: Final = "k8s"
NO_AUTH: Final = "KODONB_NO_AUTH"
_LOOK: Final = 2.0  # seconds


def serve(args: argparse.Namespace, out: Output) -> int:
    """Run a service on the cluster, or in this process, until Ctrl-C."""
    source = _source(args.target)
    if args.to == KUBERNETES:
        raise UsageError(
            "a service on Kubernetes does not end with this command",
            code="KN005",
            where="--to",
            remedy="kodonb deploy --to k8s",
        )
    if args.on == "here":
        return _here(source, args, out)
    if args.detach:
        made = deploy(source, args.to, wanted(args), out.note)
        _show(made.now, source, out)
        out.note(f"end it with kodonb undeploy {made.now.name}")
        return codes.OK
    with held(source, args.to, wanted(args), out.note) as service:
        _show(service.made.now, source, out)
        return _follow(service, out)


def wanted(args: argparse.Namespace) -> Wanted:
    """Return how a service is wanted from the options that commands share."""
    return Wanted(
        name=args.name,
        route=args.route,
        replicas=args.replicas,
        env={NO_AUTH: "1"} if args.no_auth else {},
        host=args.host,
        port=args.port,
        timeout=args.timeout,
        wait=getattr(args, "wait", True),  # what `kodonb serve` starts it also shows
    )


def _source(target: str) -> Source:
    """Return a service from what names it.

    Raises:
        ServiceError: It is a folder without a service (KN705).
        UsageError: It is nothing that is there (KN006).
    """
    place, colon, name = target.rpartition(":")
    if Path(target).is_dir():
        return read(Path(target))
    if not colon:
        raise UsageError(
            f"there is no folder {target}",
            code="KN006",
            remedy=_near(target),
        )
    file = Path(place)
    if file.suffix == ".py":
        if not file.is_file():
            raise UsageError(f"there is no file {place}", code="KN006", remedy="write file.py:app")
        return loose(file.stem, name, file.parent)
    if not _importable(place):
        raise UsageError(
            f"there is no module {place!r}",
            code="KN006",
            remedy="call kodonb from the folder that it is in, and write module:app",
        )
    return loose(place, name, Path.cwd())


def _near(target: str) -> str:
    folders = sorted(str(path.parent) for path in Path("build").glob("*/serve.yaml"))
    return meant(target, folders) if folders else "make one with kodonb export, or write module:app"


def _importable(module: str) -> bool:
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.util.find_spec(module.partition(".")[0]) is not None
    except ValueError:
        return False
    finally:
        sys.path.pop(0)


def _show(deployment: Deployment, source: Source, out: Output) -> None:
    # What a service offers it may tell only those who have a key.
    known = [Route("POST", f"/{flow}", "", launches=True) for flow in source.flows]
    found = routes(deployment.address) or known
    if out.json:
        told = {**deployment._asdict(), "routes": [route._asdict() for route in found]}
        out.document(told)
        out.flush()
        return
    out.line(f"{deployment.name} {deployment.version} on {deployment.address}")
    for route in _first(found):
        where = deployment.address + route.path.lstrip("/")
        out.line(f"  {route.method:<4}  {where}  {route.summary}".rstrip())
    out.flush()


def _first(found: list[Route]) -> list[Route]:
    """Return what is worth telling: how runs are started, or all of a service that starts none."""
    return [route for route in found if route.launches] or found


def _follow(service: Held, out: Output) -> int:
    """Wait for Ctrl-C, and tell what becomes of the service meanwhile."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    last = service.made.now
    out.note("Ctrl-C ends it")
    while not over.wait(_LOOK):
        now = service.look()
        if now is None:
            out.note("it was removed")
            return codes.OK
        if (now.status, now.replicas) != (last.status, last.replicas):
            out.note(f"{now.name}: {now.status}, {now.replicas} of {now.wanted} replicas")
        last = now
    out.note(f"ending {last.name}; its runs go on")
    return codes.OK


def _here(source: Source, args: argparse.Namespace, out: Output) -> int:
    from kodonb.serve.process import serve_here  # noqa: PLC0415 - uvicorn is loaded when it is needed

    if args.no_auth:
        os.environ[NO_AUTH] = "1"
    folder, app = source.app
    sys.path.insert(0, str(folder))

    def started(address: str) -> None:
        out.say(f"{source.name} {source.version} on {address}", {"name": source.name, "address": address})
        out.flush()
        out.note("Ctrl-C ends it")

    port = 8000 if args.port is None else args.port
    try:
        serve_here(_loaded(app), args.host or "127.0.0.1", port, started)
    except KeyboardInterrupt:
        out.note(f"ended {source.name}")
    return codes.OK


def _loaded(app: str) -> Callable[..., Any]:
    """Import an application.

    Raises:
        ServiceError: That fails (KN706); the user's own traceback is in its notes.
    """
    try:
        found: Callable[..., Any] = pkgutil.resolve_name(app)
    except Exception as error:
        told = ServiceError(
            f"{app} cannot be imported: {type(error).__name__}: {error}",
            code="KN706",
            where=innermost(error),
            remedy="mend what the traceback shows",
        )
        told.add_note(user_traceback(error))
        raise told from error
    return found
