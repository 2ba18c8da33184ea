"""Runs whose cluster is gone."""

from __future__ import annotations

import time

from kodonb.events.log import RunQuery
from kodonb.events.sql import SqlLog
from kodonb.model.settings import Settings

UNFINISHED = ("starting", "running", "awaiting")
REASON = "the cluster stopped while the run was going on"


def settle(settings: Settings, cluster: str | None) -> None:
    """End the unfinished runs of a cluster that is gone."""
    if cluster is None:
        return
    log = SqlLog(settings.store)
    try:
        for record in log.runs(RunQuery(status=UNFINISHED, cluster=cluster, limit=None)):
            log.settle(record.id, "error", REASON, "KN306", time.time_ns() // 1000)
    finally:
        log.close()
