"""What a workflow occupies on a cluster, and what its sections `deployment` and `monitor` say that means nothing here.

Agents are placed together: one process carries them all, so it occupies what `resources` says of each of them by
name, and once what it says of all others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.program.records import Deployment, Monitor, Resources, Workflow
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.settings import Fill

DEFAULT: Final = "default"
_MEMORY: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s?([KMGTPE]?)(i?)B?", re.IGNORECASE)
_POWERS: Final = " KMGTPE"
_EXAMPLES: Final = {
    "scaling": "scaling: {min_replicas: 1, max_replicas: 4}",
    "resources": 'resources: {default: {cpu: "500m"}}',
}
_SCALING: Final = ("min_replicas", "max_replicas")
_SECTIONS: Final = ("registry", "base_images", "resources", "storage", "scaling")


def occupied(deployment: Deployment | None, fill: Fill, agents: Iterable[str]) -> dict[str, Any]:
    """Return what one process with all agents occupies, as for `kodonb.step` and `kodonb.flow`.

    Args:
        deployment: The section of the workflow.
        fill: Fills in settings.
        agents: Ids of the agents.

    Raises:
        WorkflowError: Something is malformed (KN832).
    """
    if deployment is None:
        return {}
    known = {DEFAULT, *agents}
    total: dict[str, Any] = {}
    for id_, said in deployment.resources.items():
        for name, amount in _amounts(id_, said, fill) if id_ in known else ():
            total[name] = total.get(name, 0) + amount
    return total


def _amounts(id_: str, said: Resources, fill: Fill) -> Iterator[tuple[str, Any]]:
    try:
        if said.cpu is not None:
            text = str(fill(said.cpu))
            yield "num_cpus", float(text.removesuffix("m")) / (1000 if text.endswith("m") else 1)
        if said.gpu is not None:
            yield "num_gpus", float(str(fill(said.gpu)))
        if said.memory is not None:
            yield "memory", _bytes(str(fill(said.memory)))
    except (TypeError, ValueError) as error:
        raise WorkflowError(
            f"what `deployment` says of `{id_}` is malformed: {error}",
            remedy='write e.g. cpu: "500m", memory: "512Mi", gpu: 1',
        ) from None


def _bytes(text: str) -> int:
    """Return an amount of memory in bytes; `M` is a million of them, `Mi` 2²⁰, as in Kubernetes."""
    match = _MEMORY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no amount of memory")
    return int(float(match[1]) * (1024 if match[3] else 1000) ** _POWERS.index(match[2].upper() or " "))


def unapplied(workflow: Workflow, agents: Iterable[str]) -> Iterator[str]:
    """Yield what of `deployment` and `monitor` means nothing to a run.

    Args:
        workflow: The workflow.
        agents: Ids of its agents.
    """
    yield from _of_deployment(workflow.deployment or Deployment(), [*agents])
    yield from _of_monitor(workflow.monitor or Monitor())


def _of_deployment(said: Deployment, agents: list[str]) -> Iterator[str]:
    for id_, resources in said.resources.items():
        if id_ not in {DEFAULT, *agents}:
            yield f"`resources` names `{id_}`, which is no agent: {meant(id_, agents)}"
        if resources.image is not None:
            yield f"the image of `{id_}` is not applied: agents share the processes, and so the image, of the cluster"
        yield from (f"`{name}` of `{id_}` is not applied: use cpu, memory, gpu" for name in resources.more)
    given = {"registry": said.registry, "base_images": said.base_images, "storage": said.storage}
    names = [name for name, value in given.items() if value is not None]
    if names:
        yield f"a run does not use {_listed(names)} of `deployment`: images are made, and stored, by who deploys"
    yield from (f"`{name}` of `deployment` means nothing: {_instead(name)}" for name in said.more)


def _instead(name: str) -> str:
    """Return what may be meant by something in `deployment` that is not known, or not of this form."""
    if name in _EXAMPLES:
        return f"write {_EXAMPLES[name]}"
    if name.startswith("scaling."):
        return meant(name.removeprefix("scaling."), _SCALING, f"`scaling` knows {_listed(_SCALING)}")
    return meant(name, _SECTIONS, f"`deployment` knows {_listed(_SECTIONS)}")


def _of_monitor(said: Monitor) -> Iterator[str]:
    if said.dashboard is not None:
        yield "`dashboard` of `monitor` is not applied: the view of the run shows what is watched"
    if said.more:
        yield f"a run does not use {_listed(said.more)} of `monitor`: it knows `alerts` and `metrics`"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
