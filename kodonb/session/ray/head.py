"""The head process of a local instance: ``python -m kodonb.session.ray.head``.

It starts Ray and the instance's actors, says when they are ready, and stays until it is told to end or Ray dies; Ray's
processes end with it. What was running then gets its final status here.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import uuid
from typing import Any

from kodonb.model.settings import Settings, settings
from kodonb.session.ray import arrival, orphans
from kodonb.session.ray.instance import READY, Instance, token_of

_OBJECT_STORE = 512 * 1024 * 1024
_SHUTDOWN = 10.0  # seconds
_RAY = {
    # Steps emit through the spooler: Ray's own record of tasks, its metrics and statistics would only cost.
    "RAY_task_events_report_interval_ms": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_event_stats": "0",
    "RAY_usage_stats_enabled": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Ray would run all workers, the spooler too, behind everything else on the machine; places of user code step back
    # by themselves.
    "RAY_worker_niceness": "0",
    # An idle machine of one user needs no bookkeeping several times a second.
    "RAY_memory_monitor_refresh_ms": "1000",
    "RAY_raylet_report_resources_period_milliseconds": "1000",
    "RAY_raylet_check_gc_period_milliseconds": "5000",
    "RAY_gcs_pull_resource_loads_period_milliseconds": "10000",
    "RAY_kill_idle_workers_interval_ms": "2000",
    # Nobody reads what Ray's agent would report; it still ends soon after its raylet.
    "RAY_DASHBOARD_AGENT_CHECK_PARENT_INTERVAL_S": "2",
    "SCAN_EVENT_DIR_INTERVAL_SECONDS": "3600",
    "REPORTER_UPDATE_INTERVAL_MS": "3600000",
    "RAY_io_context_monitor_probe_interval_ms": "60000",
}


def main() -> int:
    """Start the instance named by `KODONB_HOME` and stay with it."""
    told = settings()
    instance = Instance(told)
    cluster = uuid.uuid4().hex[:16]
    orphans.settle(told, instance.abandoned())
    _say("starting Ray")
    _environment(told, instance)
    import ray  # noqa: PLC0415 - the environment must be set before Ray is loaded

    _start(ray, told, instance)
    _say("starting the spooler and the runners")
    from kodonb.session.ray import founding  # noqa: PLC0415 - loads Ray
    from kodonb.session.ray.pool import Pool  # noqa: PLC0415 - loads Ray

    home = founding.spooler(told, cluster, "127.0.0.1")
    Pool(home).ready()
    instance.publish(home, os.getpid(), ray.get_runtime_context().gcs_address)
    _say(READY)
    _stay(ray)
    _end(ray)
    # Only who finds no instance any more looks into the log: by then its runs must have ended there.
    orphans.settle(told, cluster)
    instance.withdraw()
    return 0


def _end(ray: Any) -> None:
    """Stop Ray; one whose own processes are gone is not waited for, and the kernel ends the rest with this process."""
    shutdown = threading.Thread(target=ray.shutdown, daemon=True)
    shutdown.start()
    shutdown.join(_SHUTDOWN)


def _say(stage: str) -> None:
    sys.stdout.write(f"{stage}\n")
    sys.stdout.flush()


def _environment(told: Settings, instance: Instance) -> None:
    os.environ.update(_RAY)
    os.environ.update(
        KODONB_HOME=str(told.home),
        KODONB_STORE=told.store,
        RAY_AUTH_MODE="token",
        RAY_AUTH_TOKEN_PATH=str(token_of(told)),
    )
    os.environ[arrival.HOOK_VARIABLE] = arrival.HOOK
    os.environ.pop("RAY_ADDRESS", None)
    instance.temporary.mkdir(mode=0o700, parents=True, exist_ok=True)


def _start(ray: Any, told: Settings, instance: Instance) -> None:
    from ray.experimental import internal_kv  # noqa: PLC0415 - loads Ray

    ray.init(
        address="local",
        num_cpus=told.num_cpus or None,
        include_dashboard=False,
        object_store_memory=_OBJECT_STORE,
        namespace="kodonb",
        log_to_driver=False,
        logging_level="error",
        _temp_dir=str(instance.temporary),
        _node_ip_address="127.0.0.1",
    )
    # Asked for every second by Ray's agent, which logs each time that there is none.
    internal_kv._internal_kv_put("dashboard", "127.0.0.1:9", namespace="dashboard")  # noqa: SLF001 - Ray names it so
    # They serve Ray's dashboard, its autoscaler and the forwarding of logs, none of which a local instance has.
    node = ray._private.worker._global_node  # noqa: SLF001 - Ray keeps its processes nowhere else
    for end in (node.kill_log_monitor, node.kill_monitor, node.kill_dashboard):
        end(check_alive=False)


def _stay(ray: Any) -> None:
    """Wait for a signal, or for the end of one of Ray's own processes."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    node = ray._private.worker._global_node  # noqa: SLF001 - Ray keeps its processes nowhere else
    for kind, processes in node.all_processes.items():
        if kind in {"raylet", "gcs_server"}:
            for info in processes:
                threading.Thread(target=_watch, args=(info.process, over), daemon=True).start()
    over.wait()


def _watch(process: subprocess.Popen[bytes], over: threading.Event) -> None:
    process.wait()
    over.set()


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    os._exit(code)  # Ray's own exit handlers may wait for processes that are gone
