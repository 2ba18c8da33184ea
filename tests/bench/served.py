"""What is served while it is measured: a service of ours, and a bare application beside it on Ray Serve.

Annotations are evaluated at once: FastAPI cannot resolve those of a class that Ray has pickled.
"""

import os
import sys
import time
from typing import Any

from starlette.requests import Request

import kodonb as kb
from kodonb.serve import ServeAPI


@kb.flow
def nothing() -> None:
    """Do nothing."""


@kb.flow
def emitting(rate: int, duration: int, delay: float) -> int:
    """Emit events at a steady rate, after a while in which followers come; each says when it was sent."""
    time.sleep(delay)
    began = time.perf_counter()
    for number in range(rate * duration):
        time.sleep(max(0.0, began + number / rate - time.perf_counter()))
        kb.emit("agent", {"sent": time.time(), "text": "x" * 150})
    return rate * duration


app = ServeAPI(title="Measured")
app.include(nothing)
app.include(emitting)


def bare() -> Any:
    """Return an application of Ray Serve that submits a task and answers."""
    import ray
    from fastapi import FastAPI
    from ray import serve

    api = FastAPI()
    task = ray.remote(lambda: None)

    @serve.deployment(num_replicas=1, ray_actor_options={"num_cpus": 0})
    @serve.ingress(api)
    class Bare:
        @api.post("/launch", status_code=202)
        async def launch(self, request: Request) -> dict[str, str]:
            await request.json()
            return {"run": task.options(num_cpus=0).remote().hex()}

    return Bare.bind()


def main(address: str, port: str) -> None:
    """Run both applications until standard input ends."""
    import ray
    from ray import serve

    from kodonb.serve.replica import on_serve

    # What replicas are to find is in the environment of this driver, not of the cluster.
    told = {name: os.environ[name] for name in ("KODONB_HOME", "KODONB_NO_AUTH", "PYTHONPATH")}
    ray.init(
        address=address,
        namespace="serve-bench",
        log_to_driver=False,
        logging_level="error",
        runtime_env={"env_vars": told},
    )
    serve.start(http_options={"host": "127.0.0.1", "port": int(port)})
    serve.run(on_serve("tests.bench.served:app"), name="kodonb", route_prefix="/kodonb")
    serve.run(bare(), name="bare", route_prefix="/bare")
    print(port, flush=True)
    sys.stdin.read()
    serve.shutdown()
    ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
