"""Services: what answers HTTP requests by starting flows, and tells of their runs."""

from __future__ import annotations

from kodonb.model.errors import InputsError, Problem
from kodonb.serve.access.callers import Access, Caller, Scope, access_from_environment
from kodonb.serve.access.keys import Keys
from kodonb.serve.api import ServeAPI
from kodonb.serve.entries.launch import Launch
from kodonb.serve.files.uploads import Limits

__all__ = [
    "Access",
    "Caller",
    "InputsError",
    "Keys",
    "Launch",
    "Limits",
    "Problem",
    "Scope",
    "ServeAPI",
    "access_from_environment",
]
