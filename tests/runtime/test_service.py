"""The service under a server that is not ours: Starlette's TestClient."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.ledger import LedgerUnavailable, MemoryLedger
from kanvas_runtime.logs import ServerLogFilter
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.service import Service
from kanvas_runtime.start import StartRefused, policy_digest
from kanvas_runtime.version import VERSION
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from tests.runtime.serving import records, service_of
from tests.runtime.sockets import DOUBLE, GREET, MEASURE, NAP

BASE = "ws://localhost:9000"  # the test client would name another host


def only(machine: Machine[Any, Any], **options: Any) -> tuple[Machine[Any, Any], WebSocketSurface]:
    return machine, WebSocketSurface(path="/ws", **options)


@contextmanager
def client_of(service: Service, **options: Any) -> Iterator[TestClient]:
    settings = {"base_url": "http://localhost:9000", "client": ("127.0.0.1", 50000)}
    with TestClient(service.app, **(settings | options)) as client:
        yield client


def denied(client: TestClient, path: str = "/ws", **headers: str) -> tuple[int, dict[str, Any]]:
    """The status and the error of a handshake that is refused."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        client.websocket_connect(f"{BASE}{path}", headers=given),
    ):
        pass
    return caught.value.status_code, caught.value.json()["error"]


def test_a_conversation(tmp_path: Path) -> None:
    with (
        client_of(service_of(tmp_path, only(DOUBLE))) as client,
        client.websocket_connect(f"{BASE}/ws") as socket,
    ):
        socket.send_text('{"n":21}')
        assert socket.receive_json() == {"twice": 42}
        socket.send_bytes(b"\x00")
        assert socket.receive_json()["error"]["code"] == "invalid_frame"
        socket.send_text('{"subscribe":1}')
        assert socket.receive_json() == {"twice": 2}
        socket.send_text('{"n":1}')
        assert [socket.receive_json(), socket.receive_json()] == [{"twice": 2}] * 2
        socket.send_text('{"unsubscribe":1}')
        assert socket.receive_json() == {"unsubscribed": 1}
    outcomes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess")]
    assert outcomes == ["ok", "invalid_frame", "ok", "ok", "ok"]


def test_a_connection_can_be_idle_under_any_server(tmp_path: Path) -> None:
    with (
        client_of(service_of(tmp_path, only(DOUBLE, idle_timeout=0.05))) as client,
        client.websocket_connect(f"{BASE}/ws") as socket,
        pytest.raises(WebSocketDisconnect) as caught,
    ):
        socket.receive_text()
    assert caught.value.code == 4408


def test_the_plain_protocol_is_echoed_when_named(tmp_path: Path) -> None:
    with (
        client_of(service_of(tmp_path, only(DOUBLE))) as client,
        client.websocket_connect(f"{BASE}/ws", subprotocols=["other", "kanvas.plain"]) as socket,
    ):
        assert socket.accepted_subprotocol == "kanvas.plain"


# Handshakes.


def test_checks_come_in_their_order(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE, max_connections=0))
    evil: dict[str, str] = {"host": "evil.example", "origin": "https://evil.example"}
    with client_of(service, client=("10.0.0.1", 1)) as client:
        assert denied(client, "/nowhere", **evil)[0] == 421
        del evil["host"]
        assert denied(client, "/nowhere", **evil)[0] == 404
        assert denied(client, **evil)[0] == 403
        assert denied(client)[0] == 401
    with client_of(service) as client:
        assert denied(client)[0] == 503
    codes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess")]
    assert codes == [
        "origin_refused",
        "not_found",
        "origin_refused",
        "unauthenticated",
        "overloaded",
    ]


def test_a_refused_handshake_logs_one_line_with_the_option(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(service_of(tmp_path, only(DOUBLE))) as client:
        denied(client, origin="https://evil.example")
    (line,) = [each.getMessage() for each in caplog.records if each.name.startswith("kanvas")]
    assert 'origins: ["https://evil.example"]' in line
    assert line.startswith("/ws refused (403 origin_refused)")


def test_a_path_in_the_log_stays_on_its_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(service_of(tmp_path, only(DOUBLE))) as client:
        denied(client, "/a%0Aforged%1b[31m")
    assert "\n" not in caplog.messages[-1]
    assert "\x1b" not in caplog.text


def test_a_flood_of_refusals_is_few_records(tmp_path: Path) -> None:
    with client_of(service_of(tmp_path, only(DOUBLE))) as client:
        for _ in range(40):
            denied(client, origin="https://evil.example")
    accesses = records(tmp_path, "SurfaceAccess")
    assert sum(each.get("count", 1) for each in accesses) == 40
    assert len(accesses) < 40
    assert all(each["path"] == "/ws" for each in accesses)


def test_an_unknown_path_names_the_known_ones(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE))
    service.websocket(GREET, WebSocketSurface(path="/ws/greet"))
    with client_of(service) as client:
        status, error = denied(client, "/ws/grete")
    assert status == 404
    assert error["code"] == "not_found"
    assert "/ws, /ws/greet" in error["message"]


@pytest.mark.parametrize(
    ("base", "most", "code", "reason"),
    [
        ("ws://evil.example", 10, 1008, "origin_refused"),
        ("ws://localhost:9000", 0, 1013, "overloaded"),
    ],
)
def test_a_server_without_the_denial_extension_is_asked_to_close(
    tmp_path: Path, base: str, most: int, code: int, reason: str
) -> None:
    service = service_of(tmp_path, only(DOUBLE, max_connections=most))

    async def plain(scope: Any, receive: Any, send: Any) -> None:
        await service.app({**scope, "extensions": {}}, receive, send)

    with (
        TestClient(plain, client=("127.0.0.1", 50000)) as client,
        pytest.raises(WebSocketDisconnect) as caught,
        client.websocket_connect(f"{base}/ws"),
    ):
        pass
    assert (caught.value.code, caught.value.reason) == (code, reason)


# HTTP.


def test_a_get_on_a_socket_says_how_to_connect(tmp_path: Path) -> None:
    with client_of(service_of(tmp_path, only(DOUBLE))) as client:
        answer = client.get("/ws")
    assert answer.status_code == 426
    assert answer.headers["upgrade"] == "websocket"
    assert 'new WebSocket("ws://localhost:9000/ws")' in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("POST", "/ws", 405, "method_not_allowed"),
        ("GET", "/openapi.json", 404, "not_found"),
    ],
)
def test_errors_have_our_body(
    tmp_path: Path, method: str, path: str, status: int, code: str
) -> None:
    with client_of(service_of(tmp_path, only(DOUBLE))) as client:
        answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


def test_a_foreign_host_gets_nothing(tmp_path: Path) -> None:
    with client_of(service_of(tmp_path, only(DOUBLE))) as client:
        answer = client.get("/healthz", headers={"host": "evil.example"})
    assert answer.status_code == 421


def test_hosts_are_what_the_operator_says(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE))
    service.configure(hosts=frozenset({"app.example.com"}))
    with client_of(service) as client:
        answer = client.get("/healthz", headers={"host": "app.example.com:443"})
    assert answer.status_code == 200


# A ledger that cannot be written.


def test_nothing_is_served_unrecorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = MemoryLedger()
    monkeypatch.setattr("kanvas_runtime.ledger.opening.Ledger", Opened(ledger))
    with client_of(service_of(tmp_path, only(DOUBLE))) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        with client.websocket_connect(f"{BASE}/ws") as socket:
            socket.send_text('{"n":1}')
            assert socket.receive_json() == {"twice": 2}
            ledger.available = False
            for text in ('{"n":1}', "nonsense", '{"subscribe":1}'):
                socket.send_text(text)
                assert socket.receive_json()["error"]["code"] == "overloaded"
            assert client.get("/readyz").status_code == 503
            assert client.get("/healthz").status_code == 200
            assert denied(client)[0] == 503
            ledger.available = True
            socket.send_text('{"n":1}')
            assert socket.receive_json() == {"twice": 2}


def test_a_nearly_full_disk_refuses_and_records_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = MemoryLedger()
    monkeypatch.setattr("kanvas_runtime.ledger.opening.Ledger", Opened(ledger))
    with (
        client_of(service_of(tmp_path, only(DOUBLE))) as client,
        client.websocket_connect(f"{BASE}/ws") as socket,
    ):
        ledger.low = True
        socket.send_text('{"n":1}')
        assert socket.receive_json()["error"]["code"] == "overloaded"
    accesses = [each for each in ledger.records if each["kind"] == "SurfaceAccess"]
    assert [each["outcome"] for each in accesses] == ["overloaded"]


class Opened:
    """Stands for `Ledger`: opens what it was given."""

    def __init__(self, ledger: MemoryLedger) -> None:
        self._ledger = ledger

    async def open(self, _directory: Path, **_options: object) -> MemoryLedger:
        return self._ledger


# Other surfaces.


async def test_answer_decodes_runs_and_records(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE))
    async with service.app.router.lifespan_context(service.app):
        text = await service.answer(DOUBLE, b'{"n":2}', surface="api", path="/d", principal="ann")
        form = await service.answer(DOUBLE, {"n": 3}, surface="page", path="/p", principal=None)
        bad = await service.answer(DOUBLE, {"m": 3}, surface="page", path="/p", principal=None)
    assert text.body == b'{"twice":4}'
    assert text.output is not None
    assert form.body == b'{"twice":6}'
    assert bad.refusal is not None
    assert (bad.refusal.code, bad.refusal.field, bad.run) == ("unknown_field", "m", "")
    accesses = records(tmp_path, "SurfaceAccess")
    assert [each["outcome"] for each in accesses] == ["ok", "ok", "unknown_field"]
    assert [each.get("principal") for each in accesses] == ["ann", None, None]
    assert [each["path"] for each in accesses] == ["/d", "/p", "/p"]
    assert accesses[0]["run"] == text.run


async def test_a_request_on_another_surface_reaches_subscribers(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE))
    with client_of(service) as client, client.websocket_connect(f"{BASE}/ws") as socket:
        socket.send_text('{"subscribe":1}')
        assert socket.receive_json() == {"twice": 2}
        assert client.portal is not None
        for principal in ("ann", None):
            client.portal.call(ask, service, principal)
        assert socket.receive_json() == {"twice": 2}
        socket.send_text('{"unsubscribe":1}')
        assert socket.receive_json() == {"unsubscribed": 1}, "one push: ann's results are ann's"


async def ask(service: Service, principal: str | None) -> None:
    await service.answer(DOUBLE, {"n": 1}, surface="page", path="/p", principal=principal)


async def test_nothing_is_answered_before_the_start(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE))
    answer = await service.answer(DOUBLE, {"n": 1}, surface="page", path="/p", principal=None)
    assert answer.refusal is not None
    assert answer.refusal.code == "overloaded"


# Start and end.


def test_the_start_is_recorded(tmp_path: Path) -> None:
    with client_of(service_of(tmp_path, only(MEASURE))):
        pass
    (started,) = records(tmp_path)
    assert started["kind"] == "ServerStarted"
    assert started["program"] == "p" * 64
    assert started["mode"] == "simulated"
    assert started["runtime"] == VERSION
    assert started["policy"] == policy_digest([MEASURE])
    assert started["policy"] != policy_digest([DOUBLE])


def test_a_live_start_without_a_key_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    service = service_of(tmp_path, only(MEASURE))
    service.configure(simulate=False)
    with pytest.raises(StartRefused, match="ANTHROPIC_API_KEY"), client_of(service):
        pass


async def test_a_refused_start_is_reported_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    service = service_of(tmp_path, only(MEASURE))
    service.configure(simulate=False)
    said: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        said.append(message)

    with pytest.raises(StartRefused):
        await service.app({"type": "lifespan", "state": {}}, receive, send)
    assert [each["type"] for each in said] == ["lifespan.startup.failed"]
    assert "Traceback" not in said[0]["message"]
    assert "--simulate" in said[0]["message"]


def test_a_directory_that_cannot_be_used_refuses_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with (
        pytest.raises(LedgerUnavailable, match="no ledger can be kept"),
        client_of(service_of(tmp_path, only(DOUBLE))),
    ):
        pass


def test_a_service_starts_again_after_its_end(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE))
    for _ in range(2):
        with client_of(service) as client, client.websocket_connect(f"{BASE}/ws") as socket:
            socket.send_text('{"n":1}')
            assert socket.receive_json() == {"twice": 2}
    assert [each["kind"] for each in records(tmp_path)].count("ServerStarted") == 2


def test_the_end_of_the_server_closes_what_is_open(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(NAP))
    with client_of(service) as client, client.websocket_connect(f"{BASE}/ws") as socket:
        socket.send_text('{"seconds":0}')
        socket.receive_text()
        assert client.portal is not None
        client.portal.call(service.drain)
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_text()
        assert denied(client)[0] == 503
    assert caught.value.code == 1012


def test_another_runtime_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"built for kanvas-runtime 99\.1") as caught:
        Service(name="app", program="", runtime="99.1", directory=tmp_path)
    assert VERSION in str(caught.value)


def test_the_data_directory_is_beside_the_app_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Service(name="app", program="", runtime=VERSION)
    assert here.settings.data == Path(__file__).parent / ".kanvas"
    monkeypatch.setenv("KANVAS_DATA_DIR", str(tmp_path))
    assert Service(name="app", program="", runtime=VERSION).settings.data == tmp_path


# The server's log.


def log_record(message: str, *arguments: object) -> logging.LogRecord:
    return logging.LogRecord("uvicorn.access", logging.INFO, "", 0, message, arguments, None)


def test_the_servers_log_has_no_query_strings() -> None:
    record = log_record('%s - "%s %s HTTP/%s" %d', "::1", "GET", "/ws?ticket=secret", "1.1", 200)
    assert ServerLogFilter().filter(record)
    assert record.getMessage() == '::1 - "GET /ws HTTP/1.1" 200'


def test_the_servers_log_has_no_false_errors() -> None:
    false = log_record("ASGI callable returned without completing handshake.")
    assert not ServerLogFilter().filter(false)
    assert ServerLogFilter().filter(log_record("Started server process [%d]", 1))
