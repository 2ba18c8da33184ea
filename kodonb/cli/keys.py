"""`kodonb keys`: who may call services."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.display.format import moment, width
from kodonb.model.errors import UsageError

if TYPE_CHECKING:
    from kodonb.serve.access.keys import Key, Keys


def keys(args: argparse.Namespace, out: Output) -> int:
    """List, make or revoke API keys."""
    found = _keys(args)
    if args.action == "create":
        _create(found, args, out)
    elif args.action == "revoke":
        found.revoke(_name(args))
        out.say(f"revoked {args.name}", {"revoked": args.name})
    else:
        told = found.all()
        out.say(_table(told), [_told(key) for key in told])
    return codes.OK


def _keys(args: argparse.Namespace) -> Keys:
    try:
        from kodonb.serve.access.keys import Keys, key_file  # noqa: PLC0415 - what services need is an extra
    except ModuleNotFoundError as error:
        raise UsageError(
            f"kodonb keys needs {error.name}", code="KN006", remedy="pip install 'kodonb[serve]'"
        ) from error
    return Keys(args.file or key_file())


def _name(args: argparse.Namespace) -> str:
    if not args.name:
        raise UsageError(
            f"whose key is to be {args.action}d?",
            where=f"kodonb keys {args.action}",
            remedy=f"write kodonb keys {args.action} NAME",
        )
    name: str = args.name
    return name


def _create(found: Keys, args: argparse.Namespace, out: Output) -> None:
    name = _name(args)
    if not args.scope:
        raise UsageError(
            "what may the key be used for?",
            where="kodonb keys create",
            remedy="give --scope, with any of run read answer admin",
        )
    made = found.create(name, args.scope, args.expires)
    [kept] = [key for key in found.all() if key.name == name]
    out.note(f"this key is shown once; only a hash of it is kept, in {found.path}")
    out.say(made, {"key": made, **_told(kept)})


def _told(key: Key) -> dict[str, Any]:
    return {
        "name": key.name,
        "scopes": _scopes(key),
        "created": msgspec.to_builtins(key.created),
        "expires": None if key.expires is None else msgspec.to_builtins(key.expires),
        "expired": key.expired,
    }


def _scopes(key: Key) -> list[str]:
    order = ("run", "read", "answer", "admin")
    return sorted(key.scopes, key=order.index)


def _table(found: Sequence[Key]) -> str:
    if not found:
        return "no keys; make one with: kodonb keys create NAME --scope run read"
    rows = [("name", "scopes", "created", "expires"), *map(_cells, found)]
    widths = [max(width(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell + " " * (most - width(cell)) for cell, most in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _cells(key: Key) -> tuple[str, str, str, str]:
    end = "never" if key.expires is None else moment(key.expires)
    return key.name, " ".join(_scopes(key)), moment(key.created), f"{end}, expired" if key.expired else end
