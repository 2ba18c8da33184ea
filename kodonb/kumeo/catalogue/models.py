"""Agents that ask a model: a language model, a trained one, a network of probabilities."""

from __future__ import annotations

from typing import Any, ClassVar

from kodonb.kumeo.catalogue.arguments import Arguments, Needs, Part
from kodonb.kumeo.catalogue.roles import Duration, Features, Prompt


class Price(Part):
    """What tokens cost."""

    input: float = 0.0
    """Price of a million tokens of requests."""
    output: float = 0.0
    """Price of a million tokens of answers."""


class LLM(Arguments):
    """A language model behind an OpenAI-compatible API or Ollama: fills in the prompt, returns the answer."""

    needs: ClassVar[Needs] = (("engine", "model", "provider"), ("prompt",))
    positional: ClassVar[tuple[str, ...]] = ("engine", "prompt")

    engine: str | None = None
    """Provider and model, such as `"ollama/llama3"`."""
    provider: Any = None
    """The provider, where `model` names the model alone."""
    prompt: Prompt | None = None
    """What is asked: a text with `{{name}}`, `{{context.x}}` and `{{#if x}}…{{/if}}`."""
    system: Prompt | None = None
    """What the model is told before."""
    temperature: float | None = None
    """How freely it answers; 0 for always the likeliest."""
    max_tokens: int | None = None
    """How long the answer may be."""
    top_p: float | None = None
    """Share of the likeliest words that it chooses from."""
    seed: int | None = None
    """Makes answers repeatable, where the provider can."""
    stop: list[str] | str | None = None
    """Texts at which the answer ends."""
    base_url: str | None = None
    """Address of the API, if it is not the provider's own."""
    price: Price | None = None
    """What tokens cost, if the cost is to be shown."""
    repairs: int = 2
    """How often an answer that does not fit `output_schema` is given back to be mended."""
    patience: Duration = "5m"
    """How long the model may be silent in the middle of an answer."""


class Inference(Part):
    """Settings of an MLModel."""

    features: Features | None = None
    """What the model is given, in its order: names of fields, or `"name: expression"`."""
    labels: list[str] | None = None
    """Names of the classes, in the model's order."""
    threshold: float | None = None
    """Probability from which on the answer is yes."""
    confidence_threshold: float | None = None
    """Another name of `threshold`."""
    positive: str | None = None
    """Class whose probability is meant."""
    threads: int = 1
    """How many threads inference uses."""
    max_retries: int = 0
    """How often inference is tried again."""
    entry: str = "predict"
    """Function of a Python file."""
    evidence: dict[str, str] | None = None
    """Of a Bayesian network: variables with expressions of their states."""
    query: list[str] | str | None = None
    """Of a Bayesian network: variables that are asked for."""


class MLModel(Arguments):
    """Inference with a trained model: ONNX Runtime, scikit-learn (joblib), or PyTorch where it is installed."""

    needs: ClassVar[Needs] = (("model", "model_path", "model_name"),)
    positional: ClassVar[tuple[str, ...]] = ("model",)

    model_path: str | None = None
    """File of the model."""
    model_name: str | None = None
    """Name of a model under `models`."""
    threshold: float | None = None
    """Probability from which on the answer is yes."""
    features: Features | None = None
    """What the model is given, in its order: names of fields, or `"name: expression"`."""
    config: Inference | str | None = None
    """Further settings, or a JSON file with them."""


class Belief(Part):
    """Settings of a BayesianNetwork."""

    evidence: dict[str, str] | None = None
    """Variables with expressions of their states; by default the fields of those names, whatever their case."""
    query: list[str] | str | None = None
    """Variables whose probabilities are asked for."""
    targets: list[str] | str | None = None
    """Another name of `query`."""


class BayesianNetwork(Arguments):
    """Exact inference over a discrete Bayesian network, read from BIF, XMLBIF or JSON."""

    needs: ClassVar[Needs] = (("network_path", "network", "model"),)
    positional: ClassVar[tuple[str, ...]] = ("network",)

    network_path: str | None = None
    """File of the network."""
    network: Any = None
    """The network itself, its file, or a name under `models`."""
    query: list[str] | str | None = None
    """Variables whose probabilities are asked for; by default those without evidence."""
    evidence: dict[str, str] | None = None
    """Variables with expressions of their states; by default the fields of those names, whatever their case."""
    config: Belief | str | None = None
    """Further settings, or a JSON file with them."""
