"""Forms in which agents are declared: each fits the model of its arguments, and is opened."""

from __future__ import annotations

import json

import pytest

from kodonb.kumeo.agents import AgentError, MemorySite, opened, validated

LLM = {"prompt": "Classify {{data}}. Context: {{context}}"}
FORMS = [
    ("LLM", {"engine": "ollama/llama3", **LLM}),
    ("LLM", {"engine": "llama3", "provider": "ollama", **LLM, "bias": -2, "top_p": 0.1, "x": None, "y": True}),
    ("LLM", {"model": "llama3", "provider": {"ollama": {"temperature": 0.3, "max_tokens": 500}}, **LLM}),
    ("LLM", {"engine": "ollama/m", **LLM, "output_schema": {"score": "number"}, "context": ["data.guide"], "timeout": "30s"}),
    ("DataProcessor", {"input": "source", "output": "clean", "config": {"schema": "schemas.order", "rules": "config.checks"}}),
    ("DataProcessor", {"config": {"required_fields": ["id"], "features": ["amount", "is_high: amount > 1000"]}}),
    ("Router", {"rules": {"risk >= config.levels.high": "target.alerts.high", "default": "target.done"}}),
    ("Router", {"routing_rules": "config.routes"}),
    ("DecisionMatrix", {"rules": [{"name": "n", "condition": "is_valid_json(input)", "error": "no JSON"}], "on_failure": {"action": "quarantine", "retry": 2}}),
    ("DecisionMatrix", {"matrix": "checks.json"}),
    ("RuleEngine", {"rules": "rules.json", "timeout": 5}),
    ("Aggregator", {"aggregation_method": "majority_vote"}),
    ("DataNormalizer", {"config": "scales.json"}),
    ("DataNormalizer", {"normalization_method": "z_score"}),
    ("MissingValueHandler", {"handling_strategy": "mean_imputation"}),
    ("HumanInLoop", {"interface": "web", "trigger": "risk > 0.8", "timeout": "2h", "fallback": "other"}),
    ("HumanInLoop", {"notification_channel": "http://127.0.0.1:1/hook"}),
    ("HumanReview", {"when": "risk in ['high']", "config": {"ui": {"title": "T", "fields": ["notes"]}, "timeout": "24h", "on_timeout": "escalate", "escalation_path": "${env.TEAM}", "notifications": {"email": {"to": "${env.TEAM}", "subject": "[Action] Review"}, "webhook": "${env.HOOK:-http://127.0.0.1:1/}"}}}),
    ("HumanReview", {"config": "review.json"}),
    ("BayesianNetwork", {"network": "net.bif"}),
    ("BayesianNetwork", {"model": "models.net", "query": "A"}),
    ("MLModel", {"model": "models.net", "output_schema": "schemas.order"}),
    ("MLModel", {"model": {"file": "rules.json", "type": "rules_engine", "version": "1.0.0"}, "context": "data.guide"}),
]  # fmt: skip


@pytest.fixture
def site(tmp_path):
    checks = [{"name": "id", "condition": "id != null", "error": "no id"}]
    (tmp_path / "checks.json").write_text(json.dumps(checks))
    (tmp_path / "rules.json").write_text(json.dumps([{"when": "a > 1", "then": {"b": 1}}]))
    (tmp_path / "scales.json").write_text(json.dumps({"amount": "min_max"}))
    (tmp_path / "review.json").write_text(json.dumps({"ui": {"title": "T"}}))
    (tmp_path / "order.json").write_text(json.dumps({"type": "object"}))
    (tmp_path / "guide.md").write_text("Be kind.")
    (tmp_path / "net.bif").write_text(
        "variable A { type discrete [ 2 ] { y, n }; } probability ( A ) { table 0.3, 0.7; }"
    )
    return MemorySite(
        tmp_path,
        sections={
            "models": {"net": {"file": "net.bif", "type": "bayesian", "version": "1.0.0"}},
            "schemas": {"order": "order.json"},
            "data": {"guide": {"file": "guide.md", "description": "x"}},
            "config": {"checks": "checks.json", "levels": {"high": 0.8}, "routes": {"default": "target.x"}},
        },
        environment={"SMTP_URL": "smtp://127.0.0.1:1", "TEAM": "team@example.org"},
    )


@pytest.mark.parametrize(("kind", "arguments"), FORMS, ids=lambda each: each if isinstance(each, str) else "")
async def test_a_form_that_the_language_has_can_be_opened(site, kind, arguments):
    await (await opened(kind, {"id": "a", **arguments}, site)).close()


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in FORMS} - {"LLM"}))
def test_an_argument_that_an_agent_does_not_know_is_never_lost(kind):
    good = next(arguments for each, arguments in FORMS if each == kind)
    with pytest.raises(AgentError, match="`inptu`"):
        validated(
            kind,
            {**good, "inptu": 1, "config": {}}
            if isinstance(good.get("config"), str)
            else {**good, "inptu": 1},
        )
