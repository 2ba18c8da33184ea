"""Talking to language models over HTTP.

wire ← openai, ollama ← service ← talking · answering · pacing
"""

from __future__ import annotations
