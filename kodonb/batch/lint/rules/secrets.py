"""Recognises passwords, keys and tokens by their look; never shows more of one than its beginning."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple


class Secret(NamedTuple):
    """A secret that was found.

    Attributes:
        kind: What it is, with an article.
        value: The secret itself; not to be shown.
        at: Where it begins in the text.
    """

    kind: str
    value: str
    at: int

    @property
    def shown(self) -> str:
        """What may be said of it."""
        return f"{self.kind} ({self.value[: min(4, len(self.value) // 4)]}…, {len(self.value)} characters)"


_KINDS: Final = {
    "an AWS access key": {"AKIA": r"\bAKIA[A-Z0-9]{16}\b", "ASIA": r"\bASIA[A-Z0-9]{16}\b"},
    "a GitHub token": {
        "gh": r"\bgh[pousr]_[A-Za-z0-9]{36,255}\b",
        "github_pat_": r"\bgithub_pat_[A-Za-z0-9_]{60,255}\b",
    },
    "a GitLab token": {"glpat-": r"\bglpat-[\w-]{20,}"},
    # Not the classes of scikit-learn's HTML, such as `sk-toggleable__label-arrow`.
    "an API key": {"sk-": r"\bsk-(?=[\w-]{0,80}\d)(?=[\w-]{0,80}[A-Z])(?=[\w-]{0,80}[a-z])[\w-]{20,250}"},
    "a Slack token": {"xox": r"\bxox[abeoprs]-(?=[\w-]{0,80}\d)[A-Za-z0-9-]{10,250}"},
    "a Slack webhook": {"hooks.slack.com": r"https://hooks\.slack\.com/services/T\w+/B\w+/\w{16,}"},
    "a Google API key": {"AIza": r"\bAIza[\w-]{35}(?![\w-])"},
    "a Hugging Face token": {"hf_": r"\bhf_[A-Za-z0-9]{30,}\b"},
    "a Stripe key": {"k_live_": r"\b[rs]k_live_[A-Za-z0-9]{20,}\b"},
    "a PyPI token": {"pypi-AgE": r"\bpypi-AgE[\w-]{50,}"},
    "an npm token": {"npm_": r"\bnpm_[A-Za-z0-9]{36}\b"},
    "a private key": {"PRIVATE KEY": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\w+/=:\s\\-]{40,4000}"},
    "a JSON Web Token": {"eyJ": r"\beyJ[\w-]{10,400}\.eyJ[\w-]{10,2000}\.[\w-]{10,}"},
}
"""Patterns of secrets, each with the text without which it cannot match: looking for that keeps large outputs cheap."""
_SHAPES: Final = tuple(
    (kind, hint, re.compile(pattern))
    for kind, patterns in _KINDS.items()
    for hint, pattern in patterns.items()
)
_URL: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://(?P<user>[^\s/:@'\"<>{}$]{0,100}):(?P<value>[^\s/:@'\"<>{}$]{3,200})@[\w.-]"
)
_NAMED: Final = re.compile(
    r"(?P<end>password|passwd|passphrase|pwd|secret|token|key)[\"']?\s*[:=]\s*[\"']?"
    r"(?P<value>[^\s\"',;<>(){}\[\]]{6,200})",
    re.IGNORECASE,
)
_BEGIN: Final = re.compile(r"[\w-]+$")
_PART: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_PASSWORDS: Final = frozenset({"password", "passwd", "passphrase", "pwd"})
_KEYS: Final = frozenset({"api", "access", "auth", "private", "secret", "encryption", "signing", "account"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9+/=_.~!@#%^&*-]{16,500}")
_PLACEHOLDER: Final = re.compile(
    r"example|changeme|change_me|placeholder|dummy|insert|redacted|replace|sample|todo|your|x{3}|\*{3}|\.{3}|…|123456789",
    re.IGNORECASE,
)
_ORDINARY: Final = frozenset(
    {"pass", "password", "passwd", "pwd", "secret", "token", "user", "username", "tiger"}
)


def known(text: str) -> Iterator[Secret]:
    """Yield the secrets in a text that have a shape of their own."""
    for kind, hint, pattern in _SHAPES:
        if hint in text:
            for match in pattern.finditer(text):
                if not _PLACEHOLDER.search(match[0]):
                    yield Secret(kind, match[0], match.start())
    if "://" in text:
        for match in _URL.finditer(text):
            if match["value"] != match["user"] and not _is_placeholder(match["value"]):
                yield Secret("a password in a URL", match["value"], match.start("value"))


def named(text: str) -> Iterator[Secret]:
    """Yield the secrets in a text that stand behind a telling name: ``api_key=…``."""
    for match in _NAMED.finditer(text):
        begin = _BEGIN.search(text[max(0, match.start() - 40) : match.start()])
        kind = under((begin[0] if begin else "") + match["end"], match["value"])
        if kind is not None:
            yield Secret(kind, match["value"], match.start("value"))


def under(name: str, value: str) -> str | None:
    """Return what a value is if its name tells that it is secret, and it looks random enough."""
    *before, last = [part.lower() for part in _PART.findall(name)] or [""]
    if last in _PASSWORDS:
        return "a password" if _is_password(value) else None
    if last in {"secret", "token"}:
        return f"a {last}" if _is_random(value) else None
    telling = last == "apikey" or (last == "key" and _KEYS.intersection(before[-1:]))
    return "a key" if telling and _is_random(value) else None


def _is_placeholder(value: str) -> bool:
    return value.lower().rstrip("0123456789") in _ORDINARY or _PLACEHOLDER.search(value) is not None


def _is_password(value: str) -> bool:
    """Whether a text has letters and something else, and does not tell where a password is."""
    letters, others = re.search(r"[^\W\d]", value), re.search(r"[\d!@#$%^&*+=?~]", value)
    fits = 6 <= len(value) <= 200 and not re.search(r"\s", value) and not _is_path(value)
    return bool(letters and others) and fits and _entropy(value) >= 2.5 and not _is_placeholder(value)


def _is_random(value: str) -> bool:
    """Whether a text is long, has letters and digits, and repeats little."""
    if not _PLAIN.fullmatch(value) or _is_path(value) or _is_placeholder(value):
        return False
    digits, letters = any(map(str.isdigit, value)), any(map(str.isalpha, value))
    return digits and letters and _entropy(value) >= 3.2


def _is_path(value: str) -> bool:
    return "://" in value or value.startswith(("/", "./", "~")) or value.count("/") + value.count(".") > 3


def _entropy(value: str) -> float:
    """Return bits per character (Shannon)."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
