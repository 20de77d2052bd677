"""What clients see of a compiled program's sockets, row by row, over a real server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.auth.issuers import AUDIENCE, ISSUER, Issuer, issuing, token
from tests.e2e.apps import App, ask, kanvasc, records, verify
from tests.e2e.test_bad_input import provider
from tests.fake_provider import Behaviour, Request, answering

LONG = 10.0
"""Seconds of a run that outlasts heartbeat and idle time several times."""


def slowly(first: float, then: Behaviour) -> Behaviour:
    """The first answer takes its time."""
    asked: list[int] = []

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        asked.append(1)
        if len(asked) == 1:
            await asyncio.sleep(first)
        await then(request, writer)

    return behave


@pytest.fixture(scope="module")
def app(realtime: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    data = tmp_path_factory.mktemp("rows-data") / "data"
    with provider(slowly(LONG, answering({"thought": "hm"}))) as url:
        settings = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "sk-none"}
        with App(realtime, data, **settings) as app:
            yield app
    assert verify(data).returncode == 0


@pytest.fixture(scope="module", autouse=True)
def long_run(app: App) -> Iterator[Future[tuple[list[Any], float]]]:
    """A run of `LONG` seconds with forty messages behind it, while the other tests go on."""

    def talk() -> tuple[list[Any], float]:
        with app.connect("/ws/thinker", ping_interval=None) as socket:
            begun = monotonic()
            for number in range(41):
                socket.send(json.dumps({"name": str(number)}))
            return [said(socket) for _ in range(41)], monotonic() - begun

    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(talk)


def said(socket: ClientConnection) -> Any:
    return json.loads(socket.recv(timeout=60))


def accesses(app: App, **wanted: str) -> list[dict[str, Any]]:
    return [
        each
        for each in records(app.data)
        if each["kind"] == "SurfaceAccess" and wanted.items() <= each.items()
    ]


def envelope(app: App, path: str, **options: Any) -> ClientConnection:
    return app.connect(path, subprotocols=["kanvas.v1"], **options)


# What a subscription is.


def test_an_event_runs_the_subscriptions_that_it_is_about(app: App) -> None:
    with (
        app.connect("/ws/meter") as one,
        app.connect("/ws/meter") as same,
        app.connect("/ws/meter") as other,
        app.connect("/ws/changes") as changes,
    ):
        first = ask(one, {"subscribe": {"name": "a"}})
        assert (first["name"], first["unit"]) == ("a", "C")
        assert ask(same, {"subscribe": {"unit": "C", "name": "a"}})["name"] == "a"
        assert ask(other, {"subscribe": {"name": "a", "unit": "F"}})["unit"] == "F"
        before = len(accesses(app, surface="event"))
        assert ask(changes, {"name": "b", "unit": "C"}) == {"told": True}
        assert ask(changes, {"name": "a", "unit": "C"}) == {"told": True}
        news = said(one)
        assert news == said(same), "defaults are filled in: it is one subscription, and one run"
        assert ask(changes, {"name": "a", "unit": "F"}) == {"told": True}
        assert said(other)["count"] == news["count"] + 1
        assert ask(one, {"unsubscribe": {"name": "a"}}) == {"unsubscribed": {"name": "a"}}
        ran = accesses(app, surface="event")[before:]
    assert [each["path"] for each in ran] == ["meter.changed"] * 2, "each run is recorded once"
    assert {(each["principal"], each["outcome"]) for each in ran} == {("system", "ok")}


def test_an_interval_is_one_run_for_all_who_listen(app: App) -> None:
    with app.connect("/ws/clock") as one, app.connect("/ws/clock") as two:
        ask(one, {"subscribe": True})
        ask(two, {"subscribe": True})
        later = [said(two)["ticks"] for _ in range(4)]
        sooner = [said(one)["ticks"]]
        while sooner[-1] < later[-1]:
            sooner.append(said(one)["ticks"])
    assert all(ticks == sorted(set(ticks)) for ticks in (sooner, later))
    assert set(later) <= set(sooner)
    runs = [each["run"] for each in accesses(app, surface="every")]
    assert len(runs) == len(set(runs)) >= 4


def test_every_form_of_a_subscription(app: App) -> None:
    with app.connect("/ws/echo") as socket:
        answer = {"name": "x", "who": "nobody"}
        for form in ("x", {"name": "x"}):
            assert ask(socket, {"subscribe": form}) == answer
            assert ask(socket, {"unsubscribe": form}) == {"unsubscribed": form}
        assert ask(socket, {"unsubscribe": "never"}) == {"unsubscribed": "never"}
        assert ask(socket, {"subscribe": 5})["error"]["code"] == "invalid_input"
        assert ask(socket, {"subscribe": True})["error"]["code"] == "invalid_input"
        assert ask(socket, {"name": "x"}) == answer
    with app.connect("/ws/clock") as socket:
        assert "ticks" in ask(socket, {"subscribe": True})
    with app.connect("/ws/clock") as socket:
        told = ask(socket, {"anything": 1})["error"]
        assert told["code"] == "unknown_field"
        assert "this machine accepts nothing; send {}" in told["message"]


# The envelope.


def test_the_envelope_of_a_compiled_program(app: App) -> None:
    with envelope(app, "/ws/echo") as socket:
        hello = said(socket)
        assert {"op", "version", "machine", "contract", "limits"} <= set(hello)
        assert (hello["op"], hello["machine"]) == ("hello", "echo")
        assert (hello["limits"]["idle_timeout"], hello["limits"]["heartbeat"]) == (4, 3)
        run = {"op": "run", "id": "1", "input": {"name": "x"}, "key": "once"}
        first = ask(socket, run)
        again = ask(socket, run | {"id": "2"})
        assert (first["output"], again["replayed"]) == (again["output"], True)
        conflict = ask(socket, run | {"id": "3", "input": {"name": "y"}})
        assert (conflict["id"], conflict["error"]["code"]) == ("3", "conflict")
        for odd in ({"op": "run", "id": "4", "input": {}, "extra": 1}, {"op": "jump"}, {"x": 1}):
            assert ask(socket, odd)["error"]["code"] in ("unknown_field", "invalid_input")
        push = ask(socket, {"op": "subscribe", "id": "s", "input": {"name": "z"}})
        assert (push["op"], push["id"], push["output"]["name"]) == ("push", "s", "z")
        cursor = push["cursor"]
        ask(socket, {"op": "run", "id": "5", "input": {"name": "z"}})
        said(socket)
    with envelope(app, "/ws/echo") as socket:
        said(socket)
        subscribe = {"op": "subscribe", "input": {"name": "z"}}
        assert "gap" not in ask(socket, subscribe | {"id": "s", "after": cursor})
        assert ask(socket, subscribe | {"id": "t", "after": "0000.1"})["gap"] is True
        assert ask(socket, {"op": "unsubscribe", "id": "t"}) == {"op": "done", "id": "t"}
        assert ask(socket, {"op": "ping"}) == {"op": "pong"}


# Lifecycle.


def test_idle_is_4408_and_a_subscription_is_not(app: App) -> None:
    with app.connect("/ws/echo") as listening, app.connect("/ws/echo") as idle:
        ask(listening, {"subscribe": "x"})
        assert closed(idle) == 4408
        assert ask(listening, {"name": "x"})["name"] == "x"


def closed(socket: ClientConnection) -> int:
    """Read to the end; the code."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            socket.recv(timeout=60)
    code = socket.close_code
    assert code is not None
    return code


def test_a_hundred_bad_messages_in_a_row(app: App) -> None:
    with app.connect("/ws/echo") as socket:
        for _ in range(99):
            socket.send("x")
        for _ in range(99):
            assert said(socket)["error"]["code"] == "invalid_json"
        assert ask(socket, {"name": "x"})["name"] == "x"
        for _ in range(100):
            socket.send(b"x")
        for _ in range(100):
            assert said(socket)["error"]["code"] == "invalid_frame"
        assert closed(socket) == 1008


def test_a_key_opens_and_its_end_closes(app: App) -> None:
    made = kanvasc("keys", "new", "ann", "--scope", "machines:run", "--data-dir", str(app.data))
    assert made.returncode == 0, made.stderr
    headers = {"X-API-Key": made.stdout.split()[-1]}
    with app.connect("/ws/keyed", additional_headers=headers) as socket:
        assert ask(socket, {"name": "x"}) == {"name": "x", "who": "ann"}
        assert kanvasc("keys", "revoke", "ann", "--data-dir", str(app.data)).returncode == 0
        assert closed(socket) == 4401


def test_a_stop_is_told_and_settings_come_from_outside(realtime: Path, tmp_path: Path) -> None:
    settings = {
        "KANVAS_SOCKET_WS_ECHO_MAX_MESSAGE": "64B",
        "KANVAS_SOCKET_WS_ECHO_AUTH": "api_key",
        "KANVAS_SOCKET_WS_CLOCK_EVERY": "off",
    }
    with App(realtime, tmp_path / "data", "--simulate", **settings) as app:
        with app.connect("/ws/clock") as socket:
            ask(socket, {"subscribe": True})
            with pytest.raises(TimeoutError):
                socket.recv(timeout=0.5)
            app.process.send_signal(signal.SIGTERM)
            assert closed(socket) == 1012
        app.end()
    ends = [each for each in records(app.data) if each["kind"] == "ConnectionClosed"]
    assert [each["close_code"] for each in ends] == [1012]


def test_a_disconnect_cancels_and_leaves_nothing(app: App) -> None:
    before = len(accesses(app, machine="meter"))
    with app.connect("/ws/meter") as socket:
        ask(socket, {"subscribe": {"name": "gone"}})
    with app.connect("/ws/changes") as changes:
        for _ in range(3):  # the second answer is later than what the first one led to
            ask(changes, {"name": "gone", "unit": "C"})
    assert len(accesses(app, machine="meter")) == before + 1, "nobody listens: nothing runs"


def test_neither_heartbeat_nor_idle_ends_a_long_run(
    long_run: Future[tuple[list[Any], float]],
) -> None:
    answers, took = long_run.result(120)
    assert answers == [{"thought": "hm"}] * 41
    assert took >= LONG


# Who may come, as the operator says it.

PROXY = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "app.example.com",
    "Origin": "https://app.example.com",
}


def test_tokens_hosts_and_proxies_are_the_operator_s(realtime: Path, tmp_path: Path) -> None:
    with issuer_in_a_thread() as issuer:
        settings = {
            "KANVAS_SOCKET_WS_KEYED_AUTH": "oauth",
            "KANVAS_OAUTH_ISSUER": ISSUER,
            "KANVAS_OAUTH_AUDIENCE": AUDIENCE,
            "KANVAS_OAUTH_JWKS_URL": issuer.settings.jwks_url,
            "KANVAS_HOSTS": "app.example.com",
            "KANVAS_TRUSTED_PROXIES": "127.0.0.1",
        }
        bearer = {"Authorization": f"Bearer {token(scope='machines:run')}"}
        with App(realtime, tmp_path / "data", "--simulate", **settings) as app:
            with app.connect("/ws/keyed", additional_headers=PROXY | bearer) as socket:
                assert ask(socket, {"name": "x"})["who"] == f"oauth:{ISSUER}#ann"
            for changed, status in (
                ({}, 401),
                ({"Authorization": f"Bearer {token()}"}, 403),
                (bearer | {"X-Forwarded-Proto": "http"}, 403),
                (bearer | {"X-Forwarded-Host": "evil.example"}, 421),
            ):
                with pytest.raises(InvalidStatus) as refused:
                    app.connect("/ws/keyed", additional_headers=PROXY | changed)
                assert refused.value.response.status_code == status, changed
    modes = {path.name: path.stat().st_mode & 0o777 for path in app.data.rglob("*")}
    assert set(modes.values()) == {0o600}, modes
    assert app.data.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "KANVAS_OAUTH_ISSUER"),
        ({"KANVAS_OAUTH_ISSUER": ISSUER}, "KANVAS_OAUTH_AUDIENCE and KANVAS_OAUTH_JWKS_URL"),
    ],
)
def test_a_start_without_an_issuer_is_refused(
    realtime: Path, tmp_path: Path, settings: dict[str, str], told: str
) -> None:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ANTHROPIC", "KANVAS"))}
    data = {"KANVAS_DATA_DIR": str(tmp_path), "KANVAS_SOCKET_WS_KEYED_AUTH": "oauth"}
    ended = subprocess.run(
        [sys.executable, "app.py", "--port", "0", "--simulate"],
        cwd=realtime,
        env=clean | data | settings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


@contextlib.contextmanager
def issuer_in_a_thread() -> Iterator[Issuer]:
    """On a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    opened = issuing()

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    try:
        yield run(opened.__aenter__())
    finally:
        run(opened.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()
