"""Conversations with a real server and a real client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.machine import Machine, WebSocketSurface
from websockets.asyncio.client import ClientConnection, connect

from tests.runtime.serving import close_code, recorded, records, service_of, serving
from tests.runtime.sockets import BREAK, DOUBLE, FAIL, FILL, GREET, MEASURE, NAP, UNGRANTED


def only(machine: Machine[Any, Any], **options: Any) -> tuple[Machine[Any, Any], WebSocketSurface]:
    return machine, WebSocketSurface(path="/ws", **options)


async def say(socket: ClientConnection, text: str) -> Any:
    await socket.send(text)
    return json.loads(await socket.recv())


async def test_a_request_is_answered_and_recorded(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(DOUBLE))) as served,
        connect(served.url("/ws")) as socket,
    ):
        assert await say(socket, '{"n":21}') == {"twice": 42}
        (access,) = records(tmp_path, "SurfaceAccess")
    assert access["surface"] == "websocket"
    assert access["path"] == "/ws"
    assert access["machine"] == "double"
    assert access["outcome"] == "ok"
    assert len(access["input_digest"]) == len(access["output_digest"]) == 64
    assert access["duration_us"] >= 0
    assert "principal" not in access
    (opened,) = records(tmp_path, "ConnectionOpened")
    (closed,) = records(tmp_path, "ConnectionClosed")
    assert opened["connection"] == access["connection"] == closed["connection"]
    assert (closed["close_code"], closed["messages"], closed["pushes"]) == (1000, 1, 0)


async def test_bad_messages_are_answered_recorded_and_forgiven(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(DOUBLE))) as served,
        connect(served.url("/ws")) as socket,
    ):
        messages: list[tuple[str | bytes, str]] = [
            ("nonsense", "invalid_json"),
            (b'{"n":1}', "invalid_frame"),
            ("[]", "invalid_frame"),
            ('{"n":"one"}', "invalid_input"),
            ('{"m":1}', "unknown_field"),
            ("{}", "invalid_input"),
            ('{"n":1,"nn":1}', "unknown_field"),
            ("[" * 1000, "invalid_json"),
            ('{"n":' + "1" * 70_000 + "}", "too_large"),
            ("", "invalid_json"),
        ]
        for message, code in messages:
            await socket.send(message)
            assert json.loads(await socket.recv())["error"]["code"] == code
        assert await say(socket, '{"n":1}') == {"twice": 2}
        outcomes = [access["outcome"] for access in records(tmp_path, "SurfaceAccess")]
    assert outcomes == [*(code for _, code in messages), "ok"]


async def test_a_message_in_fragments_is_one_message(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(DOUBLE))) as served,
        connect(served.url("/ws")) as socket,
    ):
        await socket.send(['{"n', '":', "", "21}"])
        assert json.loads(await socket.recv()) == {"twice": 42}
        await socket.send([b'{"n', b'":1}'])
        assert json.loads(await socket.recv())["error"]["code"] == "invalid_frame"


async def test_replies_keep_the_order_of_messages(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(NAP))) as served,
        connect(served.url("/ws")) as socket,
    ):
        for index in range(20):
            await socket.send(json.dumps({"seconds": 0.01 * (index % 2), "name": str(index)}))
        names = [json.loads(await socket.recv())["name"] for _ in range(20)]
    assert names == [str(index) for index in range(20)]


async def test_runs_that_fail_say_what_the_caller_may_know(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    surfaces = [
        (machine, WebSocketSurface(path=f"/{machine.name}")) for machine in (FAIL, BREAK, UNGRANTED)
    ]
    async with serving(service_of(tmp_path, *surfaces)) as served:
        answers = {}
        for machine, surface in surfaces:
            async with connect(served.url(surface.path)) as socket:
                answers[machine.name] = (await say(socket, "{}"))["error"]
                assert (await say(socket, "{}"))["error"]["code"]  # it stays open
    assert answers["fail"]["code"] == "step_failed"
    assert answers["fail"]["step"] == "pay"
    assert answers["break"]["code"] == "internal"
    assert answers["break"]["run"] in caplog.text
    assert "ZeroDivision" not in json.dumps(answers)
    assert answers["ungranted"]["code"] == "denied"


async def test_a_simulated_ask_runs_through_the_gate(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(MEASURE))) as served,
        connect(served.url("/ws")) as socket,
    ):
        assert await say(socket, '{"metric_name":"cpu"}') == {"value": 42.5}
    kinds = [each["kind"] for each in records(tmp_path)]
    run = ["RunStarted", "StepRun", "StepRun", "SurfaceAccess"]
    assert kinds == ["ServerStarted", "ConnectionOpened", *run, "ConnectionClosed"]


# Subscriptions.


async def test_subscribers_get_the_results_of_others(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(DOUBLE))) as served,
        connect(served.url("/ws")) as watcher,
        connect(served.url("/ws")) as other,
    ):
        assert await say(watcher, '{"subscribe":1}') == {"twice": 2}
        assert await say(other, '{"n":5}') == {"twice": 10}
        assert await say(other, '{"n":1}') == {"twice": 2}
        assert json.loads(await watcher.recv()) == {"twice": 2}
        assert await say(watcher, '{"unsubscribe":1}') == {"unsubscribed": 1}
        await say(other, '{"n":1}')
        assert await say(watcher, '{"n":3}') == {"twice": 6}
        closed = records(tmp_path, "ConnectionClosed")
    assert closed == []
    assert [each["pushes"] for each in records(tmp_path, "ConnectionClosed")] in ([1, 0], [0, 1])


async def test_a_subscriber_that_asks_gets_the_answer_then_the_push(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(GREET))) as served,
        connect(served.url("/ws")) as socket,
    ):
        assert await say(socket, '{"subscribe":true}') == {"name": "hello"}
        await socket.send("{}")
        assert json.loads(await socket.recv()) == {"name": "hello"}
        assert json.loads(await socket.recv()) == {"name": "hello"}


async def test_a_subscriber_that_is_gone_leaves_nothing(tmp_path: Path) -> None:
    service = service_of(tmp_path, only(DOUBLE))
    async with serving(service) as served:
        async with connect(served.url("/ws")) as socket:
            await say(socket, '{"subscribe":1}')
        await recorded(tmp_path, "ConnectionClosed", 1)
        engine = service.open_engine()
        assert engine is not None
        assert not engine.hub
        while service.sockets["/ws"].connections:
            await asyncio.sleep(0.01)


# Lifecycle.


async def test_a_disconnect_cancels_the_run_and_loses_what_waits(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, only(NAP))) as served:
        async with connect(served.url("/ws")) as socket:
            assert await say(socket, '{"seconds":0}')
            await socket.send('{"seconds":3600}')
            await socket.send('{"seconds":0}')
        accesses = await recorded(tmp_path, "SurfaceAccess", 3)
    assert [each["outcome"] for each in accesses] == ["ok", "cancelled", "cancelled"]
    assert "run" in accesses[1]
    assert "run" not in accesses[2]


async def test_an_idle_connection_is_closed(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(DOUBLE, idle_timeout=0.1))) as served,
        connect(served.url("/ws")) as socket,
    ):
        assert await close_code(socket) == 4408
    (closed,) = records(tmp_path, "ConnectionClosed")
    assert closed["close_code"] == 4408


async def test_a_run_or_a_subscription_is_not_idle(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(NAP, idle_timeout=0.1))) as served,
        connect(served.url("/ws")) as socket,
    ):
        assert await say(socket, '{"seconds":0.3}') == {"name": ""}
        await say(socket, '{"subscribe":{"seconds":0}}')
        await asyncio.sleep(0.3)
        await say(socket, '{"unsubscribe":{"seconds":0}}')
        assert await close_code(socket) == 4408


async def test_neither_heartbeat_nor_idle_end_a_long_run(tmp_path: Path) -> None:
    """Forty messages behind it: more than the queue holds."""
    surface = only(NAP, heartbeat=0.6, idle_timeout=0.6)
    async with (
        serving(service_of(tmp_path, surface)) as served,
        connect(served.url("/ws"), ping_interval=None) as socket,
    ):
        await socket.send('{"seconds":1.5,"name":"long"}')
        for index in range(40):
            await socket.send(json.dumps({"seconds": 0, "name": str(index)}))
        names = [json.loads(await socket.recv())["name"] for _ in range(41)]
    assert names == ["long", *(str(index) for index in range(40))]


async def test_a_hundred_bad_messages_in_a_row(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(DOUBLE, rate=1000.0))) as served,
        connect(served.url("/ws")) as socket,
    ):
        for _ in range(100):
            await socket.send("x")
        for _ in range(100):
            assert json.loads(await socket.recv())["error"]["code"] == "invalid_json"
        assert await close_code(socket) == 1008
    accesses = records(tmp_path, "SurfaceAccess")
    assert sum(each.get("count", 1) for each in accesses) == 100
    assert any(each.get("count", 0) > 1 for each in accesses)


async def test_too_many_messages_are_refused_with_when_to_come_back(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(DOUBLE, rate=1.0))) as served,
        connect(served.url("/ws")) as socket,
    ):
        for _ in range(2):
            assert await say(socket, '{"n":1}') == {"twice": 2}
        error = (await say(socket, '{"n":1}'))["error"]
    assert error["code"] == "rate_limited"
    assert 0 < error["retry_after"] <= 1


async def test_large_outputs_arrive_whole(tmp_path: Path) -> None:
    async with (
        serving(service_of(tmp_path, only(FILL))) as served,
        connect(served.url("/ws"), max_size=None) as socket,
    ):
        assert len((await say(socket, '{"size":3000000}'))["name"]) == 3_000_000
        assert len((await say(socket, '{"size":3}'))["name"]) == 3


async def test_the_plain_protocol_may_be_named(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, only(DOUBLE))) as served:
        async with connect(served.url("/ws"), subprotocols=["kanvas.plain"]) as socket:  # type: ignore[list-item]
            # A `Subprotocol` is a NewType of str.
            assert socket.subprotocol == "kanvas.plain"
            assert await say(socket, '{"n":1}') == {"twice": 2}
        async with connect(served.url("/ws")) as socket:
            assert socket.subprotocol is None
