"""Brings the magics into a notebook, and takes them out again."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from IPython.core.magic import no_var_expand

from kodonb.capture.sources import label_of, remember_cell
from kodonb.magics import manual
from kodonb.magics.complete import Completion
from kodonb.magics.grammar import DEFINE
from kodonb.magics.kumeo.magic import KumeoMagics
from kodonb.magics.parse import parse, words
from kodonb.magics.rewrite import AWAITED, rewrite
from kodonb.model.errors import KodonbError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

_NOT_OF_FLOW: Final = ("name", "run", "show_code")
_SHOWN: Final = (("kodonb.session.run", "Run"), ("kodonb.magics.output", "ShownRun"))
_LONE: Final = re.compile(r"\s*%%(flow|kumeo)(\s|$)")


class Extension:
    """The magics of one notebook.

    Args:
        shell: The notebook.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._raw = ""
        self._match = Completion(shell).matcher()
        self._kumeo = KumeoMagics(shell, self._placed, lambda: self._raw)

    def load(self) -> None:
        """Register magics, completion, and who remembers cells."""
        self._register("line", self._line, manual.overview())
        self._register("cell", self._cell, manual.definition())
        self._kumeo.load()
        self._shell.events.register("pre_run_cell", self._remember)
        self._shell.input_transformers_cleanup.append(_with_body)
        self._shell.input_transformers_post.append(rewrite)
        self._shell.Completer.custom_matchers.append(self._match)
        formatter = self._shell.display_formatter.ipython_display_formatter  # type: ignore[union-attr]
        for module, name in _SHOWN:
            formatter.for_type_by_name(module, name, self._show)

    def _register(self, kind: str, method: Callable[..., Any], doc: str) -> None:
        def flow(*args: Any) -> Any:
            return method(*args)

        def flow_awaited(*args: Any) -> Any:
            made = method(*args, awaited=True)
            return made if inspect.iscoroutine(made) else _ready(made)

        for name, function in (("flow", flow), (AWAITED, flow_awaited)):
            function.__doc__ = doc
            # Braces and dollars mean objects here, not text that IPython puts into the line.
            self._shell.register_magic_function(no_var_expand(function), kind, name)  # type: ignore[arg-type]

    def _show(self, run: Any) -> None:
        from kodonb.magics.views import RunFormatter  # noqa: PLC0415 - loading the extension stays cheap

        RunFormatter(self._shell)(run)

    def unload(self) -> None:
        """Take everything back."""
        for kind in ("line", "cell"):
            for name in ("flow", AWAITED):
                self._shell.magics_manager.magics[kind].pop(name, None)
        self._kumeo.unload()
        self._shell.events.unregister("pre_run_cell", self._remember)
        self._shell.input_transformers_cleanup.remove(_with_body)
        self._shell.input_transformers_post.remove(rewrite)
        self._shell.Completer.custom_matchers.remove(self._match)
        formatter = self._shell.display_formatter.ipython_display_formatter  # type: ignore[union-attr]
        for module, name in _SHOWN:
            formatter.pop(f"{module}.{name}", None)

    def _remember(self, info: ExecutionInfo) -> None:
        self._raw = info.raw_cell or ""
        if info.cell_id and info.store_history:
            remember_cell(self._shell.displayhook.prompt_count, info.cell_id)

    def _line(self, line: str, *, awaited: bool = False) -> Any:
        with self._placed("%flow"):
            name, *rest = words(line) or ["help"]
            if name in {"-h", "--help"}:
                name = "help"
            command = manual.command(name)
        with self._placed(command.prog):
            asked = parse(command, rest)
            if asked.help:
                return _explain(command.name, asked.values.get("name"))
            from kodonb.magics.commands import PERFORM, START  # noqa: PLC0415 - loading the extension stays cheap

            if name in START:
                return self._launch(START[name](self._shell, asked), asked.values, awaited=awaited)
            return PERFORM[name](self._shell, asked)

    def _cell(self, line: str, cell: str, *, awaited: bool = False) -> Any:
        with self._placed("%%flow"):
            asked = parse(DEFINE, words(line))
            if asked.help:
                return _print(manual.definition())
            flow = self._define(line, cell, asked.values)
            return self._launch(flow.submit, {}, awaited=awaited) if "run" in asked.values else None

    def _define(self, line: str, cell: str, given: dict[str, Any]) -> Any:
        from kodonb.magics.card import captured, show_card  # noqa: PLC0415 - loading the extension stays cheap
        from kodonb.magics.cell import body_of, define  # noqa: PLC0415
        from kodonb.magics.output import show_code  # noqa: PLC0415

        options = {_parameter(key): value for key, value in given.items() if key not in _NOT_OF_FLOW}
        flow = define(self._shell, given["name"], options, body_of(line, cell, self._raw))
        module = captured(flow)
        show_card(self._shell, flow, module)
        if "show_code" in given:
            if isinstance(module, KodonbError):
                raise module
            show_code(module.source)
        return flow

    def _launch(self, start: Callable[[], Any], options: Mapping[str, Any], *, awaited: bool) -> Any:
        from kodonb.magics.launch import launch  # noqa: PLC0415 - loading the extension stays cheap

        return launch(self._shell, start, options, awaited=awaited)

    @contextmanager
    def _placed(self, what: str) -> Iterator[None]:
        """Say in every error where it was typed, in words of the notebook."""
        try:
            yield
        except KodonbError as error:
            here = f"{what}, Cell In[{self._shell.displayhook.prompt_count}]"
            if error.where in {None, what} or error.code == "KN010":
                error.where = here
            else:
                error.where = _readable(error.where)
            raise


async def _ready(value: Any) -> Any:
    return value


def _with_body(lines: list[str]) -> list[str]:
    """Give a lone ``%%flow`` or ``%%kumeo`` line a body: IPython's complaint would leave no error in the notebook."""
    return [*lines, "\n"] if len(lines) == 1 and _LONE.match(lines[0]) else lines


def _parameter(name: str) -> str:
    return "tags" if name == "tag" else name


def _readable(where: str) -> str:
    """Replace the file name that a cell was compiled under by the cell's number."""
    file, comma, rest = where.rpartition(", line ")
    return f"{label_of(file)}{comma}{rest}" if file else where


def _explain(command: str, flow: str | None) -> None:
    from kodonb.flows import register  # noqa: PLC0415 - loading the extension stays cheap

    if command == "run" and flow is not None:
        _print(manual.of_flow(register.find(flow)))
    else:
        _print(manual.of_command(manual.command(command)))


def _print(text: str) -> None:
    from kodonb.magics.output import say  # noqa: PLC0415 - loading the extension stays cheap

    say(text)


_loaded: WeakKeyDictionary[InteractiveShell, Extension] = WeakKeyDictionary()


def load_ipython_extension(ip: InteractiveShell) -> None:
    """Do what ``%load_ext kodonb`` asks for."""
    unload_ipython_extension(ip)
    _loaded[ip] = Extension(ip)
    _loaded[ip].load()


def unload_ipython_extension(ip: InteractiveShell) -> None:
    """Do what ``%unload_ext kodonb`` asks for."""
    if ip in _loaded:
        _loaded.pop(ip).unload()
