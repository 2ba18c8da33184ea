"""LLM: asks a language model, over an OpenAI-compatible API or Ollama's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import pydantic

from kodonb.kumeo.agents.chatting import answering
from kodonb.kumeo.agents.chatting.pacing import Paced
from kodonb.kumeo.agents.chatting.service import Service, options_of, service
from kodonb.kumeo.agents.chatting.talking import Answer, Talk
from kodonb.kumeo.agents.chatting.wire import Ask
from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.protocol import Message, Site
from kodonb.kumeo.agents.saying import acted, warn
from kodonb.kumeo.agents.schemas import Schema, schema
from kodonb.kumeo.agents.scope import Scope, scope_of_paths
from kodonb.kumeo.catalogue import models
from kodonb.kumeo.templates import Prompt, prompt
from kodonb.model.units import seconds


class Price(Record):
    """What tokens cost.

    Attributes:
        input: Price of a million tokens of requests.
        output: Price of a million tokens of answers.
    """

    input: float = 0.0
    output: float = 0.0


class LLMParameters(Parameters):
    """Arguments of an LLM; further ones go to the model's server as they are.

    Attributes:
        engine: ``"provider/model"``, or the model alone.
        provider: Name of the provider, or ``{provider: {model, temperature, …}}``.
        model: Name of the model.
        prompt: What is asked, a template; the input itself by default.
        system: What the model is told before, a template.
        base_url: Address of the API.
        price: What tokens cost, if the cost is to be shown.
        repairs: How often an answer that does not fit `output_schema` is given back to be mended.
        patience: How long the model may be silent in the middle of an answer.
    """

    model_config = pydantic.ConfigDict(extra="allow")
    needs = models.LLM.needs[:1]  # a prompt may be missing in block form
    positional = models.LLM.positional

    engine: str | None = None
    provider: str | dict[str, Any] | None = None
    model: str | None = None
    prompt: str | None = None
    system: str | None = None
    base_url: str | None = None
    price: Price | None = None
    repairs: int = pydantic.Field(2, ge=0, le=10)
    patience: float | str = "5m"
    config: dict[str, Any] = {}


class LLM:
    """Fills in a prompt, and returns what a language model answers.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Parameters]] = LLMParameters

    def __init__(self, arguments: LLMParameters) -> None:
        self.arguments = arguments
        self._talk: Talk | None = None
        self._scope: Scope | None = None

    async def open(self, site: Site) -> None:
        """Find the model's server, and compile the prompt.

        Raises:
            AgentError: The declaration is wrong (KN802), or the server's address or key is missing (KN806).
        """
        said = self.arguments
        self._site = site
        self._service, self._options = _service(said, site)
        self._schema: Schema | None = None if said.output_schema is None else schema(site, said.output_schema)
        self._prompt, self._system = prompt(said.prompt or "{{input}}"), prompt(said.system or "")
        read = {path for each in (self._prompt, self._system) for path, _ in each.placeholders()}
        self._scope = await scope_of_paths(site, read, said.context, every=said.context is not None)
        self._unread = said.context is not None and "context" not in read
        self._read = {path.split(".")[1] for path in read if path.startswith("context.")}
        self._talk = Talk(self._service, site.environment, seconds(said.patience))

    async def process(self, inputs: Any, message: Message) -> Any:
        """Return the answer: text, or the JSON value that fits `output_schema`.

        Raises:
            AgentError: The server does not answer (KN806), or the answer does not fit (KN807).
        """
        assert self._scope is not None
        fields = await self._scope.looked(inputs, message)
        messages = self._messages(fields)
        if self._schema is None:
            return (await self._answer(messages, message)).text
        return await self._fitting(messages, self._schema, message)

    def _messages(self, fields: Mapping[str, Any]) -> list[dict[str, str]]:
        told = [self._system.render(fields), self._knowledge(fields)]
        if self._schema is not None:
            told.append(answering.instruction(self._schema.source))
        system = "\n\n".join(each for each in told if each.strip())
        messages = [{"role": "system", "content": system}] if system else []
        return [*messages, {"role": "user", "content": self._prompt.render(fields)}]

    def _knowledge(self, fields: Mapping[str, Any]) -> str:
        """Return what the agent's context holds and the prompt does not mention."""
        if not self._unread:
            return ""
        known = {name: each for name, each in fields["context"].items() if name not in self._read}
        return _CONTEXT.render({"known": known}) if known else ""

    async def _answer(self, messages: list[dict[str, str]], message: Message) -> Answer:
        assert self._talk is not None
        source = None if self._schema is None else self._schema.source
        ask = Ask(self._service.model, messages, self._options, source)

        def said(text: str) -> None:
            acted(self._site, "token", text=text, message=message.id)

        with Paced(said) as paced:
            answer = await self._talk.ask(ask, paced.say)
        self._measure(answer)
        return answer

    async def _fitting(self, messages: list[dict[str, str]], fitting: Schema, message: Message) -> Any:
        problems: list[str] = []
        for _ in range(self.arguments.repairs + 1):
            answer = await self._answer(messages, message)
            try:
                value = answering.read(answer.text)
            except ValueError as error:
                problems = [f"it cannot be read: {error}"]
            else:
                if fitting.fits(value):
                    return value
                problems = fitting.problems(value)
            said = {"role": "assistant", "content": answer.text}
            messages = [*messages, said, {"role": "user", "content": answering.repair(problems)}]
        raise AgentError(
            f"the model's answer does not fit: {'; '.join(problems)}",
            code="KN807",
            where=f"agent {self._site.agent}",
            remedy="make the schema simpler, say in the prompt what is meant, or take another model",
            details=problems,
            transient=True,
        )

    def _measure(self, answer: Answer) -> None:
        metric = self._site.metric
        metric("llm_latency", answer.seconds)
        metric("llm_first_token", answer.first)
        if answer.usage is not None:
            read, written = answer.usage
            metric("llm_prompt_tokens", read)
            metric("llm_completion_tokens", written)
            price = self.arguments.price
            if price is not None:
                metric("llm_cost", (read * price.input + written * price.output) / 1_000_000)
        if answer.reason == "length":
            warn(self._site, "an answer was cut off: max_tokens is too small for it")

    async def close(self) -> None:
        """Close the connections."""
        if self._talk is not None:
            await self._talk.close()
        if self._scope is not None:
            await self._scope.close()


_CONTEXT: Prompt = prompt("Know this:\n{{known}}")


def _service(said: LLMParameters, site: Site) -> tuple[Service, dict[str, Any]]:
    """Return the service, and what is asked of its model."""
    inner: dict[str, Any] = {}
    provider = said.provider if isinstance(said.provider, str) else None
    if isinstance(said.provider, dict):
        provider, inner = options_of(said.provider)
    options = {**inner, **said.config, **(said.model_extra or {})}
    given = {name: options.pop(name, None) for name in ("model", "base_url")}
    for name, value in options.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise declared_wrongly(f"`{name}` is no number", "write a number", where=site.agent)
    found = service(
        engine=said.engine,
        provider=provider,
        model=said.model or given["model"],
        base_url=said.base_url or given["base_url"],
        environment=site.environment,
        where=site.agent,
    )
    return found, options
