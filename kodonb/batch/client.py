"""nbclient as a job uses it: bounded outputs, and no hold on the process's signals."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import nbformat.v4
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

MOST: Final = 10_000_000
"""Characters that a cell may print into the notebook."""

_QUIET: Final = logging.getLogger("kodonb.batch.client")
_QUIET.addHandler(logging.NullHandler())  # what nbclient logs as an error, the job tells
_QUIET.propagate = False


class CellClient(NotebookClient):
    """Executes the cells of one notebook.

    Args:
        notebook: The notebook; cells are changed in place, as their outputs come.
        kernel: Name of the kernel.
        cwd: Folder in which the kernel starts.
        timeout: Seconds that a cell may take.
    """

    def __init__(self, notebook: NotebookNode, kernel: str, cwd: str, timeout: float | None) -> None:
        super().__init__(
            notebook,
            kernel_name=kernel,
            timeout_func=lambda _: timeout,  # `timeout` itself takes whole seconds only
            record_timing=False,
            resources={"metadata": {"path": cwd}},
            log=_QUIET,
            # Nobody else on the machine shall listen in, nor the kernel have to warn of it.
            config=Config(KernelManager={"transport_encryption": "auto"}),
        )
        self._printed: dict[int, int] = {}

    async def begin(self, environment: dict[str, str]) -> None:
        """Start the kernel. Unlike nbclient's own way in, this leaves the signals of the process alone."""
        self.km = self.create_kernel_manager()
        await self.async_start_new_kernel(env=environment)
        await self.async_start_new_kernel_client()

    async def end(self, *, at_once: bool) -> None:
        """Stop the kernel."""
        if self.km is not None:
            self.shutdown_kernel = "immediate" if at_once else "graceful"
            await self._async_cleanup_kernel()

    async def ask(self, source: str) -> bool:
        """Execute code that is not part of the notebook, and leaves nothing in it; return whether it succeeded."""
        assert self.kc is not None
        number = self.kc.execute(source, silent=True, store_history=False)
        try:
            reply = await self.async_wait_for_reply(number)
        except DeadKernelError:
            return False
        return reply is not None and reply["content"]["status"] == "ok"

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take a message of the kernel; of what is printed without end, the beginning is kept."""
        if msg["msg_type"] != "stream":
            return super().process_message(msg, cell, cell_index)
        before = self._printed.get(cell_index, 0)
        text = msg["content"]["text"]
        self._printed[cell_index] = before + len(text)
        if before >= MOST:
            return None
        msg["content"]["text"] = text[: MOST - before]
        return self._merged(msg, cell) or super().process_message(msg, cell, cell_index)

    def _merged(self, msg: dict[str, Any], cell: NotebookNode) -> NotebookNode | None:
        """Let what is printed go on where it was printed last, as in JupyterLab."""
        last: NotebookNode | None = cell.outputs[-1] if cell.outputs else None
        hooked = self.output_hook_stack[msg["parent_header"].get("msg_id")]  # by an Output widget
        if (
            last is None
            or hooked
            or self.clear_before_next_output
            or last.get("name") != msg["content"]["name"]
        ):
            return None
        last["text"] += msg["content"]["text"]
        return last

    def cut(self, cell_index: int, cell: NotebookNode) -> None:
        """Say at the end of a cell's outputs how much of what it printed was left out."""
        printed = self._printed.pop(cell_index, 0)
        if printed > MOST:
            text = f"… {printed - MOST:,} more characters were printed; {MOST:,} are kept\n"
            cell.outputs.append(nbformat.v4.new_output("stream", name="stderr", text=text))  # type: ignore[no-untyped-call]

    async def _async_poll_kernel_alive(self) -> None:
        # As in nbclient, but it ends when the kernel was stopped from here.
        while self.kc is not None:
            await asyncio.sleep(1)
            try:
                if self.kc is not None:
                    await self._async_check_alive()
            except DeadKernelError:
                if self.task_poll_for_reply is not None:
                    self.task_poll_for_reply.cancel()
                return
