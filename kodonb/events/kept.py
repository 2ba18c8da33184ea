"""Kept values: results in events that come back as the objects they were; of secrets only that there was one."""

from __future__ import annotations

import base64
import io
import pickle
import sys
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import cloudpickle
import msgspec

from kodonb.events.artifacts import Artifacts
from kodonb.events.plain import short
from kodonb.model.errors import RunError

LIMIT: Final = 64 * 1024
"""Bytes of a value that an event holds itself; larger ones become artifacts."""

Kept = dict[str, Any]
SECRET: Final[Kept] = {"secret": True}
"""What is kept of a value that is a secret, or holds one."""

Find = Callable[[str, str], Any]
"""Returns what a module holds under a qualified name; raises `LookupError` to let the import system try."""


class Pickled(NamedTuple):
    """A value as bytes.

    Attributes:
        body: Its pickle.
        secret: Whether there is a secret in it: pydantic's `SecretStr`, `SecretBytes` or `Secret`.
    """

    body: bytes
    secret: bool


def is_secret(kept: Kept) -> bool:
    """Return whether all that was kept of a value is that it is a secret."""
    return kept.get("secret") is True


def keep(value: Any, artifacts: Artifacts) -> Kept:
    """Return a kept value (see the event reference).

    Raises:
        RunError: The value can be neither written as JSON nor pickled (KN312).
    """
    body = _json(value)
    if body is not None:
        if len(body) <= LIMIT:
            return {"json": value}
        return {"artifact": artifacts.put(body), "bytes": len(body), "how": "json", **_about(value)}
    body, secret = pickled(value)
    if secret:
        return SECRET
    if len(body) <= LIMIT:
        return {"pickle": base64.b64encode(body).decode(), **_about(value)}
    return {"artifact": artifacts.put(body), "bytes": len(body), "how": "pickle", **_about(value)}


def pickled(value: Any) -> Pickled:
    """Return a value as bytes, in which it can travel.

    Raises:
        RunError: It cannot be pickled (KN312).
    """
    file = io.BytesIO()
    pickler = _Pickler(file)
    try:
        pickler.dump(value)
    except Exception as error:
        raise RunError(
            f"a value of type {type(value).__name__} cannot be kept: {error}",
            code="KN312",
            remedy="return plain data, a DataFrame, or anything else that can be pickled",
        ) from error
    return Pickled(file.getvalue(), pickler.secret)


def recall(kept: Kept, artifacts: Artifacts, find: Find | None = None) -> Any:
    """Return the value that was kept.

    Args:
        kept: What `keep` returned.
        artifacts: Where artifacts are kept.
        find: Finds classes of captured modules; the import system by default.

    Raises:
        RunError: It cannot be read here, or was a secret (KN312).
        StoreError: Its artifact is missing (KN505).
    """
    if is_secret(kept):
        raise RunError(
            "a secret is not kept, only that there was one",
            code="KN312",
            remedy="let flows and steps return what the secret was needed for, not the secret",
        )
    if "json" in kept:
        return kept["json"]
    body = artifacts.get(kept["artifact"]) if "artifact" in kept else base64.b64decode(kept["pickle"])
    if kept.get("how") == "json":
        return msgspec.json.decode(body)
    return unpickled(body, find, kept.get("type", "value"))


def unpickled(body: bytes, find: Find | None = None, what: str = "value") -> Any:
    """Return the value that was pickled.

    Args:
        body: Its pickle.
        find: Finds classes of captured modules; the import system by default.
        what: What it is called when it cannot be read.

    Raises:
        RunError: It cannot be read here (KN312).
    """
    try:
        return _Unpickler(io.BytesIO(body), find).load()
    except (ImportError, AttributeError, pickle.UnpicklingError) as error:
        raise RunError(
            f"a kept {what} cannot be read here: {error}",
            code="KN312",
            remedy="install the packages it needs; the run's meta event lists them",
        ) from error


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
    """Notices secrets on the way: wherever they are in a value, pickling it comes by."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.secret = False
        # Where pydantic's types were never loaded, there is no secret.
        types = sys.modules.get("pydantic.types")
        self._kinds = (types.SecretStr, types.SecretBytes, types.Secret) if types else ()

    def reducer_override(self, obj: Any) -> Any:
        """Return how an object is pickled."""
        if issubclass(type(obj), self._kinds):
            self.secret = True
        return super().reducer_override(obj)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, find: Find | None) -> None:
        super().__init__(file)
        self._find = find

    def find_class(self, module: str, name: str) -> Any:
        if self._find is not None:
            try:
                return self._find(module, name)
            except LookupError:
                pass
        return super().find_class(module, name)


def _about(value: Any) -> dict[str, str]:
    kind = type(value)
    return {"type": f"{kind.__module__}.{kind.__qualname__}", "repr": short(value, 500)}


def _json(value: Any) -> bytes | None:
    try:
        return msgspec.json.encode(value) if _is_json(value) else None
    except UnicodeEncodeError:  # text with lone surrogates, which JSON has no form for
        return None


def _is_json(value: Any, depth: int = 0) -> bool:
    # Exact types only: what is not plain must come back as what it was, not as its JSON likeness.
    if value is None or type(value) in (bool, int, str):
        return type(value) is not int or -(2**63) <= value < 2**64
    if type(value) is float:
        return value - value == 0  # neither infinite nor NaN
    if depth > 50:
        return False
    if type(value) is list:
        return all(_is_json(item, depth + 1) for item in value)
    if type(value) is dict:
        return all(type(key) is str and _is_json(item, depth + 1) for key, item in value.items())
    return False
