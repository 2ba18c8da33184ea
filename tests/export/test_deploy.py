"""What is deployed, and what that would change; nothing here needs a cluster."""

import asyncio
import json
import socket
from datetime import UTC, datetime

import pytest
from starlette.responses import JSONResponse, StreamingResponse
from starlette.testclient import TestClient

from kodonb.cli.deploying import _table
from kodonb.export.deploy import Deployment, Wanted, loose, read
from kodonb.export.deploy.application import application, checked, environment
from kodonb.export.deploy.asking import ready, routes
from kodonb.export.deploy.cluster import Cluster
from kodonb.export.deploy.difference import differences
from kodonb.export.deploy.rayserve import _free
from kodonb.export.deploy.record import Record, Version
from kodonb.export.deploy.rollout import _trouble, turn
from kodonb.export.deploy.source import access
from kodonb.export.deploy.versioning import name_of, route_of
from kodonb.model.errors import ServiceError, SessionError, UsageError
from kodonb.model.settings import Settings
from kodonb.serve.replica.ending import Ending, Streams
from kodonb.serve.replica.looking import look
from kodonb.serve.replica.parcel import packed, unpacked
from kodonb.serve.replica.replica import NAME, _check_ready, _check_session, _folder, on_serve
from tests.ray.services import write

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def version(**told):
    usual = {
        "label": "1",
        "code": "0123456789abcdef",
        "service": "digits.replica:service",
        "route": "/",
        "options": {"num_replicas": 1},
        "env": {"A": "1"},
        "files": {"a.py": "1", "b.py": "2"},
        "replica": "r1",
        "at": NOW,
        "by": "somebody",
    }
    return Version(**{**usual, **told})


# Folders


def test_a_folder_tells_name_version_and_code(tmp_path):
    source = read(write(tmp_path / "one", "1.2.3"))
    assert (source.name, source.version, source.service) == ("digits", "1.2.3", "digits.replica:service")
    assert set(source.files) >= {"digits/app.py", "digits/resources/data/told.txt"}
    assert source.app == (tmp_path / "one" / "src", "digits.app:app")
    assert source.data


def test_what_running_leaves_behind_is_not_code(tmp_path):
    folder = write(tmp_path / "one")
    before = read(folder).code
    (folder / "src/digits/__pycache__").mkdir()
    (folder / "src/digits/__pycache__/app.pyc").write_bytes(b"made")
    assert read(folder).code == before
    (folder / "src/digits/app.py").write_text("changed")
    assert read(folder).code != before


def test_a_folder_without_a_config_has_one_service(tmp_path):
    folder = write(tmp_path / "one")
    (folder / "serve.yaml").unlink()
    assert read(folder).service == "digits.replica:service"
    (folder / "src/other").mkdir()
    (folder / "src/other/replica.py").write_text("")
    with pytest.raises(ServiceError, match="no service") as refused:
        read(folder)
    assert refused.value.code == "KN705"


@pytest.mark.parametrize(
    "text",
    ["applications: []", "applications:\n- {}\n- {}", "- a list", "a: [", "http_options: {}"],
)
def test_a_config_that_describes_no_application_is_refused(tmp_path, text):
    folder = write(tmp_path / "one")
    (folder / "serve.yaml").write_text(text)
    with pytest.raises(ServiceError) as refused:
        read(folder)
    assert refused.value.code == "KN705"
    assert "kodonb export" in refused.value.remedy


def test_what_was_changed_by_hand_since_the_export_is_told(tmp_path):
    folder = write(tmp_path / "one")
    files = {f"src/{name}": hash_ for name, hash_ in read(folder).hashes.items()}
    (folder / "provenance.json").write_text(json.dumps({"files": files}))
    assert read(folder).changed == []
    (folder / "src/digits/app.py").write_text("changed")
    (folder / "src/digits/own.py").write_text("a file of one's own")
    assert read(folder).changed == ["src/digits/app.py"]


def test_an_application_of_ones_own_is_imported_from_where_it_is(tmp_path):
    source = loose("my_package.my_app", "app", tmp_path)
    assert (source.name, source.service, source.files) == ("my-app", "my_package.my_app:app", {})
    assert source.app == (tmp_path, "my_package.my_app:app")


def test_replicas_are_told_who_may_use_a_service(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KODONB_KEYS", "keys.json")
    monkeypatch.setenv("KODONB_OIDC_ISSUER", "")
    monkeypatch.delenv("KODONB_NO_AUTH", raising=False)
    assert access() == {"KODONB_KEYS": str(tmp_path / "keys.json")}, "replicas have another folder"


def test_an_export_tells_its_flows(tmp_path):
    folder = write(tmp_path / "one")
    assert read(folder).flows == []
    (folder / "provenance.json").write_text('{"flows": [{"name": "digits"}]}')
    assert read(folder).flows == ["digits"]


@pytest.mark.parametrize("name", ["a/b", "", ".hidden", "a b"])
def test_a_name_that_is_none_is_refused(tmp_path, name):
    source = read(write(tmp_path / "one"))._replace(name=name)
    with pytest.raises(UsageError) as refused:
        name_of(source, Wanted())
    assert refused.value.code == "KN005"
    assert name_of(source, Wanted(name="fine-1.0")) == "fine-1.0"


@pytest.mark.parametrize(
    ("given", "old", "config", "route"),
    [
        ("", None, {}, "/"),
        ("", None, {"route_prefix": "/own"}, "/own"),
        ("", version(route="/last"), {"route_prefix": "/own"}, "/last"),
        ("digits/", version(route="/last"), {"route_prefix": "/own"}, "/digits"),
    ],
)
def test_a_route_is_what_is_wanted_or_was_or_is_configured(tmp_path, given, old, config, route):
    source = loose("app", "app", tmp_path)._replace(config=config)
    # Without a cluster no other service has any.
    assert route_of(source, Wanted(route=given), old) == route


def test_a_route_that_is_none_is_refused(tmp_path):
    with pytest.raises(UsageError) as refused:
        route_of(loose("app", "app", tmp_path), Wanted(route="/{name}"), None)
    assert refused.value.code == "KN005"


def test_one_process_at_a_time_deploys_a_service(tmp_path):
    cluster = Cluster(local=True, address="", settings=Settings(home=tmp_path, store=""))
    with turn(cluster, "digits"), turn(cluster, "other"):
        with pytest.raises(ServiceError, match="another process") as refused, turn(cluster, "digits"):
            pass
        assert refused.value.code == "KN706"
    with turn(cluster, "digits"):
        pass


# Parcels


def test_a_parcel_holds_what_was_packed(tmp_path):
    files = {"a/b.py": b"one", "c.bin": bytes(range(256))}
    assert packed(files) == packed(dict(reversed(files.items())))
    folder = unpacked(packed(files), tmp_path / "deep" / "there")
    assert {name: (folder / name).read_bytes() for name in files} == files
    (folder / "c.bin").unlink()
    assert unpacked(packed(files), folder) == folder
    assert not (folder / "c.bin").exists(), "what is there is taken as it is"
    assert [path.name for path in folder.parent.iterdir()] == ["there"]


# Applications of Ray Serve


def test_a_service_is_an_application_that_needs_nothing_of_its_app():
    made = on_serve("no_such_module.app:app", num_replicas=3)
    deployment = made._bound_deployment
    assert (deployment.name, deployment.num_replicas, deployment.max_ongoing_requests) == (NAME, 3, 1000)
    assert deployment.ray_actor_options["num_cpus"] == 0
    with_gpu = on_serve("a:app", ray_actor_options={"num_gpus": 1})._bound_deployment.ray_actor_options
    assert (with_gpu["num_cpus"], with_gpu["num_gpus"]) == (0, 1)
    assert deployment._deployment_config.max_surge_percent == 100


def test_a_version_is_imported_from_its_folder_and_leaves_no_trace(tmp_path):
    import sys

    folder = write(tmp_path / "one")
    wanted = version(options={"num_replicas": 2, "max_queued_requests": 7, "rolling_update_percentage": 0.5})
    made = application(wanted, folder / "src", "parcel")._bound_deployment
    assert (made.num_replicas, made.max_queued_requests, made.version) == (2, 7, "r1")
    assert made._deployment_config.rolling_update_percentage == 0.5
    assert made.init_args == ("digits.app:app",)
    assert made.init_kwargs == {"path": str(folder / "src"), "parcel": "parcel", "env": {"A": "1"}}
    assert not [name for name in sys.modules if name.partition(".")[0] == "digits"]
    assert str(folder / "src") not in sys.path


def test_versions_of_one_package_are_told_apart(tmp_path):
    one, two = write(tmp_path / "one"), write(tmp_path / "two")
    (two / "src/digits/replica.py").write_text(
        "from kodonb.serve.replica import on_serve\nservice = on_serve('digits.other:app')\n"
    )
    paths = [one / "src", two / "src", one / "src"]
    made = [application(version(), path, "")._bound_deployment.init_args for path in paths]
    assert made == [("digits.app:app",), ("digits.other:app",), ("digits.app:app",)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("x = 1", "has no attribute 'service'"),
        ("service = 1", "not made by kodonb.serve.replica.on_serve"),
    ],
)
def test_a_service_that_cannot_be_imported_is_refused(tmp_path, text, said):
    folder = write(tmp_path / "one")
    (folder / "src/digits/replica.py").write_text(text)
    with pytest.raises(ServiceError, match=said) as refused:
        application(version(), folder / "src", "")
    assert refused.value.code == "KN706"


def test_options_are_those_that_ray_serve_takes():
    config = {"deployments": [{"name": "service", "autoscaling_config": {"max_replicas": 4}}]}
    assert checked(config)["autoscaling_config"]["max_replicas"] == 4
    assert checked({}) == {}
    with pytest.raises(ServiceError) as refused:
        checked({"deployments": [{"name": "service", "max_ongoing_requests": "many"}]})
    assert refused.value.code == "KN705"
    with pytest.raises(ServiceError, match="more than one"):
        checked({"deployments": [{"name": "a"}, {"name": "b"}]})


def test_variables_are_set_in_the_replica_and_packages_stay_with_ray():
    config = {"runtime_env": {"env_vars": {"A": 1}, "working_dir": "https://x/y.zip", "pip": ["z"]}}
    assert environment(config) == {"A": "1"}
    assert checked(config) == {"ray_actor_options": {"runtime_env": {"pip": ["z"]}}}


# What changes


def test_a_first_deployment_brings_everything():
    assert list(differences(None, version())) == [
        "+ version 1 (01234567)",
        "+ route /",
        "+ a.py",
        "+ b.py",
        "+ option num_replicas 1",
        "+ environment A",
    ]


def test_the_same_again_changes_nothing():
    assert list(differences(version(), version(at=datetime.now(UTC), by="somebody else"))) == []


def test_every_difference_is_told_and_no_value_of_the_environment():
    new = version(
        label="2",
        route="/digits",
        files={"a.py": "1", "b.py": "3", "c.py": "4"},
        options={"autoscaling_config": {"max_replicas": 4}},
        env={"A": "secret"},
    )
    assert list(differences(version(), new)) == [
        "~ version 1 -> 2",
        "~ route / -> /digits",
        "~ b.py",
        "+ c.py",
        "+ option autoscaling_config.max_replicas 4",
        "- option num_replicas 1",
        "~ environment A",
    ]


def test_another_kodonb_is_a_difference():
    assert list(differences(version(), version(replica="r2"))) == ["~ kodonb"]


def test_a_record_remembers_the_versions_of_before():
    record = Record(name="digits")
    for number in range(9):
        record = record.begun(version(replica=str(number))).done(version(replica=str(number)))
    assert record.current is not None
    assert (record.current.replica, record.next) == ("8", None)
    assert [each.replica for each in record.previous] == ["7", "6", "5", "4", "3"]
    failed = record.begun(version(replica="bad")).failed()
    assert failed == record


# Why a version did not get well

SERVE_SAYS = """\
The deployment failed to start 3 times in a row during a rolling update. See controller logs for details. Error:
\x1b[36mray::ServeReplica:digits:service.initialize_and_get_metadata()\x1b[39m (pid=1)
  File "/python/replica.py", line 1928, in initialize
    raise RuntimeError(traceback.format_exc()) from None
RuntimeError: Traceback (most recent call last):
  File "/python/replica.py", line 1867, in initialize
    await self._user_callable_wrapper.initialize_callable()
  File "/home/services/c0de/digits/app.py", line 6, in <module>
    from digits import flows
  File "/home/services/c0de/digits/flows.py", line 3, in <module>
    1 / 0
    ~~^~~
ZeroDivisionError: division by zero"""


def test_the_reason_is_the_users_own_error(tmp_path):
    trouble = _trouble(SERVE_SAYS.replace("/home", str(tmp_path)), tmp_path / "services/c0de")
    assert trouble.reason == "ZeroDivisionError: division by zero"
    assert trouble.where == "digits/flows.py, line 3"
    assert "replica.py" not in trouble.told
    assert "from digits import flows" in trouble.told


def test_an_error_of_several_lines_is_told_whole(tmp_path):
    says = "Error:\nRuntimeError: Traceback (most recent call last):\n  File ...\nkodonb.model.errors.ServiceError: KN711: nobody\n  do: this"
    assert _trouble(says, tmp_path).reason == "kodonb.model.errors.ServiceError: KN711: nobody do: this"


def test_what_is_no_exception_is_told_as_it_is(tmp_path):
    assert _trouble("it was not well after 5 s: 1 starting", tmp_path).reason.startswith("it was not well")
    assert _trouble("", tmp_path).reason == "Ray Serve does not say why"


# Replicas


async def test_a_replica_is_ready_when_its_service_says_so():
    said = iter([503, 503, 200])

    async def app(scope, receive, send):
        assert scope["path"] == "/ready"
        await JSONResponse({}, next(said))(scope, receive, send)

    await _check_ready(app)
    assert list(said) == []


async def test_a_service_that_never_gets_ready_says_why(monkeypatch):
    monkeypatch.setattr("kodonb.serve.replica.replica._PATIENCE", 0.0)

    async def app(scope, receive, send):
        await JSONResponse({"detail": "no store"}, 503)(scope, receive, send)

    with pytest.raises(ServiceError, match="no store"):
        await _check_ready(app)


async def test_a_service_without_such_a_route_is_taken_as_it_is():
    async def app(scope, receive, send):
        await JSONResponse({}, 404)(scope, receive, send)

    assert (await look(app, "/ready"))[0] == 404
    await _check_ready(app)


def test_a_replica_is_ill_when_what_carries_its_runs_is_gone(inline, monkeypatch):
    _check_session()
    monkeypatch.setattr(inline, "parts", lambda: {"session": "ray", "up": False})
    with pytest.raises(SessionError) as ill:
        _check_session()
    assert ill.value.code == "KN404"


def test_code_that_is_there_is_not_fetched(tmp_path):
    assert _folder(str(tmp_path), "parcel") == str(tmp_path)
    assert _folder("/nowhere", "") == "/nowhere", "it was not brought, so there is nothing to fetch"


async def _stream(app, streams, path="/"):
    """Ask for a stream and return what it says until it ends, and how it ends."""
    messages = []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        messages.append(message)

    scope = {"type": "http", "path": path, "method": "GET", "headers": []}
    await asyncio.wait_for(Ending(app, streams)(scope, receive, send), 10)
    return messages


async def _ticks(scope, receive, send):
    async def endless():
        yield "data: 1\n\n"
        await asyncio.Event().wait()

    await StreamingResponse(endless(), media_type="text/event-stream")(scope, receive, send)


async def test_event_streams_end_in_good_order_with_their_replica():
    streams = Streams()
    asyncio.get_running_loop().call_later(0.05, streams.end)
    messages = await _stream(_ticks, streams)
    assert messages[0]["type"] == "http.response.start"
    assert messages[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


async def test_a_stream_that_is_opened_late_ends_at_once():
    streams = Streams()
    streams.end()
    assert (await _stream(_ticks, streams))[-1]["more_body"] is False


async def test_other_answers_are_given_time():
    streams = Streams()

    async def app(scope, receive, send):
        streams.end()
        await asyncio.sleep(0.01)
        await JSONResponse({"done": True})(scope, receive, send)

    assert (await _stream(app, streams))[-1]["body"] == b'{"done":true}'


async def test_who_gives_up_is_not_told_that_all_is_well():
    async def app(scope, receive, send):
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await _stream(app, Streams())


async def test_every_answer_can_be_pickled():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": memoryview(b"view")})

    body = (await _stream(app, Streams()))[-1]["body"]
    assert (body, type(body)) == (b"view", bytes)


def test_what_is_around_an_application_changes_no_answer():
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            return
        await JSONResponse({"path": scope["path"]})(scope, receive, send)

    assert TestClient(Ending(app, Streams())).get("/x").json() == {"path": "/x"}


def test_a_port_that_is_taken_is_refused_before_serve_starts():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=f"port {port} of 127.0.0.1 cannot be bound") as refused:
            _free("127.0.0.1", port)
        assert refused.value.code == "KN706"
    assert _free("127.0.0.1", port) == port
    assert _free("127.0.0.1", 0) > 0


# Asking over HTTP


@pytest.fixture
def answering():
    """A server that gives answers by path."""
    import threading
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers.get(self.path, (404, {}))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", answers
        server.shutdown()
        thread.join()


def test_a_service_is_asked_whether_it_is_ready(answering):
    address, answers = answering
    assert ready(address) == "", "it has no such route"
    answers["/ready"] = (200, {})
    assert ready(address) == ""
    answers["/ready"] = (503, {"detail": "no store"})
    assert "answers 503" in ready(address, within=0)
    assert "no store" in ready(address, within=0)


def test_nobody_is_not_ready():
    assert "does not answer" in ready("http://127.0.0.1:9/", within=0)


def test_routes_are_those_that_a_service_describes(answering):
    address, answers = answering
    assert routes(address) == []
    paths = {"/digits": {"post": {"summary": "Digits", "x-kodosumi": True}, "get": {"x-kodosumi": True}}}
    answers["/openapi.json"] = (200, {"paths": paths})
    assert [(route.method, route.path, route.launches) for route in routes(address)] == [
        ("POST", "/digits", True),
        ("GET", "/digits", False),
    ]


def test_deployments_are_a_table():
    lines = _table([Deployment("digits", "1 (0123)", "running", 1, 2, "http://x/", NOW, "somebody")])
    assert lines[0].split() == ["name", "version", "status", "replicas", "address", "since"]
    assert lines[1].split()[:5] == ["digits", "1", "(0123)", "running", "1/2"]
