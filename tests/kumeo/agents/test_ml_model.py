"""An MLModel infers with models of several kinds."""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
import types
from importlib import import_module
from pathlib import Path

import numpy as np
import onnx
import pytest

from kodonb.kumeo.agents import AgentError, Batching, MemorySite


def keep(path, nodes, inputs, outputs, initializers=(), **metadata):
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        nodes,
        "g",
        [
            helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)
            for name, kind, shape in inputs
        ],
        [
            helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)
            for name, kind, shape in outputs
        ],
        [
            onnx.numpy_helper.from_array(np.asarray(value, dtype=np.float32), name)
            for name, value in initializers
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)


@pytest.fixture
def classifier(tmp_path):
    """A model of two features and two classes: softmax of (a - b, b - a)."""
    from onnx import helper

    nodes = [
        helper.make_node("MatMul", ["X", "W"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0),
    ]
    keep(
        tmp_path / "c.onnx", nodes, [("X", "FLOAT", [None, 2])], [("label", "INT64", [None]), ("probabilities", "FLOAT", [None, 2])],
        [("W", [[1, -1], [-1, 1]])],
    )  # fmt: skip
    return tmp_path


def chance(a, b):
    return float(np.exp(b - a) / (np.exp(b - a) + np.exp(a - b)))


async def test_declared_features_are_given_in_the_models_order(run, classifier):
    config = {"features": ["b", "double: a * 2"], "labels": ["no", "yes"], "threshold": 0.5}
    found = await run("MLModel", {"a": 1.0, "b": 0.5, "c": "x"}, model="c.onnx", config=config)
    assert found["prediction"] == "yes"
    assert found["score"] == pytest.approx(chance(0.5, 2.0), abs=1e-6)
    assert found["probabilities"]["yes"] == found["score"]
    assert found["positive"] is True


async def test_many_messages_are_one_inference_and_bad_ones_harm_no_others(ready, classifier, message):
    agent = await ready("MLModel", model="c.onnx", config={"features": ["a", "b"]})
    assert isinstance(agent, Batching)
    events = [{"a": 1.0, "b": number} for number in range(50)]
    found = await agent.process_many(
        [(each, message) for each in [*events, {"a": None, "b": 1}, {"a": "x", "b": 1}, {}]]
    )
    assert [each["prediction"] for each in found[:50]] == [0] * 2 + [1] * 48
    assert found[3]["score"] == pytest.approx((await agent.process(events[3], message))["score"])
    assert [type(each) for each in found[50:]] == [AgentError] * 3


async def test_without_declared_features_the_first_event_tells_their_order_and_that_is_said(
    ready, classifier, message
):
    agent = await ready("MLModel", model="c.onnx")
    first = await agent.process({"a": 1.0, "b": 0.0}, message)
    assert await agent.process({"b": 0.0, "a": 1.0}, message) == first
    [(kind, payload)] = agent.site.events
    assert kind == "log" and "a, b" in payload["message"]
    with pytest.raises(AgentError, match="b is missing"):
        await agent.process({"a": 1.0, "c": 0.0}, message)


async def test_too_many_fields_are_an_error_that_says_what_to_write(run, classifier):
    with pytest.raises(AgentError) as error:
        await run("MLModel", {"a": 1, "b": 2, "id": 3}, model="c.onnx")
    assert "features" in error.value.remedy


@pytest.mark.parametrize("inputs", [[1.0, 0.0], {"x": [1.0, 0.0]}])
async def test_a_row_may_come_as_a_list(run, classifier, inputs):
    assert (await run("MLModel", inputs, model="c.onnx"))["prediction"] == 0


async def test_a_model_may_name_its_features_itself(run, tmp_path):
    from onnx import helper

    keep(
        tmp_path / "s.onnx",
        [helper.make_node("ReduceSum", ["X"], ["score"], keepdims=0)],
        [("X", "FLOAT", [1, 2])],
        [("score", "FLOAT", [])],
        features='["b", "a"]',
    )
    assert (await run("MLModel", {"a": 1, "b": 2, "c": 9}, model="s.onnx", threshold=2.5)) == {
        "score": 3.0,
        "positive": True,
    }


async def test_a_model_with_several_inputs_takes_each_by_name(run, tmp_path):
    from onnx import helper

    keep(
        tmp_path / "a.onnx",
        [helper.make_node("Add", ["x", "y"], ["total"])],
        [("x", "FLOAT", [None, 1]), ("y", "FLOAT", [None, 1])],
        [("total", "FLOAT", [None, 1])],
    )
    assert await run("MLModel", {"x": 1.5, "y": 2}, model="a.onnx") == {"prediction": 3.5}
    with pytest.raises(AgentError, match="`y` is missing"):
        await run("MLModel", {"x": 1.5}, model="a.onnx")


async def test_a_model_of_images_takes_nested_lists(run, tmp_path):
    from onnx import helper

    keep(
        tmp_path / "i.onnx",
        [helper.make_node("ReduceMean", ["image"], ["light"], axes=[1, 2, 3], keepdims=0)],
        [("image", "FLOAT", [None, 1, 2, 2])],
        [("light", "FLOAT", [None])],
    )
    assert await run("MLModel", {"image": [[[1, 2], [3, 4]]]}, model="i.onnx") == {"prediction": 2.5}
    with pytest.raises(AgentError, match=r"KN80[58]"):
        await run("MLModel", {"image": [[1, 2], [3]]}, model="i.onnx")


async def test_a_model_that_scikit_learn_exported(run, tmp_path):
    linear = import_module("sklearn.linear_model")
    skl2onnx = import_module("skl2onnx")
    x = np.array([[0, 0], [1, 1], [2, 0], [0, 2]], dtype=np.float32)
    fitted = linear.LogisticRegression().fit(x, [0, 1, 0, 1])
    (tmp_path / "m.onnx").write_bytes(skl2onnx.to_onnx(fitted, x[:1]).SerializeToString())
    found = await run(
        "MLModel",
        {"a": 0.5, "b": 2},
        model="m.onnx",
        config={"features": ["a", "b"], "labels": ["no", "yes"]},
    )
    assert found["prediction"] == "yes"
    assert found["score"] == pytest.approx(fitted.predict_proba([[0.5, 2]])[0][1], abs=1e-5)


async def test_an_estimator_of_scikit_learn_knows_its_features(run, tmp_path):
    joblib, linear, pandas = (import_module(name) for name in ("joblib", "sklearn.linear_model", "pandas"))
    table = pandas.DataFrame({"a": [0.0, 1, 2, 0], "b": [0.0, 1, 0, 2]})
    fitted = linear.LogisticRegression().fit(table, ["no", "yes", "no", "yes"])
    joblib.dump(fitted, tmp_path / "m.joblib")
    found = await run(
        "MLModel",
        {"b": 2, "c": 9, "a": 0.5},
        model={"file": "m.joblib"},
        config={"positive": "no", "threshold": 0.5},
    )
    assert found["prediction"] == "yes" and found["positive"] is False
    assert found["score"] == pytest.approx(
        fitted.predict_proba(pandas.DataFrame({"a": [0.5], "b": [2]}))[0][0]
    )


async def test_an_estimator_that_finds_outliers_scores(run, tmp_path):
    joblib, ensemble = import_module("joblib"), import_module("sklearn.ensemble")
    joblib.dump(
        ensemble.IsolationForest(n_estimators=5, random_state=0).fit([[0.0], [0.1], [9.0]]),
        tmp_path / "m.pkl",
    )
    assert set(await run("MLModel", {"a": 0.0}, model="m.pkl")) == {"prediction", "score"}


async def test_a_pickle_that_holds_no_estimator_is_told(ready, tmp_path):
    (tmp_path / "m.pkl").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(AgentError, match="no estimator"):
        await ready("MLModel", model="m.pkl")
    (tmp_path / "m.pkl").write_bytes(b"no pickle")
    with pytest.raises(AgentError, match="KN804"):
        await ready("MLModel", model="m.pkl")


class Tensor:
    """Numbers, as much of a tensor as is needed."""

    def __init__(self, numbers):
        self.numbers = [*numbers]

    def __getitem__(self, at):
        return self.numbers[at]


@pytest.fixture
def torch(monkeypatch):
    """Stand in for PyTorch: its files say what to do with rows, in JSON; what else they hold cannot be read."""
    calls = []

    class Module:
        def __init__(self, said):
            self.said = said

        def eval(self):
            calls.append("eval")
            return self

        def __call__(self, rows):
            if len({len(row) for row in rows}) != 1:
                raise RuntimeError("Traceback of the interpreter\nmat1 and mat2 shapes cannot be multiplied")
            calls.append(len(rows))
            sums = Tensor(sum(row) for row in rows)
            return {"dict": {"sum": sums}, "pair": (sums, Tensor(max(row) for row in rows))}.get(
                self.said, sums
            )

    def tensor(rows, *, dtype):
        assert dtype == "float32"
        return [[float(each) for each in row] for row in rows]

    made = types.ModuleType("torch")
    made.float32, made.tensor, made.inference_mode = "float32", tensor, contextlib.nullcontext
    made.set_num_threads = lambda count: calls.append(f"threads={count}")
    made.jit = types.SimpleNamespace(
        load=lambda file, map_location: Module(json.loads(Path(file).read_text(encoding="utf-8")))
    )
    exported = types.SimpleNamespace(module=lambda: Module("plain"))
    made.export = types.SimpleNamespace(load=lambda file: calls.append(f"exported {file.name}") or exported)
    monkeypatch.setitem(sys.modules, "torch", made)
    return calls


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("plain", {"prediction": 6.5}),
        ("dict", {"prediction": 6.5}),
        ("pair", {"output_0": 6.5, "output_1": 3.5}),
    ],
)
async def test_a_model_of_pytorch_is_given_a_tensor_and_its_outputs_have_names(
    run, tmp_path, torch, said, found
):
    (tmp_path / "m.pt").write_text(json.dumps(said))
    result = await run("MLModel", {"a": 1, "b": 2, "c": 3.5}, model="m.pt")
    assert {name: result.get(name) for name in found} == found
    assert torch[:2] == ["threads=1", "eval"]


async def test_an_exported_program_of_pytorch_is_a_model_too(run, tmp_path, torch):
    (tmp_path / "m.pt2").write_text("")
    assert await run("MLModel", {"a": 1, "b": 2}, model="m.pt2") == {"prediction": 3.0}
    assert "exported m.pt2" in torch


async def test_a_model_of_pytorch_takes_many_events_at_once(ready, tmp_path, torch, message):
    (tmp_path / "m.pt").write_text('"plain"')
    agent = await ready("MLModel", model="m.pt")
    found = await agent.process_many([({"a": n, "b": 1}, message) for n in range(3)])
    assert [each["prediction"] for each in found] == [1.0, 2.0, 3.0] and torch[-1] == 3


async def test_what_pytorch_cannot_read_or_compute_is_told_in_one_line(ready, run, tmp_path, torch):
    (tmp_path / "m.pt").write_text("no model")
    with pytest.raises(AgentError, match=r"KN804: m\.pt is neither TorchScript nor an exported program"):
        await ready("MLModel", model="m.pt")
    (tmp_path / "m.pt").write_text('"plain"')
    with pytest.raises(AgentError, match=r"KN80[58]"):
        await run("MLModel", {"a": "word"}, model="m.pt")
    with pytest.raises(AgentError, match=r"KN804: none\.pt cannot be read"):
        await ready("MLModel", model="none.pt")


async def test_that_pytorch_is_not_installed_is_told_with_the_way_to_get_it(ready, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    (tmp_path / "m.pt").write_text("")
    with pytest.raises(AgentError, match="KN803") as caught:
        await ready("MLModel", model="m.pt")
    assert caught.value.remedy == "pip install torch"


async def test_a_function_of_a_python_file(run, tmp_path):
    (tmp_path / "m.py").write_text(
        "def predict(inputs):\n    return {'double': inputs['a'] * 2}\n\n\nasync def later(inputs):\n    return 1\n"
    )
    site = MemorySite(tmp_path, sections={"models": {"mine": {"file": "m.py", "type": "python"}}})
    assert await run("MLModel", {"a": 4}, site, model="models.mine") == {"double": 8}
    assert await run("MLModel", {}, site, model_name="mine", config={"entry": "later"}) == 1
    with pytest.raises(AgentError, match="KeyError"):
        await run("MLModel", {}, site, model="m.py")
    with pytest.raises(AgentError, match="no function"):
        await run("MLModel", {}, site, model="m.py", config={"entry": "nothing"})


async def test_networks_and_rules_are_models_too(run, tmp_path):
    (tmp_path / "n.json").write_text('{"nodes": {"A": {"states": ["y", "n"], "probabilities": [0.3, 0.7]}}}')
    (tmp_path / "r.json").write_text(json.dumps([{"when": "a > 1", "then": {"big": True}}]))
    network = {"file": "n.json", "type": "bayesian"}
    assert (await run("MLModel", {}, model=network))["probabilities"]["A"]["y"] == pytest.approx(0.3)
    assert (await run("MLModel", {"a": "y"}, model=network))["probabilities"] == {}, "fields are of any case"
    assert (await run("MLModel", {"a": 2}, model="r.json"))["big"] is True


@pytest.mark.parametrize("content", [b"", b"no model", b"\x08\x08" * 1000])
async def test_a_file_that_is_no_model_is_told(ready, tmp_path, content):
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(AgentError, match="KN804"):
        await ready("MLModel", model="m.onnx")


@pytest.mark.parametrize(
    "arguments",
    [
        {"model": "m.xyz"},
        {"model": {"file": "m.onnx", "type": "onyx"}},
        {"model": {"type": "onnx"}},
        {"model": {"file": "m.onnx", "versoin": "1"}},
        {"model": "models.nothing"},
        {"model": "m.onnx", "config": {"treshold": 1}},
        {},
    ],
)
async def test_declarations_that_make_no_sense_are_told(ready, tmp_path, arguments):
    (tmp_path / "m.xyz").write_bytes(b"")
    with pytest.raises(AgentError, match="KN802"):
        await ready("MLModel", **arguments)


async def test_a_model_that_is_missing_is_told(ready):
    with pytest.raises(AgentError, match="no such file"):
        await ready("MLModel", model_path="nowhere.onnx")


async def test_a_wrong_number_of_declared_features_is_told_at_once(ready, classifier):
    with pytest.raises(AgentError, match="takes 2 features, but 3"):
        await ready("MLModel", model="c.onnx", config={"features": ["a", "b", "c"]})


@pytest.mark.parametrize(
    "inputs",
    [None, 1, "x", [], [[1]], {"a": {"b": 1}, "c": 1}, {"a": 1e400, "b": 1}, {"a": 10**4000, "b": 1}],
)
async def test_hostile_inputs_are_errors_and_no_crash(ready, classifier, message, inputs):
    agent = await ready("MLModel", model="c.onnx")
    [found] = await agent.process_many([(inputs, message)])
    if isinstance(found, AgentError):
        assert found.code in {"KN805", "KN808"}
    else:
        json.dumps(found, allow_nan=False)
