from __future__ import annotations

import warnings

import pytest
import yaml

from kodonb.export.targets.serving import DEPLOYMENT, PORT, config
from kodonb.serve.replica import replica
from tests.export.made import GIB, flow, service


@pytest.fixture(scope="module")
def schema():
    """Ray's own model of the config; importing it warns of Ray's own code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from ray.serve.schema import ServeDeploySchema
    return ServeDeploySchema


@pytest.fixture
def told():
    """The config of a service, as YAML reads it."""
    return yaml.safe_load(config(service()))


def test_ray_serve_takes_the_config(schema, told):
    taken = schema.model_validate(told)
    assert taken.http_options.port == PORT
    assert taken.applications[0].import_path == "digits.replica:service"


def test_ray_serve_knows_every_word_of_the_config(schema, told):
    # Ray itself takes unknown words and does not say so.
    taken = schema.model_validate(told).model_dump(exclude_unset=True, mode="json")
    assert list(_words(taken)) == list(_words(told))


def test_ray_serve_knows_every_word_of_autoscaling(schema, told):
    # The config takes any words here; what reads them later drops those that it does not know.
    from ray.serve.config import AutoscalingConfig

    config = told["applications"][0]["deployments"][0]["autoscaling_config"]
    assert config.keys() <= AutoscalingConfig.model_fields.keys()
    assert AutoscalingConfig.model_validate(config).max_replicas == 4


def test_the_deployment_is_the_one_that_a_replica_makes(told):
    assert [each["name"] for each in told["applications"][0]["deployments"]] == [DEPLOYMENT] == [replica.NAME]


def test_a_replica_is_small_whatever_the_flows_need():
    large = flow("train", num_cpus=32, num_gpus=4, memory=256 * GIB)
    assert config(service(large)) == config(service())


def test_a_replica_takes_some_cpu_so_that_it_is_not_on_a_head_without_any(told):
    options = told["applications"][0]["deployments"][0]["ray_actor_options"]
    assert 0 < options["num_cpus"] < 1


def test_a_stream_of_events_is_never_cut_off(told):
    assert "request_timeout_s" not in told["http_options"]


def test_replicas_are_added_before_they_are_full(told):
    deployment = told["applications"][0]["deployments"][0]
    assert deployment["autoscaling_config"]["target_ongoing_requests"] < deployment["max_ongoing_requests"]


def test_the_config_is_equal_each_time():
    assert config(service()) == config(service())


def _words(value, at=""):
    """Yield the path of each word, in order of their names."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield f"{at}/{key}"
            yield from _words(value[key], f"{at}/{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _words(each, f"{at}/{number}")
