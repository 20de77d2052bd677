"""Bad input: each gets a clear error, the next good message is answered, each leaves a record."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection

from tests.e2e.apps import App, ask, build, records, verify
from tests.e2e.programs import LIVE_METRICS, SHIPPING
from tests.fake_provider import Behaviour, FakeProvider, answering, cutting, failing

GOOD = {"country": "de", "weight": 3}
ANSWER = {"price": 4.9, "days": 2, "note": "3 kg to DE"}
KB = 1024

STAYS_OPEN: list[tuple[str, str | bytes, str, str | None]] = [
    ("not JSON", "hello", "invalid_json", None),
    ("nothing", "", "invalid_json", None),
    ("cut short", '{"country": "de", "wei', "invalid_json", None),
    ("NaN", '{"country": "de", "weight": NaN}', "invalid_json", None),
    ("a number beyond all", '{"country": "de", "weight": 1e999}', "invalid_input", "weight"),
    ("half a surrogate pair", '{"country": "\\ud800", "weight": 1}', "invalid_json", None),
    ("two values", '{"country": "de", "weight": 3} {}', "invalid_json", None),
    ("a list", "[1, 2]", "invalid_frame", None),
    ("a text", '"de"', "invalid_frame", None),
    ("null", "null", "invalid_frame", None),
    ("a binary frame", json.dumps(GOOD).encode(), "invalid_frame", None),
    ("brackets without end", "[" * 20_000, "invalid_json", None),
    ("deep objects", '{"a":' * 2_000 + "1" + "}" * 2_000, "invalid_json", None),
    ("a wrong type", {"country": "de", "weight": "3"}, "invalid_input", "weight"),
    ("no boolean", {"country": "de", "weight": 3, "express": 1}, "invalid_input", "express"),
    ("out of range", {"country": "de", "weight": 31}, "invalid_input", "weight"),
    ("no such choice", {"country": "fr", "weight": 3}, "invalid_input", "country"),
    ("a field is missing", {"country": "de"}, "invalid_input", "weight"),
    ("required, but null", {"country": "de", "weight": None}, "invalid_input", "weight"),
    ("an unknown field", {**GOOD, "wieght": 3}, "unknown_field", "wieght"),
    ("more than a message may be", json.dumps({**GOOD, "x": "x" * 70 * KB}), "too_large", None),
]


@pytest.fixture(scope="module")
def shipping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    base = tmp_path_factory.mktemp("bad-input")
    with App(build(SHIPPING, base / "app"), base / "data") as app:
        yield app


def text(message: object) -> str | bytes:
    return message if isinstance(message, str | bytes) else json.dumps(message)


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [(text(message), code, field) for _, message, code, field in STAYS_OPEN],
    ids=[name for name, *_ in STAYS_OPEN],
)
def test_an_error_answers_and_the_connection_goes_on(
    shipping: App, message: str | bytes, code: str, field: str | None
) -> None:
    before = len(records(shipping.data))
    with shipping.connect("/ws/shipping") as socket:
        error = ask(socket, message)["error"]
        assert ask(socket, GOOD) == ANSWER
    assert error["code"] == code
    assert error.get("field") == field
    assert len(error["message"]) < 300
    for leak in ("Traceback", "msgspec", "Expected `", "Error("):
        assert leak not in error["message"]
    outcomes = [r["outcome"] for r in records(shipping.data)[before:] if "outcome" in r]
    assert outcomes == [code, "ok"]


def test_ten_megabytes_are_beyond_the_hard_cap(shipping: App) -> None:
    with shipping.connect("/ws/shipping") as socket:
        with pytest.raises(ConnectionClosed) as closed:
            ask(socket, {**GOOD, "x": "x" * 10 * KB * KB})
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    with shipping.connect("/ws/shipping") as socket:
        assert ask(socket, GOOD) == ANSWER


def test_a_hundred_thousand_brackets(shipping: App) -> None:
    with shipping.connect("/ws/shipping") as socket:
        assert ask(socket, "[" * 100_000)["error"]["code"] in ("too_large", "invalid_json")
        assert ask(socket, GOOD) == ANSWER


def test_a_text_frame_that_is_no_text_closes_and_is_recorded(shipping: App) -> None:
    before = len(records(shipping.data))
    with shipping.connect("/ws/shipping") as socket:
        send_raw(socket, b'{"country": "\xff\xfe"}')
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(timeout=60)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007
    with shipping.connect("/ws/shipping") as socket:
        assert ask(socket, GOOD) == ANSWER
    while 1007 not in {r.get("close_code") for r in records(shipping.data)[before:]}:
        sleep(0.02)


def send_raw(socket: ClientConnection, payload: bytes) -> None:
    """A text frame whatever its bytes are: the client library would refuse to make it."""
    frame = Frame(Opcode.TEXT, payload)
    socket.socket.sendall(frame.serialize(mask=True, extensions=[]))


@contextmanager
def provider(*script: Behaviour) -> Iterator[str]:
    """A provider on loopback that does as it is told, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = FakeProvider(*script)

    def run(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    run(server.__aenter__())
    try:
        yield server.url
    finally:
        run(server.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


FAITHFUL = {"value": 7, "timestamp": "now"}

PROVIDER_FAULTS: list[tuple[str, Callable[[], list[Behaviour]]]] = [
    ("it refuses the request", lambda: [failing(400)]),
    ("it is overloaded", lambda: [failing(529)] * 3),
    ("it cuts the connection", lambda: [cutting()] * 3),
    ("it breaks the schema twice", lambda: [answering({"value": "much"})] * 2),
]


@pytest.mark.parametrize(
    "faults", [make for _, make in PROVIDER_FAULTS], ids=[name for name, _ in PROVIDER_FAULTS]
)
def test_a_provider_that_fails(faults: Callable[[], list[Behaviour]], tmp_path: Path) -> None:
    folder = build(LIVE_METRICS, tmp_path / "app")
    with provider(*faults(), answering(FAITHFUL)) as url:
        settings = {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "sk-canary-1234"}
        with App(folder, tmp_path / "data", **settings) as app:
            with app.connect("/ws/metrics") as socket:
                error = ask(socket, {"metric_name": "cpu"})["error"]
                assert ask(socket, {"metric_name": "cpu"}) == FAITHFUL
            log = app.log
    assert error["code"] == "provider_error"
    assert error["step"] == "latest"
    written = records(tmp_path / "data")
    assert [r["outcome"] for r in written if r["kind"] == "SurfaceAccess"] == [
        "provider_error",
        "ok",
    ]
    assert verify(tmp_path / "data").returncode == 0
    everything = log + json.dumps(written) + json.dumps(error)
    assert "sk-canary-1234" not in everything


def test_a_step_that_is_not_granted_is_denied_at_run_time_too(tmp_path: Path) -> None:
    """The compiler refuses such a program, so the grant is taken out of the built app."""
    folder = build(LIVE_METRICS, tmp_path / "app")
    module = folder / "machines" / "live_metrics.py"
    granted = module.read_text(encoding="utf-8")
    taken = granted.replace('policy=Policy(allowed=(Grant("reason"),)),', "policy=Policy(),")
    assert taken != granted
    module.write_text(taken, encoding="utf-8")
    with App(folder, tmp_path / "data", "--simulate") as app, app.connect("/ws/metrics") as socket:
        error = ask(socket, {"metric_name": "cpu"})["error"]
        assert ask(socket, {"metric": 1})["error"]["code"] == "unknown_field"
    assert (error["code"], error["step"]) == ("denied", "latest")
    written = records(tmp_path / "data")
    decision = next(r for r in written if r["kind"] == "Decision")
    assert (decision["capability"], decision["verdict"]) == ("reason", "denied")
    assert [r["outcome"] for r in written if r["kind"] == "SurfaceAccess"] == [
        "denied",
        "unknown_field",
    ]
