"""Ollama's chat: https://github.com/ollama/ollama/blob/main/docs/api.md."""

from __future__ import annotations

from typing import Any, Final

from kodonb.kumeo.agents.chatting.wire import Ask, Piece, count, decoded

_NAMES: Final = {"max_tokens": "num_predict"}
_BESIDE: Final = frozenset({"keep_alive", "think"})  # stand beside the options


class Ollama:
    """The format of Ollama, streamed: a JSON object in each line."""

    path = "/api/chat"

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers of a request."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def body(self, ask: Ask) -> dict[str, Any]:
        """Return the body of a request."""
        options = {_NAMES.get(name, name): each for name, each in ask.options.items() if name not in _BESIDE}
        beside = {name: each for name, each in ask.options.items() if name in _BESIDE}
        made: dict[str, Any] = {"model": ask.model, "messages": ask.messages, "stream": True, **beside}
        if options:
            made["options"] = options
        if ask.schema is not None:
            made["format"] = ask.schema
        return made

    def piece(self, line: str) -> Piece | None:
        """Return what a line says.

        Raises:
            AgentError: It is malformed, or tells an error (KN806).
        """
        if not line.strip():
            return None
        value = decoded(line)
        message = value.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        text = content if isinstance(content, str) else ""
        if not value.get("done"):
            return Piece(text)
        usage = (count(value.get("prompt_eval_count")), count(value.get("eval_count")))
        return Piece(text, str(value.get("done_reason") or "stop"), usage)
