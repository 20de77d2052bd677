"""`kanvas.v1` on a real server, through a real client."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime.contract import Integer, Record, Text
from kanvas_runtime.machine import Machine, WebSocketSurface
from kanvas_runtime.run import Run
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.runtime.bus.machines import CLIMBER
from tests.runtime.serving import close_code, records, service_of, serving
from tests.runtime.sockets import DOUBLE, NAP
from tests.runtime.state.counters import SMALL

V1: Any = ["kanvas.v1"]


async def say(client: ClientConnection, op: str, **fields: Any) -> None:
    await client.send(json.dumps({"op": op, **fields}))


async def heard(client: ClientConnection) -> Any:
    return json.loads(await client.recv())


async def until(client: ClientConnection, op: str) -> Any:
    while (message := await heard(client))["op"] != op:
        pass
    return message


async def test_hello_comes_first_and_the_protocol_is_echoed(tmp_path: Path) -> None:
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        assert client.subprotocol == "kanvas.v1"
        hello = await heard(client)
        assert (hello["op"], hello["machine"], hello["version"]) == ("hello", "double", 1)


@pytest.mark.parametrize(
    ("offered", "echoed"),
    [
        (["kanvas.plain", "kanvas.v1"], "kanvas.plain"),
        (["kanvas.v1", "kanvas.plain"], "kanvas.v1"),
        (["kanvas.ticket.abc", "kanvas.v1"], "kanvas.v1"),
        (["chat", "kanvas.plain"], "kanvas.plain"),
        (["chat"], None),
        (None, None),
    ],
)
async def test_the_first_known_protocol_is_echoed(
    tmp_path: Path, offered: Any, echoed: str | None
) -> None:
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=offered) as client,
    ):
        assert client.subprotocol == echoed
        if echoed == "kanvas.v1":
            assert (await heard(client))["op"] == "hello"
        else:
            await client.send('{"n":1}')
            assert await heard(client) == {"twice": 2}


async def test_every_op(tmp_path: Path) -> None:
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await heard(client)
        await say(client, "run", id="r", input={"n": 1})
        result = await heard(client)
        assert (result["op"], result["id"], result["output"]) == ("result", "r", {"twice": 2})
        await say(client, "subscribe", id="s", input={"n": 2})
        push = await heard(client)
        assert (push["op"], push["id"], push["output"]) == ("push", "s", {"twice": 4})
        await say(client, "run", id="r", input={"n": 2})
        told = [await heard(client), await heard(client)]
        assert {(each["op"], each["id"]) for each in told} == {("result", "r"), ("push", "s")}
        await say(client, "ping")
        assert await heard(client) == {"op": "pong"}
        await say(client, "unsubscribe", id="s")
        assert await heard(client) == {"op": "done", "id": "s"}
        await say(client, "cancel", id="r")
        assert await heard(client) == {"op": "done", "id": "r"}
        await say(client, "auth", ticket="t")
        assert (await heard(client))["error"]["code"] == "unauthenticated"
        await say(client, "run", id="x", input={"n": "one"})
        assert (await heard(client))["error"]["field"] == "n"
    outcomes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess")]
    assert outcomes.count("ok") == 5
    assert {"unauthenticated", "invalid_input"} < set(outcomes)


async def test_runs_side_by_side_end_as_they_end(tmp_path: Path) -> None:
    service = service_of(tmp_path, (NAP, WebSocketSurface(path="/ws", concurrency=2)))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await heard(client)
        await say(client, "run", id="long", input={"seconds": 60})
        await say(client, "run", id="short", input={"seconds": 0})
        assert (await heard(client))["id"] == "short"
        await say(client, "cancel", id="long")
        cancelled = await heard(client)
        assert (cancelled["id"], cancelled["error"]["code"]) == ("long", "cancelled")
    (access,) = [r for r in records(tmp_path, "SurfaceAccess") if r["outcome"] == "cancelled"]
    assert access["run"] == cancelled["error"]["run"]


class Metric(Record):
    name: Text


class Reading(Record):
    number: Integer


def counting(**options: Any) -> Machine[Metric, Reading]:
    numbers = itertools.count(1)

    def measure(_input: Metric, _run: Run) -> Reading:
        return Reading(number=next(numbers))

    return Machine(name="metrics", input=Metric, output=Reading, run=measure, **options)


async def test_after_a_cursor_nothing_is_missed(tmp_path: Path) -> None:
    service = service_of(tmp_path, (counting(), WebSocketSurface(path="/ws")))
    async with serving(service) as served:
        async with connect(served.url("/ws"), subprotocols=V1) as client:
            await heard(client)
            await say(client, "subscribe", id="s", input={"name": "cpu"})
            first = await heard(client)
            assert first["output"] == {"number": 1}
        async with connect(served.url("/ws")) as other:
            for number in (2, 3):
                await other.send('{"name":"cpu"}')
                assert await heard(other) == {"number": number}
        async with connect(served.url("/ws"), subprotocols=V1) as client:
            await heard(client)
            await say(client, "subscribe", id="t", input={"name": "cpu"}, after=first["cursor"])
            missed = [await heard(client) for _ in range(2)]
            assert [each["output"]["number"] for each in missed] == [2, 3]
            assert not any("gap" in each for each in missed)
            await say(client, "subscribe", id="u", input={"name": "cpu"}, after=missed[1]["cursor"])
            await say(client, "ping")
            assert await heard(client) == {"op": "pong"}, "nothing was missed"
            await say(client, "run", id="r", input={"name": "cpu"})
            told = [await heard(client) for _ in range(3)]
            assert {each["id"] for each in told} == {"r", "t", "u"}
    resumed = [each for each in records(tmp_path, "SurfaceAccess") if "run" not in each]
    assert [each["outcome"] for each in resumed] == ["ok", "ok"], "recorded though nothing ran"


async def test_a_cursor_of_another_server_is_a_gap(tmp_path: Path) -> None:
    service = service_of(tmp_path, (counting(), WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await heard(client)
        await say(client, "subscribe", id="s", input={"name": "cpu"}, after="0123.7")
        push = await heard(client)
        assert push["gap"] is True
        assert push["output"] == {"number": 1}


async def test_who_comes_back_does_not_run_a_machine_that_keeps_state(tmp_path: Path) -> None:
    service = service_of(tmp_path, (SMALL, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await heard(client)
        await say(client, "subscribe", id="s", input={"n": 1}, after="0123.7")
        await say(client, "run", id="r", input={"n": 1})
        told = [await heard(client), await heard(client)]
    push, result = sorted(told, key=lambda each: str(each["op"]))
    assert (push["op"], push["id"], push["output"]) == ("push", "s", {"total": 1})
    assert push["gap"] is True, "what came meanwhile is not known"
    assert (result["op"], result["output"]) == ("result", {"total": 1})


async def test_a_machine_that_looks_at_who_asks_is_run_for_each(tmp_path: Path) -> None:
    asked: list[str | None] = []

    def greet(_input: Metric, run: Run) -> Reading:
        asked.append(run.principal)
        return Reading(number=len(asked))

    machine = Machine(name="m", input=Metric, output=Reading, run=greet, by_principal=True)
    service = service_of(tmp_path, (machine, WebSocketSurface(path="/ws", every=0.02)))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await heard(client)
        await say(client, "subscribe", id="s", input={"name": "cpu"})
        await service.answer(machine, {"name": "cpu"}, surface="page", path="/p", principal="ann")
        numbers = [(await heard(client))["output"]["number"] for _ in range(3)]
    assert all(asked[number - 1] is None for number in numbers), "never ann's, never the system's"
    assert set(asked) == {None, "ann"}


async def test_pushes_belong_to_their_run_and_to_subscriptions(tmp_path: Path) -> None:
    service = service_of(tmp_path, (CLIMBER, WebSocketSurface(path="/ws")))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await heard(client)
        await say(client, "subscribe", id="s", input={"to": 2})
        opening = [await heard(client) for _ in range(2)]
        assert [("cursor" in each, each["output"]["n"]) for each in opening] == [
            (False, 1),
            (True, 2),
        ]
        await say(client, "run", id="r", input={"to": 2})
        told = [await heard(client) for _ in range(4)]
        ours = [(each["op"], each["output"]["n"]) for each in told if each["id"] == "r"]
        news = [(each["op"], each["output"]["n"]) for each in told if each["id"] == "s"]
        assert ours == [("push", 1), ("result", 2)]
        assert news == [("push", 1), ("push", 2)]


async def test_inputs_are_limited_for_all_connections_together(tmp_path: Path) -> None:
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws", max_keys=2)))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as one,
        connect(served.url("/ws"), subprotocols=V1) as two,
    ):
        for client in (one, two):
            await heard(client)
        for client, id_, n in ((one, "a", 1), (two, "a", 2), (two, "b", 1)):
            await say(client, "subscribe", id=id_, input={"n": n})
            assert (await heard(client))["op"] == "push"
        await say(one, "subscribe", id="b", input={"n": 3})
        refused = await heard(one)
        assert refused["error"]["code"] == "overloaded"
        await say(two, "unsubscribe", id="a")
        await heard(two)
        await say(one, "subscribe", id="b", input={"n": 3})
        assert (await heard(one))["op"] == "push"


async def test_the_rate_of_a_client_counts_all_its_connections(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", rate_per_principal=0.5)
    service = service_of(tmp_path, (DOUBLE, surface))
    async with (
        serving(service) as served,
        connect(served.url("/ws")) as one,
        connect(served.url("/ws")) as two,
    ):
        await one.send('{"n":1}')
        assert await heard(one) == {"twice": 2}
        await two.send('{"n":1}')
        refused = await heard(two)
        assert refused["error"]["code"] == "rate_limited"
        assert "all of a client's" in refused["error"]["message"]


async def test_the_connections_of_a_client_are_limited(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", max_connections_per_client=1)
    service = service_of(tmp_path, (DOUBLE, surface))
    async with serving(service) as served:
        async with connect(served.url("/ws")):
            with pytest.raises(InvalidStatus) as refused:
                await connect(served.url("/ws"))
            assert refused.value.response.status_code == 503
            assert json.loads(refused.value.response.body)["error"]["code"] == "overloaded"
        while service.sockets["/ws"].connections:
            await asyncio.sleep(0.01)
        async with connect(served.url("/ws")) as client:
            await client.send('{"n":1}')
            assert await heard(client) == {"twice": 2}


async def test_a_restart_is_said_in_this_protocol_too(tmp_path: Path) -> None:
    service = service_of(tmp_path, (NAP, WebSocketSurface(path="/ws", concurrency=2)))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        await heard(client)
        for id_ in ("a", "b"):
            await say(client, "run", id=id_, input={"seconds": 0.2})
        await say(client, "ping")
        await until(client, "pong")
        served.begin_stop()
        assert {(await until(client, "result"))["id"] for _ in range(2)} == {"a", "b"}
        assert await close_code(client) == 1012


async def test_a_message_that_is_too_much_is_named_by_its_id(tmp_path: Path) -> None:
    surface = WebSocketSurface(path="/ws", rate=0.5, max_message=200)
    service = service_of(tmp_path, (DOUBLE, surface))
    async with (
        serving(service) as served,
        connect(served.url("/ws"), subprotocols=V1) as client,
    ):
        assert (await heard(client))["op"] == "hello"
        long = {"op": "run", "id": "long", "input": {"n": 1}, "key": "k" * 200}
        await client.send(json.dumps(long))
        refused = await heard(client)
        assert (refused["id"], refused["error"]["code"]) == ("long", "too_large")
        await client.send('{"op":"run","id":"a","input":{"n":1}}')
        assert (await heard(client))["op"] == "result"
        for text, id_ in (
            ('{"op":"run","id":"b","input":{"n":1}}', "b"),
            (' { "op" : "run" , "id" : "c" , "input": {}}', "c"),
            ('{"id":"d","op":"run","input":{"n":1}}', None),
            ('{"op":"ping"}', None),
        ):
            await client.send(text)
            refused = await heard(client)
            assert (refused.get("id"), refused["error"]["code"]) == (id_, "rate_limited")
