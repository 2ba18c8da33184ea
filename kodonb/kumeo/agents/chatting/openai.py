"""OpenAI's chat completions, which most servers speak: https://platform.openai.com/docs/api-reference/chat."""

from __future__ import annotations

from typing import Any

from kodonb.kumeo.agents.chatting.wire import Ask, Piece, count, decoded
from kodonb.kumeo.agents.errors import AgentError


class OpenAI:
    """The format of chat completions, streamed."""

    path = "/chat/completions"

    def headers(self, key: str) -> dict[str, str]:
        """Return the headers of a request."""
        return {"Authorization": f"Bearer {key}"} if key else {}

    def body(self, ask: Ask) -> dict[str, Any]:
        """Return the body of a request."""
        made: dict[str, Any] = {"model": ask.model, "messages": ask.messages, "stream": True, **ask.options}
        if "stream_options" not in ask.without:
            made["stream_options"] = {"include_usage": True}
        if "max_tokens" in ask.without and "max_tokens" in made:
            made["max_completion_tokens"] = made.pop("max_tokens")
        if ask.schema is not None and "response_format" not in ask.without:
            named = {"name": "answer", "schema": ask.schema}
            made["response_format"] = {"type": "json_schema", "json_schema": named}
        return made

    def piece(self, line: str) -> Piece | None:
        """Return what a server-sent event says, or the whole answer of a server that does not stream.

        Raises:
            AgentError: It is malformed, or tells an error (KN806); the model refuses to answer (KN807).
        """
        if not line.startswith(("data:", "{")):
            return None
        text = line.removeprefix("data:").strip()
        if not text or text == "[DONE]":
            return None
        value = decoded(text)
        return Piece(*_said(value.get("choices")), _usage(value.get("usage")))


def _said(choices: Any) -> tuple[str, str]:
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return "", ""
    said = choice.get("delta") or choice.get("message") or {}
    if isinstance(said, dict) and said.get("refusal"):
        message = f"the model refuses: {said['refusal']!s:.300}"
        raise AgentError(message, code="KN807", remedy="ask otherwise")
    content = said.get("content") if isinstance(said, dict) else None
    return content if isinstance(content, str) else "", str(choice.get("finish_reason") or "")


def _usage(said: Any) -> tuple[int, int] | None:
    if not isinstance(said, dict):
        return None
    return count(said.get("prompt_tokens")), count(said.get("completion_tokens"))
