"""A built app under a server that is not ours: what it cannot promise is said, the rest holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.apps import App, ask, kanvasc, records, verify
from tests.e2e.test_realtime_rows import closed, said

SETTINGS = {
    "KANVAS_SIMULATE": "1",
    "KANVAS_SOCKET_WS_CHANGES_ORIGINS": "https://friend.example",
    "KANVAS_SOCKET_WS_CLOCK_MAX_CONNECTIONS": "1",
}


@pytest.fixture(scope="module")
def app(realtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    base = tmp_path_factory.mktemp("elsewhere")
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0"]
    with App(realtime, base / "data", command=command, **SETTINGS) as app:
        yield app
        app.end()
    assert "Traceback" not in app.log
    assert "without completing handshake" not in app.log
    assert verify(base / "data").returncode == 0


def refused(app: App, path: str, **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with pytest.raises(InvalidStatus) as caught, app.connect(path, additional_headers=named):
        pass
    response = caught.value.response
    return response.status_code, json.loads(response.body)["error"]["code"]


def test_one_line_names_what_is_not_promised(app: App) -> None:
    (line,) = [each for each in app.lines if "not asked for" in each]
    for promise in ("heartbeat", "1009", "compression", "do not read", "10 s"):
        assert promise in line
    assert "--ws kanvas_runtime.server:Protocol" in line


def test_a_conversation(app: App) -> None:
    with app.connect("/ws/meter") as socket, app.connect("/ws/changes") as changes:
        assert ask(socket, {"subscribe": {"name": "a"}})["name"] == "a"
        assert ask(changes, {"name": "a", "unit": "C"}) == {"told": True}
        assert said(socket)["name"] == "a"
        for message, code in (
            ("x", "invalid_json"),
            (b"{}", "invalid_frame"),
            ({"nam": 1}, "unknown_field"),
            ("x" * 70_000, "too_large"),
        ):
            assert ask(changes, message)["error"]["code"] == code
        for number in range(20):
            changes.send(json.dumps({"name": f"n{number}"}))
        fields = [said(changes)["error"]["field"] for _ in range(20)]
        assert fields == ["unit"] * 20


def test_the_envelope(app: App) -> None:
    protocols: Any = ["kanvas.v1"]
    with app.connect("/ws/clock", subprotocols=protocols) as socket:
        assert socket.subprotocol == "kanvas.v1"
        assert said(socket)["op"] == "hello"
        socket.send(json.dumps({"op": "subscribe", "id": "s", "input": {}}))
        ticks = [said(socket)["output"]["ticks"] for _ in range(3)]
        assert ticks == sorted(set(ticks))
        assert refused(app, "/ws/clock") == (503, "overloaded")


def test_handshakes_are_refused_in_their_order(app: App) -> None:
    evil = {"host": "evil.example", "origin": "https://evil.example"}
    assert refused(app, "/nowhere", **evil) == (421, "origin_refused")
    del evil["host"]
    assert refused(app, "/nowhere", **evil) == (404, "not_found")
    assert refused(app, "/ws/keyed", **evil) == (403, "origin_refused")
    assert refused(app, "/ws/keyed") == (401, "unauthenticated")
    assert refused(app, "/ws/echo", x_forwarded_for="10.0.0.1") == (401, "unauthenticated")
    with app.connect("/ws/changes", additional_headers={"Origin": "https://friend.example"}):
        pass
    assert 'origins: ["https://evil.example"]' in app.log


def test_keys_idle_and_bad_messages(app: App) -> None:
    bare = made(app, "bob")
    assert refused(app, "/ws/keyed", x_api_key=bare) == (403, "denied")
    headers = {"X-API-Key": made(app, "ann", "--scope", "machines:run")}
    with app.connect("/ws/keyed", additional_headers=headers) as socket:
        assert ask(socket, {"name": "x"})["who"] == "ann"
        assert kanvasc("keys", "revoke", "ann", "--data-dir", str(app.data)).returncode == 0
        assert closed(socket) == 4401
    with app.connect("/ws/echo") as idle, app.connect("/ws/echo") as bad:
        for _ in range(100):
            bad.send("x")
        assert closed(bad) == 1008
        assert closed(idle) == 4408


def made(app: App, name: str, *more: str) -> str:
    done = kanvasc("keys", "new", name, *more, "--data-dir", str(app.data))
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def test_what_ended_is_recorded(app: App) -> None:
    codes = {each["close_code"] for each in records(app.data) if each["kind"] == "ConnectionClosed"}
    assert codes <= {1000, 1008, 4401, 4408}
