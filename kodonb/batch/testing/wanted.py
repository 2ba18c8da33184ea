"""Which notebooks are asked for."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest


class _Wanted(NamedTuple):
    """The files that are named, whether every notebook that pytest comes across is meant, and whether any is."""

    files: frozenset[Path]
    everywhere: bool
    any: bool


_KEY: Final = pytest.StashKey[_Wanted]()


def find(config: pytest.Config) -> None:
    """Find the notebooks that options and settings name, and have pytest collect them.

    Raises:
        pytest.UsageError: The option names what is not there.
    """
    told, kept = config.getoption("notebooks"), config.getini("notebooks")
    if told:
        files = _existing(told, config.invocation_params.dir)
        _collect(config, files, alone=True)
    else:
        files = frozenset(_expanded(kept, (config.inipath or config.rootpath / "x").parent))
        if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
            _collect(config, files, alone=False)
    config.stash[_KEY] = _Wanted(
        files, everywhere=told == [] and not kept, any=told is not None or bool(files)
    )


def any_wanted(config: pytest.Config) -> bool:
    """Whether notebooks are asked for."""
    return config.stash[_KEY].any


def wants(session: pytest.Session, path: Path) -> bool:
    """Whether a notebook is to be collected."""
    found = session.config.stash[_KEY]
    return found.any and (found.everywhere or path.resolve() in found.files or session.isinitpath(path))


def _collect(config: pytest.Config, files: frozenset[Path], *, alone: bool) -> None:
    """Add files to what pytest collects, or collect them alone if nothing else was named."""
    if alone and config.args_source is not pytest.Config.ArgsSource.ARGS:
        config.args = []
    known = {(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args}
    config.args += [str(file) for file in sorted(files - known)]


def _existing(named: Iterable[str], base: Path) -> frozenset[Path]:
    found: set[Path] = set()
    for name in named:
        files = set(_expanded([name], base))
        if not files:
            raise pytest.UsageError(f"--notebooks: there is no notebook at {name}")
        found |= files
    return frozenset(found)


def _expanded(named: Iterable[str], base: Path) -> Iterator[Path]:
    for name in named:
        for found in glob.glob(str(base / name), recursive=True):  # noqa: PTH207 - Path.glob takes no absolute one
            path = Path(found).resolve()
            yield from _within(path) if path.is_dir() else [path]


def _within(folder: Path) -> Iterator[Path]:
    """Yield the notebooks in a folder, but those that JupyterLab keeps as checkpoints, or other hidden ones."""
    for file in folder.rglob("*.ipynb"):
        if not any(part.startswith(".") for part in file.relative_to(folder).parts):
            yield file
