"""Asking people: forms, decisions, and who is told.

fields ← form · settings ← deciding
"""

from __future__ import annotations
