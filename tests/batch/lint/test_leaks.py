"""KN116: secrets, found and not shown. The secrets here are made up as the tests run."""

import json
import random
import string

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_output

from kodonb.batch.lint import fix, lint

CHARS = string.ascii_letters + string.digits


def some(length, chars=CHARS, seed=7):
    # One of each kind at the end, which some shapes ask for.
    return "".join(random.Random(seed).choices(chars, k=length - 3)) + (
        "aZ4" if chars == CHARS else chars[:3]
    )


SHAPES = {
    "AWS": "AKIA" + some(16, string.ascii_uppercase),
    "GitHub": "ghp_" + some(36),
    "GitHub, fine-grained": "github_pat_" + some(70),
    "GitLab": "glpat-" + some(20),
    "OpenAI": "sk-" + some(48),
    "OpenAI project": "sk-proj-" + some(60),
    "Slack": "xoxb-" + some(24),
    "Slack webhook": f"https://hooks.slack.com/services/T{some(9)}/B{some(9)}/{some(24)}",
    "Google": "AIza" + some(35),
    "Hugging Face": "hf_" + some(34),
    "Stripe": "sk_live_" + some(24),
    "npm": "npm_" + some(36),
    "PyPI": "pypi-AgE" + some(80),
    "JWT": f"eyJ{some(20)}.eyJ{some(40)}.{some(43)}",
    "a private key": f"-----BEGIN RSA PRIVATE KEY-----\\n{some(64)}\\n{some(64)}",
    "a URL": f"postgresql://ada:{some(12)}@db.example.org/x",
}


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_secret_in_the_source_is_found_and_not_shown(write, secret):
    [one] = lint(write("x = 1", f"y = 2\nz = ('{secret}')"))
    assert (one.code, one.cell, one.line, one.severity, one.fixable) == ("KN116", 2, 2, "error", False)
    assert secret[-10:] not in repr(one) and "characters)" in one.message


NAMED = {
    "a variable": "db_password = '{}'",
    "an attribute": "import types\nc = types.SimpleNamespace()\nc.password = '{}'",
    "an argument": "dict(api_key='{}')",
    "a key": "x = {{'client_secret': '{}'}}",
    "an item": "import os\nos.environ['SERVICE_API_KEY'] = '{}'",
    "an annotated variable": "auth_token: str = '{}'",
    "a magic": "%env API_KEY={}\nimport os",
    "camel case": "accessToken = '{}'",
    "a comment in another language": "%%bash\nexport MY_TOKEN={}",
}


@pytest.mark.parametrize("text", NAMED.values(), ids=NAMED)
def test_a_random_text_under_a_telling_name_is_a_secret(found, text):
    assert [code for code, *_ in found(text.format(some(24)))] == ["KN116"]


def test_a_password_is_told_once_and_by_no_more_than_a_quarter(write):
    [one] = lint(write("password = 'tr0ub4dor'"))
    assert "(tr…, 9 characters)" in one.message


OUTPUTS = {
    "a stream": lambda secret: new_output("stream", text=f"key: {secret}\n"),
    "plain text": lambda secret: new_output("execute_result", {"text/plain": repr(secret)}),
    "HTML": lambda secret: new_output("display_data", {"text/html": f"<b>{secret}</b>"}),
    "JSON": lambda secret: new_output("display_data", {"application/json": {"a": [secret]}}),
    "an error": lambda secret: new_output("error", ename="E", evalue=secret, traceback=[secret]),
    "what a telling name stands before": lambda _: new_output("stream", text=f"API_KEY={some(30)}"),
}


@pytest.mark.parametrize("make", OUTPUTS.values(), ids=OUTPUTS)
def test_a_secret_in_an_output_is_found_and_fixed(write, make):
    secret = SHAPES["GitHub"]
    kept = new_output("stream", name="stderr", text="fine")
    path = write("x = 1", new_code_cell("print(x)", outputs=[kept, make(secret)], execution_count=1))
    findings = lint(path)
    assert [(one.code, one.cell, one.fixable) for one in findings] == [("KN116", 2, True)]
    [fixed] = fix(path, findings)
    assert fixed.cell == 2 and "1 output" in fixed.what
    assert lint(path) == []
    [output] = nbformat.read(path, 4).cells[1].outputs
    assert output == kept


def test_a_fix_leaves_all_else_in_the_file_as_it_was(write):
    output = new_output("stream", text=SHAPES["Slack"])
    path = write(
        "größe = 1.50", new_code_cell("2", outputs=[output], execution_count=4), custom={"b": 1, "a": [1e-5]}
    )
    text = path.read_text()
    document = json.loads(text)
    document["nbformat_minor"] = 2  # a format without ids: it is not brought to a newer one
    for cell in document["cells"]:
        del cell["id"]
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    fix(path, lint(path))
    document["cells"][1]["outputs"] = []
    assert path.read_text() == json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def test_without_anything_to_fix_the_file_is_not_written(write):
    path = write("password = 'tr0ub4dor'")
    before = path.stat().st_mtime_ns, path.stat().st_ino
    assert fix(path, lint(path)) == []
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_a_secret_in_the_state_of_widgets_is_found_and_fixed(write):
    state = {
        "application/vnd.jupyter.widget-state+json": {"state": {"m": {"state": {"value": SHAPES["AWS"]}}}}
    }
    view = new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "m"}})
    path = write(new_code_cell("1", outputs=[view], execution_count=1), widgets=state)
    findings = lint(path)
    assert [(one.code, one.cell) for one in findings] == [("KN116", None)]
    fix(path, findings)
    assert lint(path) == [] and "widgets" not in nbformat.read(path, 4).metadata


@pytest.mark.parametrize("shown", [True, False])
def test_the_state_of_widgets_goes_only_if_no_output_shows_one(write, shown):
    kind = "application/vnd.jupyter.widget-view+json" if shown else "text/plain"
    output = new_output("display_data", {kind: {"model_id": "m"} if shown else "m"})
    path = write(new_code_cell("1", outputs=[output], execution_count=1), widgets={"state": {}})
    fix(path, lint(path))
    assert ("widgets" in nbformat.read(path, 4).metadata) == shown
