"""Captures notebook code: the closure of names behind a function becomes an importable module."""

from __future__ import annotations

from kodonb.capture.body import find_flow
from kodonb.capture.capturing import capture, code_hash
from kodonb.capture.load import load
from kodonb.capture.sources import Source
from kodonb.capture.traces import innermost, user_traceback

__all__ = ["Source", "capture", "code_hash", "find_flow", "innermost", "load", "user_traceback"]
