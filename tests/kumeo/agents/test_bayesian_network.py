"""A BayesianNetwork says exactly how likely things are."""

from __future__ import annotations

import itertools
import json

import pytest

from kodonb.kumeo.agents import AgentError, MemorySite, opened_context

STATES = {"Rain": ["yes", "no"], "Sprinkler": ["on", "off"], "Grass": ["dry", "damp", "soaked"]}
RAIN = {(): [0.2, 0.8]}
SPRINKLER = {("yes",): [0.01, 0.99], ("no",): [0.4, 0.6]}
GRASS = {
    ("on", "yes"): [0.01, 0.09, 0.9],
    ("on", "no"): [0.1, 0.5, 0.4],
    ("off", "yes"): [0.2, 0.5, 0.3],
    ("off", "no"): [0.9, 0.08, 0.02],
}
ROWS = "\n".join(f"  ({a}, {b}) {', '.join(map(str, row))};" for (a, b), row in GRASS.items())
BIF = f"""// a garden
network "Garden" {{ property "of nobody"; }}
variable Rain {{ type discrete [ 2 ] {{ yes, no }}; property "weather"; }}
variable "Sprinkler" {{ type discrete[2] {{ "on" "off" }}; }}
variable Grass {{ type discrete [ 3 ] {{ dry, damp, soaked }}; }}
probability ( Rain ) {{ table 0.2, 0.8; }}
probability ( Sprinkler | Rain ) {{ table 0.01 0.4 0.99 0.6; /* its own states change last */ }}
probability ( Grass | Sprinkler, Rain ) {{
{ROWS}
}}
"""
XMLBIF = f"""<?xml version="1.0"?>
<BIF VERSION="0.3"><NETWORK><NAME>Garden</NAME>
{"".join(f'<VARIABLE TYPE="nature"><NAME>{name}</NAME>{"".join(f"<OUTCOME>{s}</OUTCOME>" for s in states)}</VARIABLE>' for name, states in STATES.items())}
<DEFINITION><FOR>Rain</FOR><TABLE>0.2 0.8</TABLE></DEFINITION>
<DEFINITION><FOR>Sprinkler</FOR><GIVEN>Rain</GIVEN><TABLE>0.01 0.99 <!-- no rain --> 0.4 0.6</TABLE></DEFINITION>
<DEFINITION><FOR>Grass</FOR><GIVEN>Sprinkler</GIVEN><GIVEN>Rain</GIVEN>
<TABLE>{" ".join(str(part) for row in GRASS.values() for part in row)}</TABLE></DEFINITION>
</NETWORK></BIF>"""
JSON = {
    "nodes": {
        "Rain": {"states": STATES["Rain"], "probabilities": [0.2, 0.8]},
        "Sprinkler": {"states": STATES["Sprinkler"], "parents": ["Rain"], "probabilities": {"yes": [0.01, 0.99], "no": [0.4, 0.6]}},
        "Grass": {"states": STATES["Grass"], "parents": ["Sprinkler", "Rain"], "probabilities": {", ".join(k): v for k, v in GRASS.items()}},
    }
}  # fmt: skip
FORMS = {"garden.bif": BIF, "garden.xml": XMLBIF, "garden.bn": json.dumps(JSON)}


def enumerated(known):
    """Return what follows from the definition of probability, by adding up all there is."""
    sums = {name: dict.fromkeys(states, 0.0) for name, states in STATES.items() if name not in known}
    for rain, sprinkler, grass in itertools.product(*STATES.values()):
        world = {"Rain": rain, "Sprinkler": sprinkler, "Grass": grass}
        if any(world[name] != state for name, state in known.items()):
            continue
        part = RAIN[()][STATES["Rain"].index(rain)]
        part *= SPRINKLER[rain,][STATES["Sprinkler"].index(sprinkler)]
        part *= GRASS[sprinkler, rain][STATES["Grass"].index(grass)]
        for name, parts in sums.items():
            parts[world[name]] += part
    return {
        name: {state: part / sum(parts.values()) for state, part in parts.items()}
        for name, parts in sums.items()
    }


@pytest.fixture
def folder(tmp_path):
    for name, text in FORMS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    "known",
    [dict(each) for count in range(4) for names in itertools.combinations(STATES, count)
     for each in itertools.product(*([(name, state) for state in STATES[name]] for name in names))],
)  # fmt: skip
async def test_inference_is_exact_whatever_is_known_and_in_every_form(run, folder, name, known):
    found = await run("BayesianNetwork", {**known, "other": 1}, network=name)
    expected = enumerated(known)
    assert found["probabilities"].keys() == expected.keys()
    for variable, parts in expected.items():
        assert found["probabilities"][variable] == pytest.approx(parts, abs=1e-12)
        assert found["most_likely"][variable] == max(parts, key=parts.get)


async def test_a_network_may_stand_in_the_declaration(run):
    found = await run("BayesianNetwork", {"Grass": "soaked"}, network=JSON, query="Rain")
    assert found["probabilities"] == {"Rain": pytest.approx(enumerated({"Grass": "soaked"})["Rain"])}


async def test_evidence_may_be_computed_and_a_model_declared(run, folder):
    site = MemorySite(folder, sections={"models": {"garden": {"file": "garden.bif", "type": "bayesian"}}})
    evidence = {"Grass": "['dry', 'damp', 'soaked'][level]", "Rain": "null"}
    found = await run(
        "BayesianNetwork", {"level": 2, "Rain": "yes"}, site, model="models.garden", evidence=evidence
    )
    assert found["probabilities"]["Rain"] == pytest.approx(enumerated({"Grass": "soaked"})["Rain"])


@pytest.mark.parametrize("field", ["rain", "RAIN", "rAIN"])
async def test_a_field_is_evidence_whatever_its_case(run, folder, field):
    found = await run("BayesianNetwork", {field: "yes"}, network="garden.bif")
    assert found["probabilities"]["Grass"] == pytest.approx(enumerated({"Rain": "yes"})["Grass"])


async def test_a_field_of_the_very_name_goes_before_others(run, folder):
    found = await run("BayesianNetwork", {"rain": "no", "Rain": "yes", "RAIN": 7}, network="garden.bif")
    assert found["probabilities"]["Grass"] == pytest.approx(enumerated({"Rain": "yes"})["Grass"])


async def test_two_fields_that_may_both_be_meant_are_an_error_that_names_them(run, folder):
    with pytest.raises(AgentError, match="both `rain` and `RAIN` may be the variable `Rain`") as error:
        await run("BayesianNetwork", {"rain": "no", "RAIN": "yes"}, network="garden.bif")
    assert error.value.code == "KN805" and error.value.remedy == "call one of them `Rain`"


async def test_variables_that_differ_in_case_are_told_apart(run):
    node = {"states": ["yes", "no"], "probabilities": [0.5, 0.5]}
    found = await run("BayesianNetwork", {"a": "yes"}, network={"nodes": {"a": node, "A": node}})
    assert found["probabilities"].keys() == {"A"}


async def test_evidence_may_be_uncertain(run, folder):
    found = await run("BayesianNetwork", {"Rain": {"yes": 1, "no": 1}}, network="garden.bif")
    assert found["probabilities"]["Rain"] == pytest.approx({"yes": 0.2, "no": 0.8})
    sure = await run("BayesianNetwork", {"Rain": {"yes": 1}}, network="garden.bif")
    assert sure["probabilities"]["Rain"] == pytest.approx({"yes": 1.0, "no": 0.0})


@pytest.mark.parametrize(("value", "state"), [(True, "yes"), (False, "no"), ("YES", "yes"), ("no", "no")])
async def test_truth_values_and_capitals_are_understood(run, folder, value, state):
    found = await run("BayesianNetwork", {"Rain": value}, network="garden.bif")
    assert found["probabilities"]["Grass"] == pytest.approx(enumerated({"Rain": state})["Grass"])


@pytest.mark.parametrize(
    "value", ["maybe", 3, [1], {"sun": 1}, {"yes": -1}, {"yes": 0}, {"yes": "x"}, {"yes": float("nan")}, ""]
)
async def test_a_state_that_does_not_exist_is_an_error(run, folder, value):
    with pytest.raises(AgentError, match="KN805"):
        await run("BayesianNetwork", {"Rain": value}, network="garden.bif")


async def test_what_cannot_be_is_an_error_and_the_next_event_is_not_harmed(ready, message):
    sure = {
        "nodes": {
            "A": {"states": ["y", "n"], "probabilities": [1, 0]},
            "B": {"states": ["y", "n"], "parents": ["A"], "probabilities": {"y": [1, 0], "n": [0.5, 0.5]}},
        }
    }
    agent = await ready("BayesianNetwork", network=sure)
    with pytest.raises(AgentError, match="KN808"):
        agent.process({"B": "n"}, message)
    assert agent.process({}, message)["most_likely"] == {"A": "y", "B": "y"}


async def test_a_network_may_be_a_context_of_other_agents(run, folder, message):
    network = await opened_context("BayesianNetwork", {"path": "garden.bif"}, MemorySite(folder))
    site = MemorySite(contexts={"BayesianNetwork": network})
    rules = {"context.BayesianNetwork.probabilities.Rain.yes > 0.3": "target.wet", "default": "target.dry"}
    assert (await run("Router", {"Grass": "soaked"}, site, rules=rules)).subjects == ("wet",)
    assert (await run("Router", {"Grass": "dry"}, site, rules=rules)).subjects == ("dry",)
    await network.close()


@pytest.mark.parametrize(
    "text",
    [
        "", "network x {", "garbage", "{", "{}", "<bif>", "<BIF></BIF>", '{"nodes": {}}', '{"nodes": {"A": 1}}', "\0\1\2",
        BIF.replace("0.2, 0.8", "0.2, 0.9"), BIF.replace("0.2, 0.8", "0.2"), BIF.replace("0.2, 0.8", "nan, nan"), BIF.replace("| Rain", "| Snow"),
        BIF.replace("0.2, 0.8", "-0.2, 1.2"), BIF.replace("(on, yes)", "(on, maybe)"), BIF.replace("variable Rain", "variable Grass"),
        XMLBIF.replace("0.01 0.99", "0.01"), XMLBIF.replace("<FOR>Rain</FOR>", ""), XMLBIF.replace("<GIVEN>Rain</GIVEN>", "<GIVEN>Grass</GIVEN>"),
        '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><BIF><NETWORK>&x;</NETWORK></BIF>',
        '{"nodes": {"A": {"states": ["x", "x"], "probabilities": [0.5, 0.5]}}}',
        '{"nodes": {"A": {"states": ["x", "y"], "parents": ["B"], "probabilities": {"x": [0.5, 0.5], "y": [0.5, 0.5]}}, "B": {"states": ["x", "y"], "parents": ["A"], "probabilities": {"x": [0.5, 0.5], "y": [0.5, 0.5]}}}}',
    ],
)  # fmt: skip
async def test_a_file_that_is_no_network_is_told(ready, tmp_path, text):
    (tmp_path / "bad.bif").write_text(text)
    with pytest.raises(AgentError, match="KN804"):
        await ready("BayesianNetwork", network="bad.bif")


async def test_a_network_too_dense_for_exact_inference_is_refused_before_it_starts(ready):
    states = [str(number) for number in range(10)]
    even = [0.1] * 10
    roots = {f"R{number}": {"states": states, "probabilities": even} for number in range(9)}
    pairs = {
        f"P{a}_{b}": {"states": states[:2], "parents": [f"R{a}", f"R{b}"], "probabilities": {f"{x}, {y}": [0.5, 0.5] for x in states for y in states}}
        for a, b in itertools.combinations(range(9), 2)
    }  # fmt: skip
    with pytest.raises(AgentError, match="too densely"):
        await ready("BayesianNetwork", network={"nodes": roots | pairs})


async def test_variables_that_do_not_exist_name_near_ones(ready, folder):
    for arguments in ({"query": ["Rian"]}, {"evidence": {"Rian": "x"}}):
        with pytest.raises(AgentError) as error:
            await ready("BayesianNetwork", MemorySite(folder), network="garden.bif", **arguments)
        assert "`Rain`" in error.value.remedy


async def test_a_comment_without_an_end_is_told_at_once(ready, tmp_path):
    (tmp_path / "bad.bif").write_text(BIF + "/* " * 300_000)  # each of which led to the end of the file
    with pytest.raises(AgentError, match=r"KN804.*comment"):
        await ready("BayesianNetwork", MemorySite(tmp_path), network="bad.bif")
