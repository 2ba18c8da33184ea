"""Who is let in, and what others are told."""

from __future__ import annotations

import pytest
from fastapi import Depends, FastAPI

from kodonb.model.errors import ServiceError, UsageError
from kodonb.serve.access.callers import ANYBODY, Caller, Needs, Scope, Several, access_from_environment
from kodonb.serve.access.keys import Keys
from kodonb.serve.access.provider import Provider
from kodonb.serve.access.rates import RateLimit
from kodonb.serve.access.tokens import Tokens
from kodonb.serve.problems import explain
from tests.serve.issuers import Issuer, rsa


def guarded(access, *, counted=False):
    """Return an application with a route for each scope; it tells who asked."""
    app = FastAPI()
    explain(app)
    if counted:
        app.add_middleware(RateLimit, access=access)
    for scope in Scope:
        known = Depends(Needs(scope, access))

        def show(caller: Caller = known):
            return {"name": caller.name, "who": caller.who}

        app.add_api_route(f"/{scope}", show)
    return app


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys.json")


@pytest.fixture(params=[False, True], ids=["alone", "counted"])
def client(request, serve, keys):
    return serve(guarded(keys, counted=request.param))


def bearing(token):
    return {"Authorization": f"Bearer {token}"}


def test_a_caller_passes_with_the_scope_that_is_needed(client, keys):
    answer = client.get("/run", headers=bearing(keys.create("ci", ["run"])))
    assert answer.status_code == 200 and answer.json() == {"name": "ci", "who": "key:ci"}


def test_without_a_token_the_answer_says_that_one_is_needed(client):
    answer = client.get("/run")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "KN708"


BAD = ["knb_" + "A" * 43, "x", "a.b.c", "ci", "é", "x y", "x" * 4000]


@pytest.mark.parametrize("token", BAD)
def test_a_bad_token_is_told_as_such_and_nothing_more(client, keys, token):
    keys.create("ci", ["run"])
    answer = client.get("/run", headers={"Authorization": b"Bearer " + token.encode()})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == (
        'Bearer error="invalid_token", error_description="the token is invalid or has expired"'
    )
    assert answer.json() == {
        "type": "urn:kodonb:KN708", "title": "not allowed", "status": 401, "code": "KN708",
        "detail": "the token is invalid or has expired",
    }  # fmt: skip


def test_bad_expired_and_revoked_keys_get_the_same_answer(client, keys):
    revoked = keys.create("gone", ["run"])
    keys.revoke("gone")
    tokens = [keys.create("old", ["run"], lifetime=0), revoked, "knb_" + "A" * 43]
    answers = [client.get("/run", headers=bearing(token)) for token in tokens]
    assert len({answer.text for answer in answers}) == 1
    assert {answer.status_code for answer in answers} == {401}


@pytest.mark.parametrize("header", ["Basic {}", "bearer", "Bearer", "{}", "Bearer:{}"])
def test_other_ways_to_say_who_one_is_are_no_bearer_token(client, keys, header):
    answer = client.get("/run", headers={"Authorization": header.format(keys.create("ci", ["run"]))})
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


def test_the_word_bearer_may_be_written_in_any_way(client, keys):
    token = keys.create("ci", ["run"])
    assert client.get("/run", headers={"Authorization": f"bEARER   {token}"}).status_code == 200


def test_a_token_in_the_address_is_no_token(client, keys):
    token = keys.create("ci", ["run"])
    assert client.get("/run", params={"access_token": token}).status_code == 401


def test_two_tokens_are_not_tried_one_after_the_other(client, keys):
    good = keys.create("ci", ["run"])
    headers = [("Authorization", "Bearer x"), ("Authorization", f"Bearer {good}")]
    assert client.get("/run", headers=headers).status_code == 401


@pytest.mark.parametrize("scope", Scope)
def test_every_scope_allows_its_own_only_but_admin_allows_all(client, keys, scope):
    headers = bearing(keys.create("ci", [scope]))
    allowed = {each for each in Scope if client.get(f"/{each}", headers=headers).status_code == 200}
    assert allowed == (set(Scope) if scope is Scope.admin else {scope})


def test_a_missing_scope_is_named(client, keys):
    answer = client.get("/answer", headers=bearing(keys.create("ci", ["run", "read"])))
    assert answer.status_code == 403
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="answer"'
    assert answer.json()["detail"] == "this takes the scope answer" and answer.json()["code"] == "KN708"


def test_a_damaged_key_file_lets_nobody_in_and_is_not_shown(client, keys):
    token = keys.create("ci", ["run"])
    keys.path.write_text("[")
    answer = client.get("/run", headers=bearing(token))
    assert answer.status_code == 503 and answer.json()["code"] == "KN711"
    assert str(keys.path) not in answer.text and "Traceback" not in answer.text


def test_openapi_says_that_a_bearer_token_is_needed(client):
    told = client.get("/openapi.json").json()
    assert told["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    assert told["paths"]["/run"]["get"]["security"] == [{"HTTPBearer": []}]


def test_without_access_control_everybody_is_anybody(serve):
    client = serve(guarded(None, counted=True))
    assert {client.get(f"/{scope}").json()["name"] for scope in Scope} == {"anybody"}
    assert client.get("/admin", headers=bearing("whatever")).status_code == 200


def test_keys_and_an_identity_provider_may_be_used_together(serve, keys):
    with Issuer(rsa("first")) as issuer:
        client = serve(guarded(Several(keys, Tokens(Provider(issuer.url), "kodonb"))))
        by_key = client.get("/run", headers=bearing(keys.create("u1", ["run"]))).json()
        assert by_key == {"name": "u1", "who": "key:u1"}
        assert issuer.asked == []  # a key is no affair of the provider
        by_token = client.get("/run", headers=bearing(issuer.token(preferred_username="ada"))).json()
        assert by_token == {"name": "ada", "who": "oidc:u1"}
        assert client.get("/run", headers=bearing(issuer.token(aud="other"))).status_code == 401


def test_who_is_known_by_one_way_does_not_suffer_from_the_failure_of_another(serve, keys):
    with Issuer(rsa("first")) as issuer:
        client = serve(guarded(Several(keys, Tokens(Provider(issuer.url), "kodonb"))))
        by_key = bearing(keys.create("ci", ["run"]))
        issuer.pages["/jwks"] = 500
        assert client.get("/run", headers=by_key).status_code == 200
        assert client.get("/run", headers=bearing(issuer.token())).status_code == 503
    with Issuer(rsa("second")) as issuer:
        client = serve(guarded(Several(keys, Tokens(Provider(issuer.url), "kodonb"))))
        keys.path.write_text("[")
        assert client.get("/run", headers=bearing(issuer.token())).status_code == 200
        assert client.get("/run", headers=by_key).status_code == 503
        assert client.get("/run", headers=bearing(issuer.token(aud="other"))).status_code == 503


@pytest.mark.parametrize("counted", [False, True], ids=["alone", "counted"])
def test_a_provider_that_does_not_answer_is_a_failure_of_the_service_and_not_of_the_token(serve, counted):
    with Issuer(rsa("first")) as issuer:
        issuer.pages["/jwks"] = 500
        client = serve(guarded(Tokens(Provider(issuer.url), "kodonb"), counted=counted))
        answer = client.get("/run", headers=bearing(issuer.token()))
        assert answer.status_code == 503 and answer.headers["retry-after"] == "5"
        assert answer.headers["content-type"] == "application/problem+json"
        assert issuer.url not in answer.text


def test_a_service_without_any_access_control_does_not_start(home):
    with pytest.raises(ServiceError) as told:
        access_from_environment()
    assert told.value.code == "KN711"
    for way in ("kodonb keys create", "KODONB_OIDC_ISSUER", "--no-auth"):
        assert way in told.value.remedy


def test_access_control_is_off_only_when_that_is_said(home, monkeypatch, caplog):
    monkeypatch.setenv("KODONB_NO_AUTH", "1")
    Keys(home / "keys.json").create("ci", ["run"])
    assert access_from_environment() is None
    assert "everybody" in caplog.text


@pytest.mark.parametrize("told", ["true", "yes", "on", "2"])
def test_a_word_that_may_mean_that_it_is_off_is_refused(home, monkeypatch, told):
    monkeypatch.setenv("KODONB_NO_AUTH", told)
    with pytest.raises(UsageError) as error:
        access_from_environment()
    assert error.value.code == "KN007"


@pytest.mark.parametrize("told", ["", "0"])
def test_access_control_is_not_off_by_saying_no(home, monkeypatch, told):
    monkeypatch.setenv("KODONB_NO_AUTH", told)
    Keys(home / "keys.json").create("ci", ["run"])
    assert isinstance(access_from_environment(), Keys)


def test_the_environment_chooses_keys_a_provider_or_both(home, monkeypatch):
    monkeypatch.setenv("KODONB_OIDC_ISSUER", "https://id.example")
    monkeypatch.setenv("KODONB_OIDC_AUDIENCE", "kodonb")
    assert isinstance(access_from_environment(), Tokens)
    Keys(home / "keys.json").create("ci", ["run"])
    assert isinstance(access_from_environment(), Several)


def test_anybody_is_an_admin_so_that_nothing_is_closed_to_them():
    assert all(ANYBODY.may(scope) for scope in Scope)
