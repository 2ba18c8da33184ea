"""HumanReview and HumanInLoop ask people, and tell them that they are asked."""

from __future__ import annotations

import asyncio
import base64
import email
import hashlib
import hmac
import json
import logging
import socket
import ssl
import subprocess
from contextlib import contextmanager
from email import policy

import msgspec
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import ValidationError

from kodonb.kumeo.agents import AgentError, Answer, Dropped, MemorySite, Message, opened
from kodonb.kumeo.agents.notifying.mail import server
from kodonb.kumeo.agents.notifying.webhook import signature
from tests.kumeo.agents.servers import saying, serving

CASE = {"patient_id": "7", "risk_level": "high", "findings": ["a", "b"], "recommendation": "old"}
UI = {
    "title": "Case {{patient_id}}",
    "description": "Please review",
    "fields": [
        {"field": "patient_id", "label": "Patient ID", "type": "text"},
        {"field": "risk_level", "label": "Risk Level", "type": "badge"},
        {"field": "findings", "label": "Key Findings", "type": "text"},
        {"field": "recommendation", "label": "Review Notes", "type": "textarea", "required": True},
    ],
}


@pytest.fixture
def ask(message, tmp_path):
    """Ask once; return the result and the site."""

    async def go(answers, kind="HumanReview", inputs=CASE, environment=None, **arguments):
        site = MemorySite(tmp_path, answers=answers, environment=environment)
        agent = await opened(kind, arguments, site)
        try:
            return await agent.process(inputs, message), site
        finally:
            await agent.close()

    return go


async def test_what_is_declared_is_shown_and_asked(ask):
    found, site = await ask(
        [Answer({"decision": "approve", "recommendation": "new"}, by="one")], config={"ui": UI}
    )
    [(title, form, timeout)] = site.questions
    schema = form.model_json_schema()
    assert (title, timeout) == ("Case 7", None)
    assert (
        schema["description"] == 'Please review\n\nPatient ID: 7\nRisk Level: high\nKey Findings: ["a", "b"]'
    )
    assert list(schema["properties"]) == ["decision", "comment", "recommendation"]
    assert schema["required"] == ["decision", "recommendation"]
    assert schema["properties"]["recommendation"]["examples"] == ["old"]
    assert found == {
        **CASE, "recommendation": "new", "decision": "approve", "approved": True,
        "review": {"by": ["one"], "at": "2026-01-01T00:00:00+00:00", "comment": "", "timed_out": False, "escalated": False},
    }  # fmt: skip


async def test_what_does_not_fit_the_form_is_refused(ask):
    for answer in (
        {"decision": "maybe", "recommendation": "x"},
        {"decision": "approve"},
        {"decision": "approve", "recommendation": "", "x": 1},
    ):
        with pytest.raises(ValidationError):
            await ask([answer], config={"ui": UI})


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        (["notes", "score"], {"notes": "n", "score": ""}),
        ({"score": "integer", "why": {"type": "select", "options": ["a", "b"]}}, {"score": 3, "why": "b"}),
        (
            [{"name": "day", "type": "date"}, {"name": "tags", "type": "multiselect", "options": ["x", "y"]}],
            {"day": "2026-05-01", "tags": ["y"]},
        ),
        (
            ["model_config", "json", "__class__", "a b", "copy"],
            {"model_config": "1", "json": "2", "__class__": "3", "a b": "4", "copy": "5"},
        ),
    ],
)
async def test_fields_come_in_many_forms_and_under_any_name(ask, fields, answer):
    found, _ = await ask([{"decision": "approve", **answer}], inputs={}, config={"ui": {"fields": fields}})
    assert {name: found[name] for name in answer} == answer


async def test_a_rejection_goes_on_with_the_decision_or_as_declared(ask):
    no = {"decision": "reject", "comment": "too risky"}
    found, _ = await ask([no])
    assert (found["decision"], found["approved"], found["review"]["comment"]) == (
        "reject",
        False,
        "too risky",
    )
    assert (await ask([no], config={"on_reject": "drop"}))[0] == Dropped("it was rejected")
    with pytest.raises(AgentError, match="too risky"):
        await ask([no], config={"on_reject": "fail"})


@pytest.mark.parametrize(("on_timeout", "approved"), [("approve", True), ("reject", False), (None, False)])
async def test_when_nobody_answers_what_is_declared_happens(ask, on_timeout, approved):
    found, site = await ask([None], timeout="1h", on_timeout=on_timeout)
    assert found["approved"] is approved and found["review"]["timed_out"] is True
    assert site.questions[0][2] == 3600


async def test_escalation_tells_others_and_asks_again_and_then_gives_up(ask):
    with serving(saying((204, "text/plain", []))) as (url, seen):
        config = {"timeout": "1h", "on_timeout": "escalate", "escalation_path": url}
        found, site = await ask([None, {"decision": "approve"}], config=config)
        assert found["approved"] and found["review"]["escalated"] and len(seen) == 1
        assert len(site.questions) == 2
        with pytest.raises(AgentError, match="KN811"):
            await ask([None, None], config=config)


async def test_a_reviewer_may_pass_it_on(ask):
    with serving(saying((200, "text/plain", []))) as (url, seen):
        found, site = await ask([{"decision": "escalate"}, {"decision": "reject"}], escalation_path=url)
    assert found["decision"] == "reject" and len(seen) == 1
    assert "escalate" not in json.dumps(site.questions[1][1].model_json_schema()["properties"]["decision"])


async def test_as_many_people_as_declared_must_approve_and_nobody_twice(ask):
    answers = [{"decision": "approve", "reviewer": name} for name in ("One", " one", "Two", "Three")]
    found, site = await ask(answers, required_approvals=3)
    assert found["review"]["by"] == ["One", "Two", "Three"] and len(site.questions) == 4
    found, _ = await ask([answers[0], {"decision": "reject", "reviewer": "Two"}], required_approvals=3)
    assert found["approved"] is False


async def test_several_reviewers_may_answer_from_one_account(ask):
    answers = [Answer({"decision": "approve", "reviewer": name}, by="team") for name in ("One", "Two")]
    found, _ = await ask(answers, required_approvals=2)
    assert found["approved"] and found["review"]["by"] == ["One", "Two"]


async def test_a_rejection_says_whose_it_is(ask):
    found, _ = await ask([Answer({"decision": "reject"}, by="ada")])
    assert found["review"]["by"] == ["ada"]


async def test_time_does_not_start_anew_with_every_approval(message, tmp_path):
    site = MemorySite(tmp_path, answers=[{"decision": "approve", "reviewer": "One"}, None])
    agent = await opened("HumanReview", {"required_approvals": 2, "timeout": "1h"}, site)
    asking = site.ask

    async def slow(form, title, *, timeout):
        site.wait(600)
        return await asking(form, title, timeout=timeout)

    site.ask = slow
    found = await agent.process({}, message)
    assert [timeout for _, _, timeout in site.questions] == [3600, 3000]
    assert found["approved"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        {"config": {"ui": {"fields": [{"field": "a", "type": "slider"}]}}},
        {"config": {"ui": {"fields": [{"field": "a", "type": "select"}]}}},
        {"config": {"ui": {"fields": ["a", "a"]}}},
        {"config": {"ui": {"fields": ["decision"]}}},
        {"config": {"ui": {"feilds": []}}},
        {"on_timeout": "wait"},
        {"timeout": "soon"},
        {"timeout": "1h", "on_timeout": "escalate"},
        {"required_approvals": 0},
        {"notifications": {"pigeon": "x"}},
        {"notifications": {"email": {"to": "a@b.org", "subjekt": "x"}}},
        {"notifications": {"webhook": "ftp://x"}},
        {"notifications": {"webhook": "http://x:99999/"}},
        {"notifications": {"webhook": "http://[x/"}},
        {"notifications": {"webhook": {"url": "http://x", "secret": "whsec_ä"}}},
        {"notifications": 5},
    ],
)
async def test_declarations_that_make_no_sense_are_told(ask, arguments):
    with pytest.raises(AgentError, match="KN802"):
        await ask([], environment={"SMTP_URL": "smtp://127.0.0.1"}, **arguments)


async def test_a_loop_with_an_approval(ask):
    found, _ = await ask([{"decision": "approve"}], "HumanInLoop", interface="approval")
    assert found["approved"] is True


async def test_a_loop_with_a_text_a_choice_and_a_form(ask):
    assert (await ask([{"answer": "yes"}], "HumanInLoop", {"q": 1}, interface="text"))[0] == {
        "q": 1,
        "answer": "yes",
    }
    choice = {"interface": "choice", "config": {"options": ["a", "b"]}}
    assert (await ask([{"answer": "b"}], "HumanInLoop", {}, **choice))[0] == {"answer": "b"}
    with pytest.raises(ValidationError):
        await ask([{"answer": "c"}], "HumanInLoop", {}, **choice)
    form = {"interface": {"title": "T {{q}}", "fields": {"n": "integer"}}}
    found, site = await ask([{"n": 4}], "HumanInLoop", {"q": 1}, **form)
    assert found == {"q": 1, "n": 4} and site.questions[0][0] == "T 1"


async def test_a_loop_asks_only_when_triggered(ask):
    found, site = await ask([], "HumanInLoop", {"amount": 5}, interface="web", trigger="amount > 10")
    assert found == {"amount": 5} and not site.questions


@pytest.mark.parametrize(
    "arguments",
    [
        {"interface": "hologram"},
        {"interface": "choice"},
        {"interface": "form"},
        {"interface": {"titel": "x"}},
        {"interface": "approval", "timeout": "1h", "config": {"on_timeout": "escalate"}},
        {},
    ],
)
async def test_loops_that_make_no_sense_are_told(ask, arguments):
    with pytest.raises(AgentError, match="KN802"):
        await ask([], "HumanInLoop", **arguments)


# Notifications


def verified(secret, headers, body):
    """Check a webhook as its receiver does (https://www.standardwebhooks.com), without code of ours."""
    headers = {name.lower(): value for name, value in headers.items()}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    version, _, said = headers["webhook-signature"].partition(",")
    return version == "v1" and hmac.compare_digest(base64.b64decode(said), digest)


@pytest.mark.parametrize("form", ["plain", "whsec"])
async def test_a_webhook_is_signed_and_tells_what_is_asked(ask, form):
    secret = b"0123456789abcdef"
    said = secret.decode() if form == "plain" else "whsec_" + base64.b64encode(secret).decode()
    with serving(saying((200, "text/plain", ["ok"]))) as (url, seen):
        await ask(
            [{"decision": "approve", "recommendation": "x"}],
            config={"ui": UI, "notifications": {"webhook": url}},
            environment={"WEBHOOK_SECRET": said},
        )
    [(_, headers, body)] = seen
    assert verified(secret, headers, body) and not verified(b"another", headers, body)
    assert not verified(secret, headers, body + b" ")
    told = json.loads(body)
    assert told["data"]["fields"]["Risk Level"] == "high" and "Case 7" in told["text"]


async def test_a_webhook_whose_answer_has_no_end_does_not_keep_the_question(ask):
    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with asyncio.timeout(5):
            found, site = await ask(
                [{"decision": "approve"}], notifications={"webhook": f"http://127.0.0.1:{port}"}
            )
    assert found["approved"] and not any("KN812" in str(payload) for _, payload in site.events)


async def test_the_address_of_a_webhook_which_may_be_secret_is_not_logged(ask, caplog):
    caplog.set_level(logging.INFO)
    with serving(saying((200, "text/plain", ["ok"]))) as (url, seen):
        await ask([{"decision": "approve"}], notifications=f"{url}/T000/secret")
    assert len(seen) == 1 and "secret" not in caplog.text


async def test_a_webhook_without_a_secret_is_sent_and_a_warning_says_so(ask):
    with serving(saying((200, "text/plain", ["ok"]))) as (url, seen):
        _, site = await ask([{"decision": "approve"}], notifications=url)
    assert "webhook-signature" not in {name.lower() for name in seen[0][1]}
    assert any("WEBHOOK_SECRET" in payload["message"] for kind, payload in site.events if kind == "log")


async def test_a_webhook_is_sent_again_with_the_same_id_when_the_receiver_is_not_ready(ask):
    with serving(saying((503, "text/plain", []), (200, "text/plain", []))) as (url, seen):
        await ask([{"decision": "approve"}], notifications={"webhook": {"url": url, "secret": "s"}})
    assert len({headers["webhook-id"] for _, headers, _ in seen}) == 1 and len(seen) == 2


@pytest.mark.parametrize("status", [400, 404, 302])
async def test_a_webhook_that_is_not_taken_does_not_stop_the_question(ask, status):
    with serving(saying((status, "text/plain", [], ("Location", "http://192.0.2.1/")))) as (url, _):
        found, site = await ask([{"decision": "approve"}], notifications=[url])
    assert found["approved"]
    assert any("KN812" in payload["message"] for kind, payload in site.events if kind == "log")


def test_the_signature_is_the_one_of_the_standard():
    # The example of https://github.com/standard-webhooks/standard-webhooks, worked out by hand with openssl.
    body = b'{"test": 2432232314}'
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    by_hand = subprocess.run(
        ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key.hex()}", "-binary"],
        input=b"msg_1.1614265330." + body,
        capture_output=True,
        check=True,
    ).stdout
    assert (
        signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_1", 1614265330, body)
        == "v1," + base64.b64encode(by_hand).decode()
    )


class Inbox:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the name is aiosmtpd's
        self.mails.append(
            (
                envelope.mail_from,
                envelope.rcpt_tos,
                email.message_from_bytes(envelope.content, policy=policy.default),
            )
        )
        return "250 taken"


@contextmanager
def receiving(**options):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Inbox(), "127.0.0.1", port, **options)
    controller.start()
    try:
        yield f"127.0.0.1:{port}", controller.handler.mails
    finally:
        controller.stop()


MAIL = {"email": {"to": "Team <team@example.org>, two@example.org", "subject": "[Action] Review"}}


async def test_an_e_mail_tells_what_is_asked(ask):
    with receiving() as (host, mails):
        environment = {"SMTP_URL": f"smtp://{host}", "SMTP_FROM": "flows@example.org"}
        await ask(
            [{"decision": "approve", "recommendation": "x"}],
            config={"ui": UI, "notifications": MAIL, "link": "https://panel/x"},
            environment=environment,
        )
    [(sender, receivers, mail)] = mails
    assert (sender, receivers) == ("flows@example.org", ["team@example.org", "two@example.org"])
    assert (mail["Subject"], mail["Auto-Submitted"]) == ("[Action] Review", "auto-generated")
    assert "Risk Level: high" in mail.get_content() and "https://panel/x" in mail.get_content()


async def test_data_cannot_add_headers_to_an_e_mail(ask):
    hostile = "x\r\nBcc: all@example.org\r\n\r\nbuy\u2028this\x00"
    with receiving() as (host, mails):
        await ask(
            [{"decision": "approve"}],
            inputs={"t": hostile},
            config={
                "ui": {"title": "{{t}}", "description": "{{t}}\r\n.\r\nQUIT"},
                "notifications": "team@example.org",
            },
            environment={"SMTP_URL": f"smtp://{host}"},
        )
    [(_, receivers, mail)] = mails
    assert receivers == ["team@example.org"] and mail["Bcc"] is None
    assert mail["Subject"].startswith("x Bcc: all@example.org buy")
    assert "QUIT" in mail.get_content()


async def test_a_server_with_a_password_is_told_it_and_one_without_encryption_elsewhere_is_not(
    ask, monkeypatch
):
    seen = []

    def known(server, session, envelope, mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss")

    with receiving(authenticator=known, auth_require_tls=False) as (host, mails):
        environment = {"SMTP_URL": f"smtp://me:p%40ss@{host}", "SMTP_FROM": "me@example.org"}
        await ask([{"decision": "approve"}], notifications="team@example.org", environment=environment)
        monkeypatch.setattr("kodonb.kumeo.agents.notifying.mail._is_here", lambda host: False)
        _, site = await ask(
            [{"decision": "approve"}], notifications="team@example.org", environment=environment
        )
    assert seen == [(b"me", b"p@ss")] and len(mails) == 1
    assert any("encryption" in payload["message"] for kind, payload in site.events if kind == "log")


@pytest.fixture
def certified(tmp_path):
    """A certificate that nobody has signed, and its key."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=127.0.0.1",
    ]
    subprocess.run([*made, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return cert, key


async def test_encryption_is_asked_for_and_the_certificate_checked(ask, certified):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certified)
    with receiving(tls_context=context) as (host, mails):
        _, site = await ask(
            [{"decision": "approve"}],
            notifications="team@example.org",
            environment={"SMTP_URL": f"smtp+starttls://{host}"},
        )
    assert not mails
    assert any("certificate" in payload["message"].lower() for kind, payload in site.events if kind == "log")


async def test_a_connection_that_is_encrypted_from_the_start_checks_the_certificate_too(ask, certified):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certified)
    with receiving(ssl_context=context, server_hostname="localhost") as (host, mails):
        _, site = await ask(
            [{"decision": "approve"}],
            notifications="team@example.org",
            environment={"SMTP_URL": f"smtps://{host}"},
        )
    assert not mails
    assert any("certificate" in payload["message"].lower() for kind, payload in site.events if kind == "log")


async def test_a_mail_server_that_is_not_there_does_not_stop_the_question(ask):
    found, site = await ask(
        [{"decision": "approve"}],
        notifications="team@example.org",
        environment={"SMTP_URL": "smtp://127.0.0.1:1"},
    )
    assert found["approved"] and any(
        "KN812" in payload["message"] for kind, payload in site.events if kind == "log"
    )


@pytest.mark.parametrize("url", ["", "127.0.0.1:25", "http://x", "smtp://", "smtp://h:99999", "smtp://h:x"])
async def test_without_a_mail_server_it_is_told_when_it_is_opened(ask, url):
    with pytest.raises(AgentError, match="SMTP_URL"):
        await ask([], notifications="team@example.org", environment={"SMTP_URL": url})


@pytest.mark.parametrize("to", ["nobody", "a@b.org\nBcc: c@d.org", "a@b.org, ", "", "a b@c.org", "<>"])
async def test_an_address_that_is_none_is_told(ask, to):
    with pytest.raises(AgentError, match="KN802"):
        await ask([], notifications={"email": {"to": to}}, environment={"SMTP_URL": "smtp://127.0.0.1"})


def test_a_mail_server_is_read_from_its_url():
    assert server({"SMTP_URL": "smtps://u:p%2Fw@mail.example.org"}, "a") == (
        "mail.example.org",
        465,
        "u",
        "p/w",
        "tls",
    )


async def test_the_question_does_not_wait_for_its_notification(message):
    begun, release = asyncio.Event(), asyncio.Event()

    class Slow:
        async def send(self, notice):
            begun.set()
            await release.wait()

    site = MemorySite(answers=[{"decision": "approve"}])
    agent = await opened("HumanReview", {}, site)

    agent._question = msgspec.structs.replace(agent._question, channels=(Slow(),))
    running = asyncio.ensure_future(agent.process({}, Message()))
    await begun.wait()
    assert site.questions
    release.set()
    assert (await running)["approved"]


async def test_a_question_that_nobody_waits_for_any_more_tells_nobody_either(message):
    begun = asyncio.Event()
    ended = []

    class Slow:
        async def send(self, notice):
            begun.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.append(True)

    class Silent(MemorySite):
        async def ask(self, form, title, *, timeout):
            await asyncio.sleep(60)

    agent = await opened("HumanReview", {}, Silent())
    agent._question = msgspec.structs.replace(agent._question, channels=(Slow(),))
    running = asyncio.ensure_future(agent.process({}, Message()))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == [True]


async def test_who_answers_sees_the_whole_message_where_nothing_is_declared_to_be_shown(ask):
    message = {"id": 7, "lines": [{"sku": "a", "amount": number} for number in range(9)], "note": "x" * 5000}
    _, site = await ask([{"decision": "approve"}], inputs=message, config={"ui": {"description": "Large"}})
    schema = site.questions[0][1].model_json_schema()
    shown = {each["label"]: each["value"] for each in schema["x-shown"]}
    assert (schema["x-asker"], schema["x-about"]) == (site.agent, "Large")
    assert shown["id"] == "7" and json.loads(shown["lines"]) == message["lines"] and "\n" in shown["lines"]
    assert shown["note"] == "x" * 1999 + "…"


async def test_what_is_shown_of_a_huge_message_has_a_bound(ask):
    _, site = await ask([{"decision": "approve"}], inputs={f"f{n}": "x" * 1500 for n in range(100)})
    shown = site.questions[0][1].model_json_schema()["x-shown"]
    assert sum(len(each["value"]) for each in shown) < 10_000 and len(shown) < 50
    assert shown[-1]["label"] == "…" and shown[-1]["value"].endswith("more")


async def test_what_leaves_for_other_servers_is_what_is_declared_to_be_shown(ask):
    with serving(saying((204, "text/plain", []))) as (url, seen):
        await ask([{"decision": "approve"}], inputs={"secret": "s3cret"}, notifications=url)
    assert len(seen) == 1 and "s3cret" not in str(seen)
