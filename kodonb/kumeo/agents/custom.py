"""Agents of one's own: a Python function or class, or a module of WebAssembly, under a name."""

from __future__ import annotations

import asyncio
import inspect
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeVar, overload

import pydantic

from kodonb.kumeo.agents import registry
from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.inferring.scripted import function
from kodonb.kumeo.agents.parameters import Parameters
from kodonb.kumeo.agents.protocol import Message, Process, Site
from kodonb.model.errors import KodonbError

F = TypeVar("F", bound=Callable[..., Any])


@overload
def agent(made: F) -> F: ...


@overload
def agent(made: str | None = None, *, thread: bool = False) -> Callable[[F], F]: ...


def agent(made: F | str | None = None, *, thread: bool = False) -> F | Callable[[F], F]:
    """Make a function, or a class, an agent: ``@kodonb.agent`` or ``@kodonb.agent("Name")``.

    A function takes the agent's input, and returns its result::

        @kodonb.agent
        def Weather(inputs, *, city: str = "Santiago"): ...

    Arguments of the declaration are its keyword-only parameters; `message` and `site` among its parameters are given
    the message and the `Site`. A class follows the protocol `Agent`.

    Args:
        made: The function or class; or its name in workflows, by default that in Python.
        thread: Whether a function that is not asynchronous is called in a thread, because it waits for something.

    Returns:
        The function or class as it was.

    Raises:
        AgentError: The name is taken, or the parameters are not those of an agent (KN802).
    """
    if made is None or isinstance(made, str):
        return lambda each: _made(each, made or each.__name__, thread=thread)
    return _made(made, made.__name__, thread=thread)


def _made(made: F, name: str, *, thread: bool) -> F:
    registry.register(name, made if inspect.isclass(made) else of_function(made, name, thread=thread))
    return made


def webassembly(name: str, file: Path | str, **limits: Any) -> None:
    """Make a module of WebAssembly an agent.

    Args:
        name: What it is called in workflows.
        file: The module.
        limits: ``fuel``, ``memory`` and ``patience``, as of the agent `WebAssembly`.
    """
    from kodonb.kumeo.agents.web_assembly import WebAssembly, WebAssemblyParameters  # noqa: PLC0415 - rarely needed

    fields: dict[str, Any] = {each: (Any, value) for each, value in {"module": str(file), **limits}.items()}
    model = pydantic.create_model(f"{name}Parameters", __base__=WebAssemblyParameters, **fields)
    registry.register(name, type(name, (WebAssembly,), {"parameters": model}))


def of_file(name: str, file: Path) -> type[FunctionAgent]:
    """Return the agent of a Python file: its function with the name of the agent, or `process`.

    Raises:
        AgentError: There is no such function (KN804).
    """
    try:
        made = function(file, name)
    except AgentError:
        made = function(file, "process")
    return of_function(made, name)


class _Shape(NamedTuple):
    message: bool
    site: bool
    names: tuple[str, ...]


class FunctionAgent:
    """An agent that is a function.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Parameters]] = Parameters
    function: ClassVar[Callable[..., Any]]
    shape: ClassVar[_Shape]
    thread: ClassVar[bool] = False
    process: Process

    def __init__(self, arguments: Parameters) -> None:
        self.arguments = arguments

    async def open(self, site: Site) -> None:
        """Take the arguments."""
        kind = type(self)
        given = {name: getattr(self.arguments, name) for name in kind.shape.names}
        if kind.shape.site:
            given["site"] = site
        self.process = _process(kind.function, given, message=kind.shape.message, thread=kind.thread)

    async def close(self) -> None:
        """Do nothing: a function holds nothing open."""


def of_function(made: Callable[..., Any], name: str, *, thread: bool = False) -> type[FunctionAgent]:
    """Return the agent that a function is.

    Raises:
        AgentError: Its parameters are not those of an agent (KN802).
    """
    shape, fields = _read(made, name)
    create: Any = pydantic.create_model  # its overloads know no fields that are made at run time
    model = create(f"{name}Parameters", __base__=Parameters, __doc__=inspect.getdoc(made), **fields)
    body = {"parameters": model, "function": staticmethod(made), "shape": shape, "thread": thread}
    return type(name, (FunctionAgent,), {**body, "__doc__": inspect.getdoc(made)})


def _read(made: Callable[..., Any], name: str) -> tuple[_Shape, dict[str, Any]]:
    parameters = list(inspect.signature(made).parameters.values())
    places = [each for each in parameters if each.kind in {each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD}]
    keyed = [each for each in parameters if each.kind is each.KEYWORD_ONLY]
    others = len(parameters) - len(places) - len(keyed)
    if others or not 1 <= len(places) <= 2 or (len(places) == 2 and places[1].name != "message"):
        remedy = f"write def {name}(inputs, *, option: int = 1), or def {name}(inputs, message)"
        raise declared_wrongly(f"agent `{name}` takes its input, the message, and options by name", remedy)
    hints = _hints(made)
    own = [each for each in keyed if each.name not in {"message", "site"}]
    taken = {each.name for each in keyed} - {each.name for each in own}
    shape = _Shape("message" in taken or len(places) == 2, "site" in taken, tuple(each.name for each in own))
    return shape, {each.name: _field(each, hints) for each in own}


def _hints(made: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(made, include_extras=True)
    except (NameError, TypeError):
        return {}


def _field(parameter: inspect.Parameter, hints: dict[str, Any]) -> tuple[Any, Any]:
    default = ... if parameter.default is parameter.empty else parameter.default
    return hints.get(parameter.name, Any), default


def _process(made: Callable[..., Any], given: dict[str, Any], *, message: bool, thread: bool) -> Process:
    if inspect.iscoroutinefunction(made) or thread:

        async def process_later(inputs: Any, about: Message) -> Any:
            more = {**given, "message": about} if message else given
            try:
                return await (asyncio.to_thread(made, inputs, **more) if thread else made(inputs, **more))
            except KodonbError:
                raise
            except Exception as error:
                raise _failed(error) from error

        return process_later

    def process(inputs: Any, about: Message) -> Any:
        try:
            return made(inputs, **given, message=about) if message else made(inputs, **given)
        except KodonbError:
            raise
        except Exception as error:
            raise _failed(error) from error

    return process


def _failed(error: Exception) -> AgentError:
    return AgentError(f"the agent raised {type(error).__name__}: {error!s:.300}", remedy="mend its function")
