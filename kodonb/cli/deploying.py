"""`kodonb deploy`, `deployments` and `undeploy`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.cli.serving import KUBERNETES, wanted
from kodonb.export.deploy import Deployed, Deployment, kubernetes, read
from kodonb.export.deploy import compare as _compare
from kodonb.export.deploy import deploy as _deploy
from kodonb.export.deploy import deployments as _deployments
from kodonb.export.deploy import undeploy as _undeploy
from kodonb.model.errors import ServiceError

_HEAD: Final = ("name", "version", "status", "replicas", "address", "since")


def deploy(args: argparse.Namespace, out: Output) -> int:
    """Deploy a service, or say what that would change."""
    folder = Path(args.folder)
    source = read(folder)
    if source.changed:
        out.note(f"changed by hand since the export: {', '.join(source.changed)}")
    if args.to == KUBERNETES:
        return _on_kubernetes(folder, args, out)
    if args.diff:
        return _told_differences(_compare(source, args.to, wanted(args), out.note), out)
    made = _deploy(source, args.to, wanted(args), out.note)
    out.say(_line(made), {**_plain(made.now), "before": made.before, "changed": made.changed})
    return codes.OK


def deployments(args: argparse.Namespace, out: Output) -> int:
    """List the services on a cluster."""
    found = _deployments(_cluster(args), out.note)
    if out.json:
        out.document([_plain(each) for each in found])
    elif found:
        out.line("\n".join(_table(found)))
    else:
        out.note("nothing is deployed")
    return codes.OK


def undeploy(args: argparse.Namespace, out: Output) -> int:
    """Remove a service from a cluster; its runs go on."""
    _undeploy(args.name, _cluster(args), out.note)
    out.say(f"removed {args.name}; its runs go on", {"name": args.name, "removed": True})
    return codes.OK


def _on_kubernetes(folder: Path, args: argparse.Namespace, out: Output) -> int:
    if args.diff:
        return _told_differences(kubernetes.compare(folder).splitlines(), out)
    names = kubernetes.deploy(folder, out.note, args.timeout if args.wait else None)
    done = "serves on" if args.wait else "was applied to"
    out.say(f"{', '.join(names)} {done} Kubernetes", {"services": names})
    return codes.OK


def _told_differences(lines: Sequence[str], out: Output) -> int:
    if out.json:
        out.document({"differences": lines})
    elif lines:
        out.line("\n".join(lines))
    else:
        out.note("nothing would change")
    return codes.FAILED if lines else codes.OK


def _cluster(args: argparse.Namespace) -> str:
    if args.to == KUBERNETES:
        raise ServiceError(
            "what runs on Kubernetes is listed and removed there",
            code="KN707",
            where="--to k8s",
            remedy="kubectl get rayservices; kubectl delete -k FOLDER/k8s/overlays/production",
        )
    where: str = args.to
    return where


def _line(made: Deployed) -> str:
    now = made.now
    if not made.changed:
        return f"{now.name} {now.version} serves already on {now.address}"
    before = f"; was {made.before}" if made.before else ""
    return f"{now.name} {now.version} on {now.address}, {now.replicas} of {now.wanted} replicas{before}"


def _plain(deployment: Deployment) -> dict[str, object]:
    return deployment._asdict()


def _table(found: Sequence[Deployment]) -> list[str]:
    rows = [_HEAD, *(_row(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return [
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _row(each: Deployment) -> tuple[str, ...]:
    since = each.since.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return each.name, each.version, each.status, f"{each.replicas}/{each.wanted}", each.address, since
