"""XMLBIF 0.3: https://www.cs.cmu.edu/~fgcozman/Research/InterchangeFormat/.

In a table, the states of the variable itself change first, then those of the last parent.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Final

from kodonb.kumeo.agents.inferring.nodes import Node, Unreadable, combinations, number, rows, size

_ENTITY: Final = re.compile(r"<!ENTITY", re.IGNORECASE)


def read(text: str) -> dict[str, Node]:
    """Return the variables of an XMLBIF file.

    Raises:
        Unreadable: It is none, or defines entities, which can name files and grow beyond measure.
    """
    if _ENTITY.search(text):
        raise Unreadable("it defines entities")
    try:
        root = ET.fromstring(text)  # noqa: S314 - what could do harm is refused before
    except (ET.ParseError, ValueError) as error:
        raise Unreadable(f"it is no XML: {error}") from None
    nodes: dict[str, Node] = {}
    for variable in root.iter("VARIABLE"):
        name = _text(variable, "NAME")
        if name in nodes:
            raise Unreadable(f"{name} is defined twice")
        nodes[name] = Node(_texts(variable, "OUTCOME") or _texts(variable, "VALUE"))
    for definition in root.iter("DEFINITION"):
        _define(nodes, definition)
    return nodes


def _define(nodes: dict[str, Node], definition: ET.Element) -> None:
    name = _text(definition, "FOR")
    if name not in nodes:
        raise Unreadable(f"{name} has probabilities, but is no variable")
    node = nodes[name]
    node.parents = _texts(definition, "GIVEN")
    size(nodes, name)
    table = definition.find("TABLE")
    said = "".join(table.itertext()).split() if table is not None else []
    node.rows = rows(list(combinations(nodes, name)), len(node.states), [number(each) for each in said], name)


def _texts(element: ET.Element, name: str) -> list[str]:
    return [(each.text or "").strip() for each in element.findall(name)]


def _text(element: ET.Element, name: str) -> str:
    found = _texts(element, name)
    if not found or not found[0]:
        raise Unreadable(f"a {element.tag} has no {name}")
    return found[0]
