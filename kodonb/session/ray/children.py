"""The user's own Ray tasks and actors, made part of the run that starts them.

``ray.remote`` functions and classes called from a flow or step get, as an additional first argument, the run they
belong to; what they emit is then part of its event stream, and the run ends after them.
"""

from __future__ import annotations

import functools
import inspect
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import ray
from ray.actor import ActorClass
from ray.remote_function import RemoteFunction

from kodonb.flows.context import bound, current
from kodonb.flows.streams import captured
from kodonb.session.context import RunContext

OURS = "__kodonb_own__"
"""Attribute of remote functions that carry their run themselves."""

_CARRIER = "_kodonb_carrier"


def patch() -> None:
    """Let calls of remote functions and classes in this process carry their run."""
    if not hasattr(RemoteFunction._remote, OURS):  # noqa: SLF001 - Ray has no public hook for this
        for kind, wrapped in ((RemoteFunction, _carried_function), (ActorClass, _carried_class)):
            setattr(kind, "_remote", _carrying(kind._remote, wrapped))  # noqa: B010, SLF001 - it replaces a method


def _carrying(original: Callable[..., Any], wrapped: Callable[[Any], Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def remote(self: Any, args: Any = None, kwargs: Any = None, **options: Any) -> Any:
        context = current()
        if not isinstance(context, RunContext) or _is_ours(self):
            return original(self, args, kwargs, **options)
        made = original(_carrier(self, wrapped), (context.run, *(args or ())), kwargs, **options)
        _wait_for(made, context)
        return made

    setattr(remote, OURS, True)
    return remote


def _is_ours(remote: Any) -> bool:
    function = getattr(remote, "_function", None)
    return hasattr(remote, OURS) or getattr(function, "__module__", "").startswith("kodonb.")


def _wait_for(made: Any, context: RunContext) -> None:
    refs = [ref for ref in (made if isinstance(made, list) else [made]) if isinstance(ref, ray.ObjectRef)]
    if refs:
        context.before_end.append(lambda: ray.wait(refs, num_returns=len(refs), fetch_local=False))


def _carrier(remote: Any, wrapped: Callable[[Any], Any]) -> Any:
    found: Any = getattr(remote, _CARRIER, None)
    if found is None:
        found = ray.remote(wrapped(remote))
        found._default_options = remote._default_options  # noqa: SLF001 - Ray keeps them nowhere else
        setattr(found, OURS, True)
        setattr(remote, _CARRIER, found)
    return found


def _carried_function(remote: Any) -> Any:
    function = remote._function  # noqa: SLF001 - Ray keeps it nowhere else
    name = function.__name__

    if inspect.isgeneratorfunction(function):

        @_named(function)
        def carried_generator(run: str, *args: Any, **kwargs: Any) -> Iterator[Any]:
            with child(run, name):
                yield from function(*args, **kwargs)

        return carried_generator

    @_named(function)
    def carried(run: str, *args: Any, **kwargs: Any) -> Any:
        with child(run, name):
            return function(*args, **kwargs)

    return carried


def _named(function: Callable[..., Any]) -> Callable[[Any], Any]:
    def name(carried: Any) -> Any:
        # Not `functools.wraps`: Ray would take the signature of what is wrapped, which lacks the run.
        for attribute in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(carried, attribute, getattr(function, attribute))
        return carried

    return name


def _carried_class(remote: Any) -> Any:
    cls = remote.__ray_metadata__.modified_class

    def __init__(self: Any, run: str, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it becomes the method
        # An actor belongs to the run that made it until it dies, so its context is never unbound.
        self.__kodonb_child = child(run, cls.__name__)
        self.__kodonb_child.__enter__()
        cls.__init__(self, *args, **kwargs)

    return type(cls.__name__, (cls,), {"__init__": __init__, "__module__": cls.__module__})


@contextmanager
def child(run: str, name: str) -> Iterator[None]:
    """Make the block part of a run, as a source of its own."""
    from kodonb.session.ray.place import place  # noqa: PLC0415 - most workers never carry a child

    here = place()
    context = here.begin(run, f"{name}@{secrets.token_hex(4)}")
    try:
        with bound(context, everywhere=True), captured(context.emit, everywhere=True):
            yield
    finally:
        for wait in context.before_end:
            wait()
        here.end(context)
