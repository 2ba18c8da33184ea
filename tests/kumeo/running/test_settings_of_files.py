"""Settings that stand in a JSON file are the same wherever they are referred to."""

from __future__ import annotations

import json

import pytest

from kodonb.kumeo.running import compiled, run_agent
from kodonb.model.errors import RunFailed
from tests.conftest import frozen, home, inline

__all__ = ["frozen", "home", "inline"]

TEXT = """
workflow W {
  source: NATS("in")
  target: NATS("out")
  config: {limits: "limits.json", plain: "report.json"}
  agents: [
    RuleEngine(
      id: "a",
      input: {n: source.n, most: config.limits.most, word: "config.limits.inner.word"},
      when: "n < config.limits.most",
      timeout: "${config.limits.time}",
      rules: [{name: "${config.limits.inner.word}", condition: "n > 0", then: {report: "${config.plain}"}}]
    )
  ]
}
"""
LIMITS = {"most": 3, "time": "5s", "inner": {"word": "deep"}}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "limits.json").write_text(json.dumps(LIMITS))
    return tmp_path


def test_inputs_conditions_and_texts_find_the_settings_of_a_file(inline, folder):
    result = compiled(TEXT, folder=str(folder)).submit(events=[{"n": 1}, {"n": 5}]).result()
    (value,) = result["values"]
    assert value == {"n": 1, "most": 3, "word": "deep", "report": "report.json", "matched": ["deep"]}


def test_an_agent_alone_finds_them_too(folder):
    trial = run_agent(TEXT, "a", {"n": 1}, folder=folder)
    assert trial.output["matched"] == ["deep"]


def test_a_file_of_settings_that_is_missing_is_told(inline, tmp_path):
    run = compiled(TEXT, folder=str(tmp_path)).submit(events=[{"n": 1}])
    with pytest.raises(RunFailed, match=r"KN804: limits\.json cannot be read"):
        run.result()


def test_a_negative_limit_is_an_error_and_not_an_empty_run(inline, folder):
    with pytest.raises(RunFailed, match="limit cannot be -1"):
        compiled(TEXT, folder=str(folder)).submit(events=[{"n": 1}], limit=-1).result()
