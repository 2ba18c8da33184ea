"""How large the pods are, from what the flows say that they occupy."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from kodonb.export.service import Service
from kodonb.model.flow import Resources

_GIB: Final = 1024**3
_HEAP: Final = 0.7
"""Part of a pod's memory that Ray lends to tasks and actors; the rest is its object store."""


class Size(NamedTuple):
    """What a pod gets.

    Attributes:
        cpu: CPUs; Ray counts whole ones.
        memory: GiB.
        gpus: GPUs.
    """

    cpu: int
    memory: int
    gpus: int = 0

    def told(self) -> dict[str, Any]:
        """Return it as Kubernetes has it; what is asked for is the limit too, as Ray shares out the limit."""
        each = {"cpu": str(self.cpu), "memory": f"{self.memory}Gi"}
        gpus = {"nvidia.com/gpu": str(self.gpus)} if self.gpus else {}
        return {"requests": {**each, **gpus}, "limits": {**each, **gpus}}


HEAD: Final = Size(2, 8)
"""The head pod: it keeps the cluster together; steps are elsewhere."""

_WORKER: Final = Size(2, 8)
"""A worker pod, at least."""


def worker(service: Service) -> Size:
    """Return the size of a worker pod: the largest flow without GPU fits into it."""
    return _fitting(flow.meta.resources for flow in service.flows if not flow.meta.resources.num_gpus)


def gpu_worker(service: Service) -> Size | None:
    """Return the size of a worker pod with GPUs, if a flow wants any."""
    wanted = [flow.meta.resources for flow in service.flows if flow.meta.resources.num_gpus]
    if not wanted:
        return None
    return _fitting(wanted)._replace(gpus=max(math.ceil(each.num_gpus) for each in wanted))


def _fitting(wanted: Iterable[Resources]) -> Size:
    cpu, memory = _WORKER.cpu, _WORKER.memory
    for each in wanted:
        cpu = max(cpu, math.ceil(each.num_cpus or 0))
        memory = max(memory, math.ceil(each.memory / _HEAP / _GIB) + 2)
    return Size(cpu, memory)
