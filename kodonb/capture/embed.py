"""Objects that are neither code nor plain data travel as a pickle inside the module.

A pickle refers by name to the definitions of the notebook, so that an object of a class comes back as an
object of the captured class and not of a copy.
"""

from __future__ import annotations

import base64
import enum
import io
import pickle
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

import cloudpickle

from kodonb.capture.secret import secret_types

if TYPE_CHECKING:
    from collections.abc import Callable

_BOUND_HERE = ("asyncio", "socket", "ssl", "subprocess", "multiprocessing", "sqlite3", "select", "selectors")


class Frozen(NamedTuple):
    """An object as text.

    Attributes:
        text: Base64 of the pickle.
        names: Names of the module that it refers to.
        modules: Modules whose classes and functions it refers to.
    """

    text: str
    names: frozenset[str]
    modules: frozenset[str]


class TiedError(Exception):
    """An object belongs to this process."""


class SecretError(Exception):
    """An object is a secret, or holds one."""


def freeze(value: object, name_of: Callable[[object], str | None]) -> Frozen:
    """Pickle an object.

    Args:
        value: The object.
        name_of: Returns the name of a definition that the module holds, else `None`.

    Raises:
        SecretError: The object, or something in it, is a secret.
        TiedError: The object, or something in it, cannot leave this process.
    """
    buffer = io.BytesIO()
    pickler = _Pickler(buffer, value, name_of)
    try:
        pickler.dump(value)
    except SecretError:
        raise
    except Exception as error:
        raise TiedError(str(error)) from error
    text = base64.b64encode(buffer.getvalue()).decode()
    return Frozen(text, frozenset(pickler.names), frozenset(pickler.modules))


def thaw(text: str, names: dict[str, Any]) -> Any:
    """Return the object that `freeze` wrote.

    Args:
        text: Base64 of the pickle.
        names: The namespace of the module that holds it.
    """
    return _Unpickler(io.BytesIO(base64.b64decode(text)), names).load()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    def __init__(self, file: io.BytesIO, root: object, name_of: Callable[[object], str | None]) -> None:
        super().__init__(file, protocol=5)
        self.names: set[str] = set()
        self.modules: set[str] = set()
        self._root = root
        self._name_of = name_of
        self._secrets = secret_types()

    def persistent_id(self, obj: object) -> str | None:
        """Return the name of a definition of the notebook; refuse what must not be kept, or cannot travel."""
        if issubclass(type(obj), self._secrets):
            raise SecretError
        if _is_tied(obj):
            message = f"{type(obj).__qualname__} belongs to this process"
            raise TypeError(message)
        name = self._name_of(obj) if obj is not self._root else None
        if name is None:
            self._note(obj)
        else:
            self.names.add(name)
        return name

    def _note(self, obj: object) -> None:
        module = getattr(obj, "__module__", None) if isinstance(obj, type) else type(obj).__module__
        if isinstance(module, str):
            self.modules.add(module)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, names: dict[str, Any]) -> None:
        super().__init__(file)
        self._names = names

    def persistent_load(self, pid: str) -> Any:
        """Return the definition of that name."""
        return self._names[pid]


def _is_tied(value: object) -> bool:
    """Whether an object makes sense in this process only, even where pickle would let it pass."""
    if isinstance(value, ModuleType):
        return sys.modules.get(value.__name__) is not value
    if isinstance(value, io.IOBase):
        return not isinstance(value, io.StringIO | io.BytesIO)
    return not isinstance(value, type | enum.Enum) and type(value).__module__.partition(".")[0] in _BOUND_HERE
