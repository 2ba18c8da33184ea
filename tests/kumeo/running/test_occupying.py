"""What a workflow occupies on a cluster, and what of its declaration means nothing there."""

from __future__ import annotations

import pytest

from kodonb.kumeo.program.records import Deployment, Resources
from kodonb.kumeo.running import WorkflowError, compiled
from kodonb.kumeo.running.occupying import occupied
from kodonb.model.errors import UsageError
from tests.conftest import frozen, home, inline

__all__ = ["frozen", "home", "inline"]

TEXT = """
workflow Heavy {
  source: NATS("in")
  target: NATS("out")
  deployment: DEPLOYMENT
  monitor: MONITOR
  agents: [
    RuleEngine(id: "a", input: source, rules: [{condition: "true"}]),
    RuleEngine(id: "b", input: a.output, rules: [{condition: "true"}])
  ]
}
"""


def heavy(deployment="{}", monitor="{}"):
    return compiled(TEXT.replace("DEPLOYMENT", deployment).replace("MONITOR", monitor), enter=False)


def warnings(flow):
    run = flow.submit(events=[{"n": 1}])
    run.result()
    return [event.payload["message"] for event in run.events(kind="log", follow=False)]


def test_a_workflow_occupies_what_its_agents_need_together(home):
    found = heavy(
        '{resources: {default: {cpu: 1, memory: "512Mi"}, a: {cpu: "500m", gpu: 1, memory: "1G"}, b: {gpu: 0.5}}}'
    ).meta.resources
    assert (found.num_cpus, found.num_gpus, found.memory) == (1.5, 1.5, 512 * 2**20 + 10**9)
    assert heavy().meta.resources.num_cpus is None


def test_amounts_may_be_settings_and_an_unset_one_is_told(home, monkeypatch):
    text = '{resources: {a: {gpu: "${env.GPUS}"}}}'
    monkeypatch.setenv("GPUS", "2")
    assert heavy(text).meta.resources.num_gpus == 2
    monkeypatch.delenv("GPUS")
    with pytest.raises(UsageError, match="GPUS"):
        heavy(text)


@pytest.mark.parametrize("said", [{"cpu": "many"}, {"gpu": "one"}, {"memory": "1 elephant"}])
def test_an_amount_that_is_none_is_told_with_whose_it_is(said):
    with pytest.raises(WorkflowError, match="of `a` is malformed"):
        occupied(Deployment(resources={"a": Resources(**said)}), lambda value: value, ["a"])


@pytest.mark.parametrize(
    ("said", "found"), [("2", 2), ("1k", 1000), ("1.5Ki", 1536), ("2GB", 2 * 10**9), ("1 TiB", 2**40)]
)
def test_memory_has_the_units_of_kubernetes(said, found):
    resources = {"default": Resources(memory=said)}
    assert occupied(Deployment(resources=resources), lambda value: value, []) == {"memory": found}


def test_what_means_nothing_to_a_run_is_told_once(inline):
    told = warnings(
        heavy(
            '{registry: "r", storage: "s3://b", resources: {a: {image: "x", disk: "1Gi"}, aa: {cpu: 1}}, colour: "red"}',
            '{metrics: ["latency"], dashboard: "grafana", pager: "me"}',
        )
    )
    assert len(told) == 7
    for part in (
        "image of `a`", "`disk` of `a`", "`aa`, which is no agent: did you mean `a`", "`registry`, `storage` of", "`colour` of `deployment`",
        "`dashboard`", "`pager`",
    ):  # fmt: skip
        assert len([text for text in told if part in text]) == 1, part


@pytest.mark.parametrize(
    ("deployment", "said"),
    [
        ("{scaling: {min_replica: 2}}", "`scaling.min_replica` of `deployment` means nothing: did you mean `min_replicas`?"),
        ("{scaling: {metric: 'cpu'}}", "`scaling.metric` of `deployment` means nothing: `scaling` knows `min_replicas`, `max_replicas`"),
        ("{scaling: 4}", "`scaling` of `deployment` means nothing: write scaling: {min_replicas: 1, max_replicas: 4}"),
        ("{resources: 'large'}", '`resources` of `deployment` means nothing: write resources: {default: {cpu: "500m"}}'),
        ("{resource: {cpu: 1}}", "`resource` of `deployment` means nothing: did you mean `resources`?"),
        ("{resources: {a: {limits: {cpu: 1}}}}", "`limits` of `a` is not applied: use cpu, memory, gpu"),
    ],
)  # fmt: skip
def test_what_deployment_does_not_know_is_told_with_what_is_meant(inline, deployment, said):
    assert warnings(heavy(deployment)) == [said]


@pytest.mark.parametrize(
    ("scaling", "said"),
    [
        ("min_replicas: 4, max_replicas: 2", "max_replicas, 2, is less than min_replicas, 4"),
        ("min_replicas: 0", "0 is no number of copies"),
        ("max_replicas: 2.5", "2.5 is no number of copies"),
        ("max_replicas: 'many'", "could not convert string to float: 'many'"),
    ],
)
def test_a_number_of_copies_that_is_none_is_told_before_anything_starts(home, scaling, said):
    with pytest.raises(WorkflowError, match=f"KN832: `scaling` is malformed: {said}"):
        heavy(f"{{scaling: {{{scaling}}}}}")


def test_what_is_applied_is_not_warned_of(inline):
    assert not warnings(
        heavy("{resources: {a: {cpu: 1}}, scaling: {min_replicas: 1}}", '{metrics: ["latency"]}')
    )
