"""What a reference means."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal[
    "agent", "stream", "preprocessors", "source", "target", "input", "output", "context", "section", "use"
]


class Meaning(msgspec.Struct, frozen=True):
    """What a reference means.

    Attributes:
        kind: What it is: the output of an agent, all that comes by a stream, the joint output of the preprocessors,
            the source or a part of its message, a target, an input or output of the subworkflow, shared
            knowledge, an entry of a section, or a subworkflow in use.
        name: Id of the agent, name of the stream, subject, input, section … it is about.
        path: What of it is meant, with dots; empty for all.
        agents: Ids of the agents whose output it is.
    """

    kind: Kind
    name: str = ""
    path: str = ""
    agents: tuple[str, ...] = ()
