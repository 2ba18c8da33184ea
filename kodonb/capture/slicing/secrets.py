"""Recognises secrets that are written out in code, by the look of their text and of their names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kodonb.capture.slicing.roles import with_defaults
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.spelled import spelled

_SHAPES: Final = (
    ("an AWS access key", re.compile(r"\bA[KS]IA[A-Z0-9]{16}\b")),
    ("a GitHub token", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\b")),
    ("a GitLab token", re.compile(r"\bglpat-[\w-]{20,}")),
    ("an API key", re.compile(r"\bsk-(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abeoprs]-(?=[\w-]*\d)[A-Za-z0-9-]{10,}")),
    ("a Google API key", re.compile(r"\bAIza[\w-]{35}\b")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")),
    ("a JSON Web Token", re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}")),
    (
        "a password in a URL",
        re.compile(r"\b[a-z][a-z0-9+.-]+://[^\s/:@{}]*:(?!\w*pass|\*|<|\$|\{)[^\s/:@{}]{3,}@[\w.-]"),
    ),
)
_NAMED: Final = re.compile(
    r"(\w*_)?(password|passwd|passphrase|pwd|secret|token|api_?key|(access|private|auth)_key)", re.IGNORECASE
)
_PLACEHOLDER: Final = re.compile(
    r"example|change|placeholder|dummy|insert|replace|sample|todo|your|x{3}|\*{3}|\.{3}|…", re.IGNORECASE
)
_SECRET_TYPES: Final = frozenset({"Secret", "SecretBytes", "SecretStr"})


class Secret(NamedTuple):
    """A secret in code.

    Attributes:
        line: Line of the cell.
        name: The name it is given; empty if none.
        kind: What it is.
    """

    line: int
    name: str
    kind: str


def secrets(statement: Statement) -> Iterator[Secret]:
    """Yield the secrets that a statement writes out, at most one for each line."""
    found: dict[int, Secret] = {}
    for node in ast.walk(statement.node):
        for name, value in _named(node):
            kind = _kind(name, value)
            if kind is not None:
                found.setdefault(value.lineno, Secret(value.lineno, name, kind))
    yield from found.values()


def _named(node: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """Yield literals with the names they are given, those of parameters and of types of secrets among them."""
    yield from spelled(node)
    match node:
        case ast.arguments():
            defaults = ((arg.arg, value) for arg, value in with_defaults(node))
            yield from ((name, value) for name, value in defaults if isinstance(value, ast.Constant))
        case ast.Call(
            func=ast.Name(id=kind) | ast.Attribute(attr=kind), args=[ast.Constant() as value, *_]
        ) if kind in _SECRET_TYPES:
            yield kind, value
        case ast.Constant():
            yield "", node


def _kind(name: str, node: ast.Constant) -> str | None:
    text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
    if not isinstance(text, str) or not text:
        return None
    if name in _SECRET_TYPES:
        return f"{name} of a text"
    for kind, pattern in _SHAPES:
        if pattern.search(text) and not _PLACEHOLDER.search(text):
            return kind
    return "a secret by its name" if _NAMED.fullmatch(name) and _is_random(text) else None


def _is_random(text: str) -> bool:
    """Whether a text is long, has letters and digits or signs, and is neither a word nor a path nor a placeholder."""
    if re.search(r"\s", text) or not 8 <= len(text) <= 500 or "://" in text or _PLACEHOLDER.search(text):
        return False
    return bool(re.search(r"[A-Za-z]", text) and re.search(r"[\d!@#$%^&*+=?~]", text)) and len(set(text)) >= 6
