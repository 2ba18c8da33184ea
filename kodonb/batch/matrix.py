"""Many jobs: notebooks, a grid of parameters, and what is left of an earlier try."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from kodonb.batch import files
from kodonb.batch.job import Job
from kodonb.batch.plan import plan
from kodonb.model.errors import KodonbError, UsageError

_UNFIT: Final = re.compile(r"[^\w.=+-]+")


def read_values(path: Path) -> dict[str, Any]:
    """Return the mapping that a YAML or JSON file holds.

    Raises:
        UsageError: There is no such file (KN006), or it holds no mapping (KN005).
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", code="KN006", remedy="check the path"
        ) from None
    try:
        return msgspec.yaml.decode(text, type=dict[str, Any]) if text.strip() else {}
    except (msgspec.DecodeError, UnicodeError) as error:
        said = str(error).partition("\n")[0]
        raise UsageError(
            f"{path.name} holds no names with values: {said}",
            code="KN005",
            where=str(path),
            remedy="write YAML or JSON such as  name: value",
        ) from None


def read_answers(path: Path) -> dict[str, Any]:
    """Return the answers that a file holds: an object each, or a list of them.

    Raises:
        UsageError: There is no such file (KN006), or it holds something else (KN005).
    """
    found = read_values(path)
    for name, told in found.items():
        if not all(isinstance(each, dict) for each in (told if isinstance(told, list) else [told])):
            raise UsageError(
                f"the answer to {name!r} in {path.name} is no object",
                code="KN005",
                where=str(path),
                remedy=f'write its fields: {{"{name}": {{"field": value}}}}, or a list of such objects',
            )
    return found


def grid(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the combinations that a matrix stands for.

    A list stands for each of its items; anything else for itself. `include` lists further combinations, and
    `exclude` those that are left out, by some of their values.

    Raises:
        UsageError: `include` or `exclude` is no list of mappings (KN005).
    """
    axes = {name: each if isinstance(each, list) else [each] for name, each in values.items()
            if name not in {"include", "exclude"}}  # fmt: skip
    include, exclude = _listed(values, "include"), _listed(values, "exclude")
    made = [dict(zip(axes, each, strict=True)) for each in itertools.product(*axes.values())] if axes else []
    kept = [each for each in made if not any(out.items() <= each.items() for out in exclude)]
    return kept + include


def _listed(values: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    told = values.get(name, [])
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise UsageError(
            f"`{name}` is no list of combinations", code="KN005", remedy=f"{name}: [{{name: value}}]"
        )
    return told


def jobs(
    paths: Sequence[Path], combinations: Sequence[Mapping[str, Any]], folder: Path, shared: Mapping[str, Any]
) -> list[Job]:
    """Return a job for each notebook and combination, each with an output of its own in a folder.

    Args:
        paths: The notebooks.
        combinations: Values of parameters; one empty one for none.
        folder: Where the executed notebooks go.
        shared: What else the jobs have in common, as attributes of `Job`.
    """
    names: set[str] = set()
    made = []
    for path, values in itertools.product(paths, combinations):
        name = _free(path.stem + "".join(f"+{key}={value}" for key, value in values.items()), names)
        output = folder / f"{name}.ipynb"
        made.append(
            Job(path=path, output=output, **{**shared, "values": {**shared.get("values", {}), **values}})
        )
    return made


def _free(name: str, taken: set[str]) -> str:
    """Return a file name that no other job has."""
    fit = _UNFIT.sub("-", name)[:120]
    free = next(each for each in _numbered(fit) if each not in taken)
    taken.add(free)
    return free


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in itertools.count(2))


def is_finished(job: Job) -> bool:
    """Whether an earlier try of a job, with these cells and values, has ended well: its output says so."""
    if job.output is None or not job.output.is_file():
        return False
    try:
        before, now = files.read(job.output), plan(job.path, job.texts, job.values)
    except KodonbError:
        return False  # it is executed, and tells what is wrong
    told = before.metadata.get("kodonb", {})
    same = [cell.source for cell in before.cells] == [cell.source for cell in now.notebook.cells]
    return bool(told.get("status") == "ok") and same
