"""Runs whose cluster is gone."""

from __future__ import annotations

import time

from kodonb.events.log import RunQuery
from kodonb.events.sql import SqlLog
from kodonb.model.settings import Settings

UNFINISHED = ("starting", "running", "awaiting")


def settle(settings: Settings, cluster: str) -> list[str]:
    """End the unfinished runs of a cluster that is gone (with ``!`` in front: of all others), and return their ids."""
    log = SqlLog(settings.store)
    try:
        query = RunQuery(status=UNFINISHED, cluster=cluster, limit=None)
        ended = [record.id for record in log.runs(query) if not record.cluster.startswith("inline")]
        for run in ended:
            log.settle(run, "error", "the cluster stopped while the run was going on", "KN306", time.time_ns() // 1000)
    finally:
        log.close()
    return ended
