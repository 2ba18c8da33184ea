"""Files that say who a workflow is on a NATS server: a key, or a token with its key, as `nsc` writes them.

The client reads them, whenever it connects, and takes for granted that they are whole: of others it raises what nobody
understands, or looks for the token for ever. So they are looked at before.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import nkeys

from kodonb.kumeo.ports.errors import PortError

_TOKEN: Final = b"BEGIN NATS USER JWT"
_SEED: Final = b"BEGIN USER NKEY SEED"


def key_file(said: Any, folder: Path) -> str:
    """Return the path of a file that holds a seed.

    Args:
        said: What the program says of it.
        folder: Where relative paths start.

    Raises:
        PortError: It cannot be read, or holds no seed (KN821).
    """
    path, content = _read("nkey", said, folder)
    if not _is_seed(content.strip()):
        remedy = "write the seed into it, alone: it begins with SU"
        raise _refused("nkey", "is empty" if not content.strip() else "holds no valid seed", path, remedy)
    return str(path)


def credentials_file(said: Any, folder: Path) -> str:
    """Return the path of a file that holds a token and a seed.

    Args:
        said: What the program says of it.
        folder: Where relative paths start.

    Raises:
        PortError: It cannot be read, or one of both is missing or damaged (KN821).
    """
    path, content = _read("credentials", said, folder)
    token, seed = _below(_TOKEN, content), _below(_SEED, content)
    missing = [name for name, there in (("token", _is_token(token)), ("seed", _is_seed(seed))) if not there]
    if missing:
        why = f"holds no valid {' and no valid '.join(missing)}" if content.strip() else "is empty"
        raise _refused("credentials", why, path, "write it anew, e.g. with `nsc generate creds`")
    return str(path)


def _read(name: str, said: Any, folder: Path) -> tuple[Path, bytes]:
    if not isinstance(said, str):
        remedy = f'write the path of a file: {name}: "user.{"nk" if name == "nkey" else "creds"}"'
        raise PortError(f"`{name}` is no path: {said!r:.60}", code="KN821", where="nats", remedy=remedy)
    path = folder / said
    try:
        return path, path.read_bytes()
    except (OSError, ValueError) as error:
        raise _refused(name, f"cannot be read: {error}", path, "correct the path") from None


def _refused(name: str, why: str, path: Path, remedy: str) -> PortError:
    return PortError(f"the file of `{name}` {why}", code="KN821", where=str(path), remedy=remedy)


def _below(heading: bytes, content: bytes) -> bytes:
    """Return the line below a heading, as the client cuts it out: without its last character, whatever that is."""
    _, _, below = content.partition(heading)
    line, end, _ = below.partition(b"\n")[2].partition(b"\n")
    return line if end else line[:-1]


def _is_token(line: bytes) -> bool:
    return line.count(b".") == 2 and all(line.split(b"."))


def _is_seed(said: bytes) -> bool:
    """Return whether a seed is whole: its checksum, at which the client does not look, is that of its bytes."""
    try:
        prefix, raw = nkeys.decode_seed(bytearray(said))
        return bool(nkeys.encode_seed(bytes(raw), prefix) == said.rstrip(b"="))
    except (nkeys.NkeysError, ValueError):
        return False
