"""A kernel whose language is the shell's."""

import asyncio
import subprocess

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel


class Shell(Kernel):
    implementation = "shell"
    implementation_version = "1"
    language_info = {"name": "bash", "mimetype": "text/x-sh", "file_extension": ".sh"}
    banner = "shell"

    async def do_execute(
        self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_
    ):
        done = await asyncio.to_thread(
            subprocess.run, ["sh", "-c", code], capture_output=True, text=True, check=False
        )
        self.send_response(self.iopub_socket, "stream", {"name": "stdout", "text": done.stdout})
        return {
            "status": "ok",
            "execution_count": self.execution_count,
            "payload": [],
            "user_expressions": {},
        }


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=Shell)
