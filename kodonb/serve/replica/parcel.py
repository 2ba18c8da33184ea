"""Code on its way to a replica: the files of a folder as one piece of data."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return files as one piece; the same files are the same piece.

    Args:
        files: Path below the folder, with ``/`` between its parts -> content.
    """
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as pack:
        for name in sorted(files):
            pack.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)
    return body.getvalue()


def unpacked(body: bytes, folder: Path) -> Path:
    """Return a folder that holds what was packed; one that is there already is taken as it is.

    Several processes may do so at once.

    Args:
        body: What `packed` returned.
        folder: Where it goes; its name is that of the content.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    with zipfile.ZipFile(io.BytesIO(body)) as pack:
        pack.extractall(made)
    try:
        os.rename(made, folder)  # noqa: PTH104 - `Path.rename` would not say why it failed
    except OSError:
        if not folder.is_dir():
            raise
        shutil.rmtree(made)  # another process was first
    return folder
