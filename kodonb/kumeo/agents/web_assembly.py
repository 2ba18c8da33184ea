"""WebAssembly: a module that takes JSON and returns JSON, shut in: no files, no network, bounded work and memory.

A module imports nothing and exports ``memory``, ``alloc(i32) -> i32`` and ``process(i32, i32) -> i64``. It is given
``{"input": …, "message": {…}, "arguments": {…}}`` as UTF-8 in memory that its `alloc` returned, and returns the place
and the length of its result, also JSON, as ``place << 32 | length``. ``{"$error": "…"}`` as a result is an error. Every
message meets a new instance, so nothing goes from one to the next.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec
import pydantic

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.parameters import Parameters
from kodonb.kumeo.agents.protocol import Message, Site
from kodonb.kumeo.agents.scope import about
from kodonb.kumeo.agents.sections import existing, model
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds, size

_LARGEST: Final = 64 * 1024 * 1024  # bytes of a module
_LONGEST: Final = 16 * 1024 * 1024  # bytes of a result
_TICKS: Final = 10  # of the patience with a module
_EXPORTS: Final = ("memory", "alloc", "process")


class WebAssemblyParameters(Parameters):
    """Arguments of a WebAssembly agent; further ones are given to the module.

    Attributes:
        module: The module: a file, ``.wasm`` or ``.wat``, or a name under ``models``.
        fuel: How many instructions it may execute for a message.
        memory: How much memory it may have.
        patience: How long it may take for a message.
    """

    model_config = pydantic.ConfigDict(extra="allow")
    positional: ClassVar[tuple[str, ...]] = ("module",)

    module: str
    fuel: int = pydantic.Field(200_000_000, ge=1_000, le=1 << 40)
    memory: int | str = "64MiB"
    patience: float | str = "5s"


class WebAssembly:
    """Returns what a module returns.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Parameters]] = WebAssemblyParameters

    def __init__(self, arguments: WebAssemblyParameters) -> None:
        self.arguments = arguments
        self._busy = 0
        self._timer: asyncio.TimerHandle | None = None

    async def open(self, site: Site) -> None:
        """Compile the module.

        Raises:
            AgentError: It cannot be read (KN804), or imports something, or lacks an export (KN809).
        """
        said = self.arguments
        self._where = f"agent {site.agent}"
        try:
            limits = size(said.memory), seconds(said.patience)
        except UsageError as error:
            raise AgentError(error.message, code="KN802", where=self._where, remedy=error.remedy) from None
        self._given = said.model_extra or {}
        self._box = await asyncio.to_thread(_Box, model(site, said.module).file, said.fuel, *limits)

    async def process(self, inputs: Any, message: Message) -> Any:
        """Return what the module returns.

        Raises:
            AgentError: It was stopped (KN809), or said that it failed (KN801).
        """
        told = {"input": inputs, "message": about(message), "arguments": self._given}
        self._busy += 1
        if self._busy == 1:
            self._tick()
        running = asyncio.ensure_future(asyncio.to_thread(self._box.run, msgspec.json.encode(told)))
        running.add_done_callback(self._ended)
        # A thread goes on when nobody waits for it any more, and so does the clock that ends it.
        return self._read(await asyncio.shield(running))

    def _ended(self, running: asyncio.Future[bytes]) -> None:
        self._busy -= 1
        if not running.cancelled():
            running.exception()  # which is nobody's affair if nobody waits

    def _tick(self) -> None:
        """Let time pass in the modules, as long as one is at work."""
        self._box.tick()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if self._busy:
            self._timer = asyncio.get_running_loop().call_later(self._box.patience / _TICKS, self._tick)

    def _read(self, said: bytes) -> Any:
        try:
            value = msgspec.json.decode(said)
        except (ValueError, RecursionError):
            message = "the module's result is no JSON"
            raise AgentError(message, code="KN809", where=self._where, remedy="mend the module") from None
        if isinstance(value, dict) and set(value) == {"$error"}:
            raise AgentError(
                f"the module failed: {value['$error']!s:.300}", where=self._where, remedy="see the module"
            )
        return value

    async def close(self) -> None:
        """Stop the clock, unless a module is still at work: then it goes on until it has ended that."""
        if self._timer is not None and not self._busy:
            self._timer.cancel()


class _Box:
    """A module, and what it may do."""

    def __init__(self, file: Path, fuel: int, memory: int, patience: float) -> None:
        wasm = package("wasmtime")
        self.patience = patience
        self._wasm = wasm
        self._fuel = fuel
        self._memory = memory
        config = wasm.Config()
        config.consume_fuel = True
        config.epoch_interruption = True  # copying much memory costs little fuel, and much time
        self._engine = wasm.Engine(config)
        self._errors = (wasm.WasmtimeError, wasm.Trap)
        self._module = self._compiled(file)

    def _compiled(self, file: Path) -> Any:
        if existing(file).stat().st_size > _LARGEST:
            raise _malformed(file, "it is too large")
        try:
            module = self._wasm.Module.from_file(self._engine, str(file))
        except self._errors as error:
            raise _malformed(file, str(error).strip().splitlines()[0]) from None
        imports = [f"{each.module}.{each.name}" for each in module.imports]
        if imports:
            raise _malformed(file, f"it imports {', '.join(imports[:3])}, and a module is given nothing")
        lacking = set(_EXPORTS) - {each.name for each in module.exports}
        if lacking:
            raise _malformed(file, f"it does not export {', '.join(sorted(lacking))}")
        return module

    def tick(self) -> None:
        """Let a tenth of the patience pass."""
        self._engine.increment_epoch()

    def run(self, told: bytes) -> bytes:
        """Return what the module says.

        Raises:
            AgentError: It was stopped, or does not keep to its interface (KN809).
        """
        store = self._wasm.Store(self._engine)
        store.set_fuel(self._fuel)
        store.set_epoch_deadline(_TICKS + 1)
        store.set_limits(memory_size=self._memory, table_elements=100_000, instances=1, tables=10, memories=1)
        try:
            return self._said(store, told)
        except self._errors as error:
            raise self._stopped(store, error) from None
        except (AttributeError, TypeError, ValueError, IndexError) as error:
            message = f"the module does not keep to its interface: {error!s:.200}"
            raise AgentError(
                message, code="KN809", remedy="export alloc(i32) -> i32, process(i32, i32) -> i64"
            ) from None

    def _said(self, store: Any, told: bytes) -> bytes:
        exports = self._wasm.Instance(store, self._module, []).exports(store)
        memory = exports["memory"]
        place = exports["alloc"](store, len(told)) & 0xFFFFFFFF
        if place + len(told) > memory.data_len(store):
            raise ValueError("alloc returned a place that is not in memory")
        memory.write(store, told, place)
        packed = exports["process"](store, place, len(told)) & 0xFFFFFFFFFFFFFFFF
        start, length = packed >> 32, packed & 0xFFFFFFFF
        if length > _LONGEST or start + length > memory.data_len(store):
            raise ValueError("the result is not in memory, or too long")
        return bytes(memory.read(store, start, start + length))

    def _stopped(self, store: Any, error: Exception) -> AgentError:
        said = str(error)
        if store.get_fuel() == 0 or "fuel" in said:
            why, remedy = f"it used up its {self._fuel:,} instructions", "raise fuel, or mend the module"
        elif "interrupt" in said or "epoch" in said:
            why, remedy = f"it took longer than {self.patience:g} s", "raise patience, or mend the module"
        else:
            why, remedy = _cause(said), "raise memory, or mend the module"
        return AgentError(f"the module was stopped: {why}", code="KN809", remedy=remedy)


def _cause(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next(
        (line for line in reversed(lines) if "wasm trap" in line), lines[0] if lines else "it failed"
    )[:200]


def _malformed(file: Path, why: str) -> AgentError:
    message = f"{file.name} cannot be used as an agent: {why[:300]}"
    return AgentError(
        message, code="KN809", where=str(file), remedy="build it without WASI, with the three exports"
    )
