"""Tokens of an identity provider, real ones and forged ones."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import math
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey

from kodonb.model.errors import UsageError
from kodonb.serve.access.callers import Refused, Scope
from kodonb.serve.access.provider import OLD, PAUSE, Provider
from kodonb.serve.access.tokens import Tokens, from_environment
from tests.serve.issuers import Issuer, login, part, provider, rsa

FIRST, SECOND = rsa("first"), rsa("second")


@pytest.fixture
def issuer():
    with Issuer(FIRST) as made:
        yield made


class Clock:
    """Time that passes when a test says so."""

    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def tokens(issuer, clock):
    return Tokens(Provider(issuer.url, clock), "kodonb")


def caller(tokens, token):
    return asyncio.run(tokens.caller(token))


def callers(tokens, *made):
    """Show tokens one after the other, in one event loop."""

    async def ask():
        return [await tokens.caller(token) for token in made]

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def openid():
    with provider() as url:
        yield url


def test_a_person_who_logged_in_at_a_real_provider_is_known(openid):
    tokens = Tokens(Provider(openid), "kodonb")
    found = caller(tokens, login(openid, "u1"))
    assert (found.name, found.scopes, found.who) == ("ada", {Scope.run, Scope.read}, "oidc:u1")


def test_a_person_without_scopes_is_known_and_may_do_nothing(openid):
    found = caller(Tokens(Provider(openid), "kodonb"), login(openid, "u2"))
    assert (found.name, found.scopes) == ("u2", frozenset())


def test_a_real_token_for_another_service_is_refused(openid):
    assert caller(Tokens(Provider(openid), "kodonb"), login(openid, "u1", client="other")) is None


def test_a_real_token_with_another_payload_is_refused(openid):
    tokens = Tokens(Provider(openid), "kodonb")
    token = login(openid, "u1")
    head, _, signature = token.split(".")
    now = int(time.time())
    claims = {"iss": openid, "aud": "kodonb", "sub": "u1", "exp": now + 300, "scope": "admin"}
    assert callers(tokens, token, f"{head}.{part(claims)}.{signature}")[1] is None


def test_a_real_expired_token_is_refused():
    with provider("--token-max-age=-100") as url:
        assert caller(Tokens(Provider(url), "kodonb"), login(url, "u1")) is None


ALGORITHMS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), FIRST),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec256"}),
    "ES384": ECKey.generate_key("P-384", {"kid": "ec384"}),
    "ES512": ECKey.generate_key("P-521", {"kid": "ec521"}),
    "EdDSA": OKPKey.generate_key("Ed25519", {"kid": "ed"}),
    "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed25519"}),
    "Ed448": OKPKey.generate_key("Ed448", {"kid": "ed448"}),
}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # only signing warns of it, which a provider does
def test_signatures_with_a_private_key_are_accepted(tokens, issuer, algorithm):
    issuer.keys.append(ALGORITHMS[algorithm])
    token = issuer.token({"alg": algorithm}, ALGORITHMS[algorithm])
    assert caller(tokens, token).name == "u1"


def hmac_signed(token_head, claims, secret):
    text = f"{part(token_head)}.{part(claims)}"
    return f"{text}.{part(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def good(issuer, **more):
    now = int(time.time())
    return {"iss": issuer.url, "aud": "kodonb", "sub": "u1", "exp": now + 300, "scope": "admin", **more}


FORGED = {
    "no signature": lambda i: f"{part({'alg': 'none'})}.{part(good(i))}.",
    "no signature, spelled oddly": lambda i: f"{part({'alg': 'nOnE', 'kid': 'first'})}.{part(good(i))}.",
    "an empty signature": lambda i: f"{part({'alg': 'RS256', 'kid': 'first'})}.{part(good(i))}.",
    "the public key as a secret": lambda i: hmac_signed(
        {"alg": "HS256", "kid": "first"}, good(i), FIRST.as_pem(private=False)
    ),
    "the published key as a secret": lambda i: hmac_signed(
        {"alg": "HS256", "kid": "first"}, good(i), json.dumps(FIRST.as_dict(private=False)).encode()
    ),
    "a secret of one's own": lambda i: i.token(
        {"alg": "HS256", "kid": "first"}, OctKey.import_key("x" * 32, {"kid": "first"})
    ),
    "another key under the same name": lambda i: i.token({"kid": "first"}, SECOND),
    "another key under its own name": lambda i: i.token(key=SECOND),
    "a key that the token brings along": lambda i: i.token(
        {"jwk": SECOND.as_dict(private=False), "kid": "first"}, SECOND
    ),
    "an address of keys that the token brings along": lambda i: i.token(
        {"jku": f"{i.url}/jwks", "kid": "second"}, SECOND
    ),
    "an altered payload": lambda i: ".".join([
        i.token().split(".")[0], part(good(i)), i.token().split(".")[2],
    ]),
    "an altered header": lambda i: ".".join([
        part({"alg": "RS512", "kid": "first"}), *i.token().split(".")[1:],
    ]),
    "a field that is critical and unknown": lambda i: ".".join([
        part({"alg": "RS256", "kid": "first", "crit": ["x"], "x": 1}), *i.token().split(".")[1:],
    ]),
    "a payload that is no object": lambda i: ".".join([
        i.token().split(".")[0], part([1]), i.token().split(".")[2],
    ]),
}  # fmt: skip


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forged_tokens_are_refused(tokens, issuer, forge):
    known, forged = callers(tokens, issuer.token(), forge(issuer))
    assert known.name == "u1" and forged is None


UNFIT = {
    "expired": {"exp": lambda now: now - 60},
    "valid later": {"nbf": lambda now: now + 60},
    "issued in the future": {"iat": lambda now: now + 60},
    "without an end": {"exp": lambda now: None},
    "with an end that is no time": {"exp": lambda now: "tomorrow"},
    "with an end that never comes": {"exp": lambda now: math.nan},
    "with an infinite end": {"exp": lambda now: math.inf},
    "for another audience": {"aud": lambda now: "other"},
    "for several others": {"aud": lambda now: ["other", "kodonb2"]},
    "for no audience": {"aud": lambda now: None},
    "for an empty audience": {"aud": lambda now: []},
    "for an audience that is no text": {"aud": lambda now: {"kodonb": 1}},
    "of another issuer": {"iss": lambda now: "https://elsewhere.example"},
    "of nearly the issuer": {"iss": lambda now: "http://127.0.0.1"},
    "of a list of issuers": {"iss": lambda now: ["http://127.0.0.1"]},
    "of no issuer": {"iss": lambda now: None},
    "of nobody": {"sub": lambda now: None},
    "of nobody in particular": {"sub": lambda now: ""},
    "of somebody who is no text": {"sub": lambda now: 17},
}


@pytest.mark.parametrize("claims", UNFIT.values(), ids=UNFIT)
def test_tokens_that_are_not_for_here_and_now_are_refused(tokens, issuer, claims):
    now = int(time.time())
    told = {name: make(now) for name, make in claims.items()}
    assert callers(tokens, issuer.token(), issuer.token(**told))[1] is None


def test_clocks_may_differ_a_little(tokens, issuer):
    now = int(time.time())
    found = callers(tokens, issuer.token(exp=now - 10), issuer.token(nbf=now + 10, iat=now + 10))
    assert [each.name for each in found] == ["u1", "u1"]


def test_one_of_several_audiences_is_enough(tokens, issuer):
    assert caller(tokens, issuer.token(aud=["other", "kodonb"])).name == "u1"


def test_header_fields_that_nobody_knows_are_ignored(tokens, issuer):
    from joserfc.jws import JWSRegistry, serialize_compact

    loose = JWSRegistry(algorithms=["RS256"], strict_check_header=False)
    claims = json.dumps(good(issuer))
    token = serialize_compact({"alg": "RS256", "kid": "first", "nonce": "x"}, claims, FIRST, registry=loose)
    assert caller(tokens, token).name == "u1"


SCOPES = {
    "words": ({"scope": "openid run kodonb:read"}, "scope", {"run", "read"}),
    "a list": ({"scope": ["kodonb:answer", 3, None]}, "scope", {"answer"}),
    "nothing": ({"scope": None}, "scope", set()),
    "others' scopes": ({"scope": "other:run RUN kodonb:kodonb:run running"}, "scope", set()),
    "another claim": ({"roles": ["admin"]}, "roles", {"admin"}),
    "a claim in an object": ({"realm_access": {"roles": ["run"]}}, "realm_access.roles", {"run"}),
    "a claim with dots": ({"https://x.example/roles": "read"}, "https://x.example/roles", {"read"}),
    "a path that leads nowhere": ({"realm_access": "run"}, "realm_access.roles", set()),
    "neither text nor list": ({"scope": {"run": True}}, "scope", set()),
}


@pytest.mark.parametrize(("claims", "claim", "scopes"), SCOPES.values(), ids=SCOPES)
def test_scopes_are_read_from_the_claim_that_is_named(issuer, claims, claim, scopes):
    tokens = Tokens(Provider(issuer.url), "kodonb", claim)
    assert caller(tokens, issuer.token(**claims)).scopes == scopes


NAMES = {
    "what people call themselves": ("ada", "ada"),
    "nothing": (None, "u1"),
    "blanks": (" ", "u1"),
    "no text": (["ada"], "u1"),
    "control characters": ("a\x1b[31m\u202eda\n", "a[31mda"),
}


@pytest.mark.parametrize(("told", "name"), NAMES.values(), ids=NAMES)
def test_a_name_is_for_reading_and_what_is_theirs_goes_by_the_subject(tokens, issuer, told, name):
    found = caller(tokens, issuer.token(preferred_username=told))
    assert (found.name, found.who) == (name, "oidc:u1")


def test_the_keys_are_read_once(tokens, issuer):
    callers(tokens, *[issuer.token() for _ in range(5)])
    assert issuer.asked == ["/.well-known/openid-configuration", "/jwks"]


def test_what_is_no_token_of_a_provider_does_not_ask_it(tokens, issuer):
    words = ["", "knb_x", "a.b", "..", "a.b.c", f"{part({'alg': 'HS256'})}.{part({})}.", f"{part([])}.x.y"]
    assert callers(tokens, *words) == [None] * len(words)
    assert issuer.asked == []


def test_new_keys_are_found_and_the_provider_is_asked_once_a_minute_at_most(tokens, issuer, clock):
    async def story():
        assert (await tokens.caller(issuer.token())).name == "u1"
        issuer.keys = [SECOND, FIRST]  # the provider has a new key
        assert await tokens.caller(issuer.token()) is None  # not for a minute
        clock.now += PAUSE
        assert (await tokens.caller(issuer.token())).name == "u1"
        for number in range(20):
            assert await tokens.caller(issuer.token({"kid": f"unknown {number}"})) is None
        clock.now += PAUSE
        for number in range(20):
            assert await tokens.caller(issuer.token({"kid": f"unknown {number}"})) is None

    asyncio.run(story())
    assert issuer.asked.count("/jwks") == 3


def test_many_who_come_at_once_ask_the_provider_once(tokens, issuer):
    async def story():
        return await asyncio.gather(*[tokens.caller(issuer.token()) for _ in range(20)])

    assert [found.name for found in asyncio.run(story())] == ["u1"] * 20
    assert issuer.asked.count("/jwks") == 1


def test_a_withdrawn_key_is_trusted_no_longer(tokens, issuer, clock):
    async def story():
        old = issuer.token()
        assert (await tokens.caller(old)).name == "u1"
        issuer.keys = [SECOND]
        clock.now += OLD + 1
        assert (await tokens.caller(old)).name == "u1"  # nobody waits for the new keys
        await tokens._provider._refreshing
        assert await tokens.caller(old) is None
        assert (await tokens.caller(issuer.token())).name == "u1"

    asyncio.run(story())


def test_a_provider_that_is_down_locks_out_nobody_whose_key_is_known(tokens, issuer, clock, caplog):
    async def story():
        good = issuer.token()
        assert (await tokens.caller(good)).name == "u1"
        issuer.stop()
        clock.now += OLD + 1
        assert (await tokens.caller(good)).name == "u1"
        await tokens._provider._refreshing
        assert (await tokens.caller(good)).name == "u1"
        assert await tokens.caller(issuer.token(key=SECOND)) is None

    asyncio.run(story())
    assert "keys of the identity provider cannot be read" in caplog.text


def test_a_provider_that_was_never_reached_is_told_as_such(tokens, issuer, clock):
    async def story():
        issuer.pages["/jwks"] = 500
        with pytest.raises(Refused) as told:
            await tokens.caller(issuer.token())
        assert (told.value.status_code, told.value.headers) == (503, {"Retry-After": "5"})
        assert issuer.url not in told.value.detail
        with pytest.raises(Refused):
            await tokens.caller(issuer.token())
        assert issuer.asked.count("/jwks") == 1
        issuer.pages.clear()
        clock.now += 5
        assert (await tokens.caller(issuer.token())).name == "u1"

    asyncio.run(story())


def test_a_provider_that_hangs_does_not_hold_up_those_whose_key_is_known(tokens, issuer, clock):
    async def story():
        assert (await tokens.caller(issuer.token())).name == "u1"
        issuer.gate.clear()
        clock.now += PAUSE
        waiting = asyncio.create_task(tokens.caller(issuer.token(key=SECOND)))
        assert await asyncio.to_thread(issuer.reached.wait, 20)
        assert (await tokens.caller(issuer.token())).name == "u1"
        assert not waiting.done()
        issuer.keys.append(SECOND)
        issuer.gate.set()
        assert (await waiting).name == "u1"

    asyncio.run(story())


KEYS = "/jwks"
CONFIGURATION = "/.well-known/openid-configuration"


def described(url, **more):
    return json.dumps({"issuer": url, "jwks_uri": f"{url}/jwks", **more}).encode()


ODD = {
    "another issuer": lambda i: {CONFIGURATION: described(i.url, issuer="https://elsewhere.example")},
    "keys at an unsafe address": lambda i: {
        CONFIGURATION: described(i.url, jwks_uri="http://192.0.2.1/jwks")
    },
    "keys in a file": lambda i: {CONFIGURATION: described(i.url, jwks_uri="file:///etc/passwd")},
    "no address of keys": lambda i: {CONFIGURATION: described(i.url, jwks_uri=None)},
    "a way to elsewhere": lambda i: {CONFIGURATION: f"{i.url}/elsewhere", "/elsewhere": described(i.url)},
    "keys elsewhere": lambda i: {KEYS: f"{i.url}/keys"},
    "no JSON": lambda i: {CONFIGURATION: b"<html>"},
    "no object": lambda i: {CONFIGURATION: b"[]"},
    "no keys": lambda i: {KEYS: b"{}"},
    "keys that are no list": lambda i: {KEYS: b'{"keys": 3}'},
    "only odd keys": lambda i: {KEYS: b'{"keys": [3, {}, {"kty": "RSA"}, {"kty": "AKP", "kid": "x"}]}'},
    "far too much": lambda i: {KEYS: b" " * 600_000 + b'{"keys": []}'},
    "a failure": lambda i: {CONFIGURATION: 404},
}


@pytest.mark.parametrize("pages", ODD.values(), ids=ODD)
def test_a_provider_that_says_odd_things_is_not_believed(tokens, issuer, pages):
    issuer.pages = pages(issuer)
    with pytest.raises(Refused) as told:
        caller(tokens, issuer.token())
    assert told.value.status_code == 503


def test_one_odd_key_does_not_spoil_the_others(tokens, issuer):
    odd = [3, {"kty": "RSA", "kid": "x"}, {"kty": "EC", "crv": "P-256", "x": "?", "y": "?"}, {"kty": "AKP"}]
    secret = {"kty": "oct", "k": part(b"x" * 32), "kid": "secret"}
    small = {"kty": "RSA", "n": part(b"\xff" * 128), "e": "AQAB", "kid": "small"}
    enciphers = {**SECOND.as_dict(private=False), "use": "enc"}
    known = KeySet([FIRST]).as_dict(private=False)["keys"]
    issuer.pages[KEYS] = json.dumps({"keys": [*odd, secret, small, enciphers, *known]}).encode()
    assert callers(tokens, issuer.token(), issuer.token(key=SECOND))[0].name == "u1"
    assert [key.kid for key in tokens._provider.keys] == ["first"]


@pytest.mark.parametrize(
    "address",
    [
        "http://id.example",
        "http://192.0.2.7:80",
        "ftp://127.0.0.1",
        "id.example",
        "https://",
        "http://[::",
        "",
    ],
)
def test_an_issuer_that_others_on_the_way_could_play_is_refused(address):
    with pytest.raises(UsageError) as told:
        Provider(address)
    assert told.value.code == "KN007"


@pytest.mark.parametrize("address", ["https://id.example/realm/", "http://localhost:80", "http://[::1]:9"])
def test_an_issuer_by_https_or_on_this_machine_is_taken(address):
    assert Provider(address).issuer == address


def test_the_environment_names_issuer_audience_and_claim(monkeypatch, issuer):
    assert from_environment() is None
    monkeypatch.setenv("KODONB_OIDC_ISSUER", issuer.url)
    with pytest.raises(UsageError, match="KODONB_OIDC_AUDIENCE is missing"):
        from_environment()
    monkeypatch.setenv("KODONB_OIDC_AUDIENCE", "kodonb")
    assert caller(from_environment(), issuer.token()).scopes == {Scope.run}
    monkeypatch.setenv("KODONB_OIDC_SCOPES_CLAIM", "roles")
    assert caller(from_environment(), issuer.token(roles="admin")).scopes == {Scope.admin}
    monkeypatch.delenv("KODONB_OIDC_ISSUER")
    with pytest.raises(UsageError, match="KODONB_OIDC_ISSUER is missing"):
        from_environment()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
odd_headers = json_values | st.fixed_dictionaries(
    {"alg": st.sampled_from(["RS256", "none", "HS256", "ES256"]) | json_values},
    optional=dict.fromkeys(("kid", "jwk", "jku", "crit", "b64", "typ", "x5c"), json_values),
)


odd_tokens = st.one_of(
    st.builds(
        lambda head, body, tail: f"{part(head)}.{part(body)}.{part(tail)}",
        odd_headers,
        json_values,
        st.binary(),
    ),
    st.builds(lambda raw: f"{raw}.{raw}.{raw}", st.text(max_size=30)),
    st.builds(lambda tail, raw: f"{part(tail)}.{raw}.", st.binary(max_size=40), st.text(max_size=30)),
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=odd_tokens)
def test_nothing_that_somebody_makes_up_is_a_token_or_an_error(tokens, token):
    tokens._provider.keys = KeySet([FIRST, ALGORITHMS["ES256"]])
    tokens._provider._asked = tokens._provider._found = math.inf  # it need not be asked
    assert caller(tokens, token) is None


def test_a_token_nested_without_end_is_no_error(tokens, issuer):
    deep = part(b"[" * 300)
    huge = part(b"[" * 90_000)
    assert callers(tokens, issuer.token(), f"{deep}.{deep}.{deep}", f"{huge}.{huge}.{huge}")[1:] == [
        None,
        None,
    ]


def test_a_deeply_nested_payload_that_the_provider_signed_is_no_error(tokens, issuer):
    from joserfc.jws import serialize_compact

    head = {"alg": "RS256", "kid": "first"}
    token = serialize_compact(head, b'{"a":' * 20_000 + b"1" + b"}" * 20_000, FIRST)
    assert caller(tokens, token) is None
