"""What a program declares beside its agents: models, schemas, data and settings, in sections and in files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.diagnostics.near import meant

_LARGEST: Final = 64 * 1024 * 1024
_SECTIONS: Final = ("models", "schemas", "data", "config")
_ENTRY: Final = frozenset({"file", "type", "version", "description"})


class Model(NamedTuple):
    """A model's file.

    Attributes:
        file: Where it is.
        type: ``onnx``, ``pytorch``, ``bayesian``, ``rules_engine``, ``python`` or ``sklearn``; empty if not declared.
        version: Its version as declared.
    """

    file: Path
    type: str = ""
    version: str = ""


def section_of(said: str) -> str:
    """Return which section a text such as ``"models.fraud"`` refers to; empty if it refers to none."""
    head, dot, rest = said.partition(".")
    return head if dot and rest and head in _SECTIONS and "\n" not in said and " " not in rest else ""


def found(site: Site, said: str, *, whole: bool = True) -> Any:
    """Return what a reference such as ``"config.limits.high"`` refers to; files that stand for settings are read.

    Args:
        site: Where the program is.
        said: The reference.
        whole: Whether a file is read too if the reference is to all of it, and not to something in it.

    Raises:
        AgentError: It refers to nothing (KN802), or a file cannot be read (KN804).
    """
    section, *names = said.replace("/", ".").split(".")
    value: Any = site.sections.get(section, {})
    for name in names:
        value = _read_if_file(site, value) if section == "config" else value
        if not isinstance(value, Mapping) or name not in value:
            known = [f"{section}.{key}" for key in value] if isinstance(value, Mapping) else []
            raise declared_wrongly(f"`{said}` is not declared", meant(said, known), where=site.agent)
        value = value[name]
    return _read_if_file(site, value) if section == "config" and whole else value


def _read_if_file(site: Site, value: Any) -> Any:
    if isinstance(value, str) and value.endswith(".json"):
        return read_json(site.folder / value)
    return value


def document(site: Site, said: Any) -> Any:
    """Return a JSON value that stands in a declaration, in a section, or in a file.

    Args:
        site: Where the program is.
        said: The value itself; or a reference, or the name of a file.
    """
    if isinstance(said, str) and section_of(said):
        said = file_of(found(site, said))
    return read_json(site.folder / said) if isinstance(said, str) else said


def model(site: Site, said: str | Mapping[str, Any]) -> Model:
    """Return a model that is given as a reference, a name of ``models``, a file, or ``{file, type, version}``."""
    if isinstance(said, str):
        models = site.sections.get("models", {})
        said = found(site, said) if section_of(said) else models.get(said, said)
    if isinstance(said, str):
        return Model(site.folder / said)
    unknown = set(said) - _ENTRY
    if "file" not in said or unknown:
        what = f"does not have `{min(unknown)}`" if unknown else "needs a file"
        raise declared_wrongly(
            f"a model {what}", "write {file, type, version, description}", where=site.agent
        )
    kind, version = said.get("type", ""), said.get("version", "")
    return Model(site.folder / str(said["file"]), str(kind), str(version))


def data_file(site: Site, said: str) -> Path:
    """Return the file of ``"data.name"``."""
    return site.folder / str(file_of(found(site, said)))


def file_of(value: Any) -> Any:
    """Return the file of an entry of ``models`` or ``data``, and everything else as it is."""
    entry = isinstance(value, Mapping) and "file" in value and set(value) <= _ENTRY
    return value["file"] if entry else value


def read_text(file: Path) -> str:
    """Return a file's text.

    Raises:
        AgentError: It cannot be read, or is not UTF-8 (KN804).
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise _unreadable(file, f"it has more than {_LARGEST >> 20} MiB")
        return file.read_text("utf-8-sig")
    except OSError as error:
        raise _unreadable(file, (error.strerror or str(error)).lower()) from None
    except ValueError:
        raise _unreadable(file, "it is not UTF-8") from None


def read_json(file: Path) -> Any:
    """Return what a JSON file says.

    Raises:
        AgentError: It cannot be read, or is not JSON (KN804).
    """
    text = read_text(file)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _unreadable(file, f"line {error.lineno} is not JSON: {error.msg}") from None
    except (RecursionError, ValueError):
        raise _unreadable(file, "it is nested too deeply, or has a number of too many digits") from None


def existing(file: Path) -> Path:
    """Return a file that exists.

    Raises:
        AgentError: It does not (KN804).
    """
    if not file.is_file():
        raise _unreadable(file, "there is no such file")
    return file


def _unreadable(file: Path, why: str) -> AgentError:
    return AgentError(
        f"{file.name} cannot be read: {why}",
        code="KN804",
        where=str(file),
        remedy="correct its name (it is looked for beside the program), or the file",
    )
