"""Objects as YAML: always valid, quoted where it must be, and equal each time."""

from __future__ import annotations

from typing import Any, Final

import yaml

_WIDTH: Final = 120


def document(*objects: Any, about: str = "") -> str:
    """Return objects as the documents of one YAML file, in the order of their keys.

    Args:
        *objects: What is written: dicts, lists, strings and numbers.
        about: What the file is for, put above it as a comment.
    """
    head = "".join(f"# {line}".rstrip() + "\n" for line in about.splitlines())
    return head + "---\n".join(_told(each) for each in objects)


def _told(value: Any) -> str:
    made: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return made


class _Dumper(yaml.SafeDumper):  # type: ignore[misc] # PyYAML carries no types
    """Repeats what occurs twice, where YAML would refer to it: people read and patch these files."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML calls it so
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """Write text of several lines as a block, so that it can be read."""
    style = "|" if "\n" in value else None
    node: yaml.ScalarNode = dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)
    return node


_Dumper.add_representer(str, _text)
