"""Telling people that something waits for them: by e-mail, by webhook.

notice ← mail, webhook ← channels
"""

from __future__ import annotations
