"""Features: ``"is_high_value: amount > 1000"`` gives a field a name and an expression."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kodonb.kumeo.expressions.condition import Condition, condition
from kodonb.kumeo.expressions.malformed import Malformed

_NAMED: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*[:=](?!=)")


class Feature(NamedTuple):
    """A field that is computed.

    Attributes:
        name: Its name.
        condition: What it says.
    """

    name: str
    condition: Condition


def is_plain(text: str) -> bool:
    """Whether a feature is a field that is taken over as it is: its name, or the path to it."""
    return text.strip().replace(".", "_").isidentifier()


def feature(text: str) -> Feature:
    """Read a feature.

    Raises:
        Malformed: It has no name, or what it says is no expression.
    """
    found = _NAMED.match(text)
    if found is None:
        raise Malformed("expected a name and `:`", 0, 'write e.g. "is_high_value: amount > 1000"')
    try:
        return Feature(found[1], condition(text[found.end() :]))
    except Malformed as error:
        raise Malformed(error.message, error.at + found.end(), error.remedy) from None
