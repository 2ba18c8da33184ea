"""The sections that each kind of definition has."""

from __future__ import annotations

from typing import Final

WORKFLOW: Final = "workflow"
SUBWORKFLOW: Final = "subworkflow"
INTEGRATION: Final = "integration"

SECTIONS: Final[dict[str, dict[str, str]]] = {
    WORKFLOW: {
        "source": "Where messages come from: `TYPE(address, options?)`, or a list.",
        "target": "Where results go: `TYPE(address, options?)`, or a list.",
        "context": "Knowledge that agents share: `KnowledgeBase(…)`, `BayesianNetwork(…)`, `Database(…)`, or a list.",
        "preprocessors": "Agents that run before the others; their joint result is `preprocessors.output`.",
        "agents": "The agents. Their order is for readers: what runs when follows from their inputs.",
        "monitor": "What is watched: `metrics`, `dashboard`, `alerts`.",
        "deployment": "Where and how it runs: `registry`, `base_images`, `resources`, `storage`, `scaling`.",
        "nats": "Address of the NATS server.",
        "models": "Names of models: `{file, type, version, description?}`.",
        "schemas": "Names of JSON Schema files.",
        "data": "Names of data files.",
        "config": "Free values, or names of JSON files.",
    },
    SUBWORKFLOW: {
        "input": "Names of what it takes, referred to as `input.<name>`.",
        "output": "Names of what it gives, referred to as `output.<name>`.",
        "context": "Knowledge that its agents share.",
        "agents": "The agents.",
    },
    INTEGRATION: {
        "workflow": "The workflow that takes a subworkflow in.",
        "use": "The subworkflow.",
        "mapping": "What each input and output of the subworkflow is in the workflow: `{input: {…}, output: {…}}`.",
    },
}
"""Kind of definition -> section -> what it is."""

OBJECTS: Final[dict[str, str]] = {
    "models": 'fraud: {file: "fraud.onnx", type: "onnx"}',
    "schemas": 'order: "order.json"',
    "data": 'orders: "orders.csv"',
    "config": 'region: "eu"',
    "monitor": 'alerts: {"response_time > 5s": "ops"}',
    "deployment": 'resources: {default: {cpu: "500m"}}',
    "mapping": "input: {order: source}",
}
"""Sections that are names with values, each with an example."""

BLOCKS: Final[dict[str, str]] = {
    "source": 'Where messages come from, as a block: `source s { type = "nats" topic = "t" }`.',
    "target": "Where results go, as a block.",
    "agent": 'An agent, as a block: `agent a { type = "llm" model = "m" }`.',
}
"""Parts that may be written as blocks."""
