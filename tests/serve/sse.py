"""Reading server-sent events."""

from __future__ import annotations

import json


def parts(lines):
    """Yield what a stream of lines says, part by part: each a mapping of fields, with comments under the empty name."""
    part = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            part[name] = value.removeprefix(" ")
        elif part:
            yield part
            part = {}


def events(lines):
    """Yield the events of a stream of lines."""
    for part in parts(lines):
        if "data" in part:
            event = json.loads(part["data"])
            assert part["id"] == str(event["offset"]) and part["event"] == event["kind"]
            yield event
