"""MLModel: inference with a trained model, one message at a time or many."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import pydantic

from kodonb.kumeo.agents.bayesian_network import NetworkConfig, inference
from kodonb.kumeo.agents.compiled import Compiled
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.inferring.features import Features, declared
from kodonb.kumeo.agents.inferring.outcome import Reading
from kodonb.kumeo.agents.inferring.runners import Runner, kind_of, runner
from kodonb.kumeo.agents.inferring.scripted import function
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.protocol import Message, Process, Site
from kodonb.kumeo.agents.rule_engine import Rule, engine
from kodonb.kumeo.agents.rules import declared_rules
from kodonb.kumeo.agents.scope import Scope, scope
from kodonb.kumeo.agents.sections import Model, data_file, model, read_json, section_of
from kodonb.kumeo.catalogue import models

_SLOW: Final = 0.002  # seconds from which on inference is better done in a thread


class MLModelConfig(Record):
    """Settings of an MLModel.

    Attributes:
        features: What the model is given, in its order: names of fields, or ``"name: expression"``.
        labels: Names of the classes, in the model's order.
        threshold: Score from which on the answer is yes; `confidence_threshold` means the same.
        positive: Class whose probability is the score.
        threads: How many threads inference uses.
        max_retries: How often inference is tried again when it fails.
        entry: Function of a Python file.
        evidence: Of a Bayesian network: variable -> expression.
        query: Of a Bayesian network: variables that are asked for.
    """

    features: list[str] = []
    labels: list[str] = []
    threshold: float | None = pydantic.Field(
        None, validation_alias=pydantic.AliasChoices("threshold", "confidence_threshold")
    )
    positive: str | None = None
    threads: int = pydantic.Field(1, ge=1, le=256)
    max_retries: int = pydantic.Field(0, ge=0, le=10)
    entry: str = "predict"
    evidence: dict[str, str] = {}
    query: str | list[str] = []


class MLModelParameters(Parameters):
    """Arguments of an MLModel.

    Attributes:
        model: A name under ``models``, a file, or ``{file, type, version}``.
        model_path: Its file.
        model_name: Its name under ``models``.
        threshold: Score from which on the answer is yes.
        features: What the model is given, in its order.
        config: More settings.
    """

    needs = models.MLModel.needs
    positional = models.MLModel.positional

    model: str | dict[str, Any] | None = None
    model_path: str | None = None
    model_name: str | None = None
    threshold: float | None = None
    features: list[str] = []
    config: MLModelConfig = MLModelConfig()


class MLModel:
    """Returns ``{prediction, probabilities, score, positive}`` as far as the model tells, and other outputs by name.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Parameters]] = MLModelParameters
    process: Process

    def __init__(self, arguments: MLModelParameters) -> None:
        self.arguments = arguments
        self._scope: Scope | None = None

    async def open(self, site: Site) -> None:
        """Load the model.

        Raises:
            AgentError: It cannot be read (KN804), or its package is not installed (KN803).
        """
        said = self.arguments
        found = _model(site, said)
        kind = kind_of(found, site.agent)
        other = await asyncio.to_thread(_other, kind, found, said.config, site)
        if other is not None:
            self._scope = await scope(site, other.expressions, said.context)
            self.process = self._scope.bound(other.work, _same)
            return
        if kind == "python":
            self._scope = await scope(site, [], said.context)
            self.process = _scripted(function(found.file, said.config.entry))
            return
        self._work = _Work(site, said, await asyncio.to_thread(runner, kind, found, said.config.threads))
        self._scope = await scope(site, [each for _, each in self._work.features], said.context)
        self.process = self._one
        self.process_many = self._many

    async def _one(self, inputs: Any, message: Message) -> Any:
        [result] = await self._many([(inputs, message)])
        if isinstance(result, AgentError):
            raise result
        return result

    async def _many(self, items: Sequence[tuple[Any, Message]]) -> list[Any]:
        """Return results in the order of the messages; an `AgentError` in the place of one that failed."""
        assert self._scope is not None
        rows = [
            self._work.row(inputs, await self._scope.looked(inputs, message)) for inputs, message in items
        ]
        good = [row for row in rows if not isinstance(row, AgentError)]
        results = iter(await self._work.results(good))
        return [row if isinstance(row, AgentError) else next(results) for row in rows]

    async def close(self) -> None:
        """Let go of the model."""
        if self._scope is not None:
            await self._scope.close()


class _Work:
    """What is done with a loaded model."""

    def __init__(self, site: Site, said: MLModelParameters, loaded: Runner) -> None:
        config = said.config
        self.features = declared(said.features or config.features, f"agent {site.agent}")
        self._runner = loaded
        self._features = Features(site, self.features, loaded.names, loaded.width) if loaded.row else None
        threshold = config.threshold if said.threshold is None else said.threshold
        self._reading = Reading(config.labels, config.positive, threshold)
        self._tries = config.max_retries + 1
        self._took = 0.0  # seconds: how long inference took of late

    def row(self, inputs: Any, fields: Mapping[str, Any]) -> Any:
        """Return what the model is given, or what is wrong with it."""
        try:
            if self._features is not None:
                return self._features.row(inputs, fields)
            made = dict(self.features)
            names = self._runner.inputs
            return {name: self._input(name, made, inputs, fields, alone=len(names) == 1) for name in names}
        except AgentError as error:
            return error

    def _input(
        self, name: str, made: Mapping[str, Any], inputs: Any, fields: Mapping[str, Any], *, alone: bool
    ) -> Any:
        value = made[name].value(fields) if name in made else fields.get(name)
        if value is None and alone:
            value = inputs
        if value is None:
            raise AgentError(
                f"`{name}` is missing", code="KN805", remedy="correct the data, or config.features"
            )
        return value

    async def results(self, rows: list[Any]) -> list[Any]:
        """Return results, in a thread if inference takes its time."""
        if not rows:
            return []
        if self._took > _SLOW:
            return await asyncio.to_thread(self._timed, rows)
        return self._timed(rows)

    def _timed(self, rows: list[Any]) -> list[Any]:
        began = time.perf_counter()
        found = self._results(rows)
        self._took += (time.perf_counter() - began - self._took) / 8
        return found

    def _results(self, rows: list[Any]) -> list[Any]:
        if self._runner.several:
            try:
                return [self._reading.read(each) for each in self._predicted(rows)]
            except AgentError:
                if len(rows) == 1:
                    raise
        return [self._alone(row) for row in rows]

    def _alone(self, row: Any) -> Any:
        try:
            return self._reading.read(self._predicted([row])[0])
        except AgentError as error:
            return error

    def _predicted(self, rows: list[Any]) -> list[dict[str, Any]]:
        for left in range(self._tries - 1, -1, -1):
            try:
                return self._runner.predict(rows)
            except AgentError as error:
                if not left or error.code != "KN808":
                    raise
        raise AssertionError


def _same(inputs: Any) -> Any:
    return inputs


def _model(site: Site, said: MLModelParameters) -> Model:
    if said.model_path and not said.model:
        return model(site, {"file": said.model_path})
    name = said.model or said.model_name or ""
    return (
        Model(data_file(site, name))
        if isinstance(name, str) and section_of(name) == "data"
        else model(site, name)
    )


def _other(kind: str, found: Model, config: MLModelConfig, site: Site) -> Compiled | None:
    """Return what models do that are not trained: networks, and rules."""
    if kind == "bayesian":
        return inference(found.file, NetworkConfig(evidence=config.evidence, query=config.query), site.agent)
    if kind == "rules_engine":
        return engine(declared_rules(site, Rule, read_json(found.file)), "all")
    return None


def _scripted(predict: Callable[[Any], Any]) -> Process:
    if inspect.iscoroutinefunction(predict):

        async def process_later(inputs: Any, _: Message) -> Any:
            try:
                return await predict(inputs)
            except Exception as error:
                raise _failed(error) from error

        return process_later

    def process(inputs: Any, _: Message) -> Any:
        try:
            return predict(inputs)
        except Exception as error:
            raise _failed(error) from error

    return process


def _failed(error: Exception) -> AgentError:
    message = f"the model raised {type(error).__name__}: {error!s:.300}"
    return AgentError(message, code="KN808", remedy="mend its function")
