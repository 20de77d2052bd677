"""Who hears of a result, and which results are young enough to begin with."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime import hub as hub_module
from kanvas_runtime.hub import FRESH, LARGEST_FRESH, SHARED, Hub, Item, Topic
from kanvas_runtime.ledger import LedgerUnavailable
from kanvas_runtime.machine import WebSocketSurface
from websockets.asyncio.client import connect

from tests.runtime.serving import records, service_of, serving
from tests.runtime.sockets import DOUBLE, GREET

ANN = Topic("m", "ann", b"{}")
BOB = ANN._replace(principal="bob")
EVERYBODY = ANN._replace(principal=SHARED)


class Listener:
    def __init__(self) -> None:
        self.heard: list[str] = []
        self.last = ""

    @property
    def owner(self) -> object:
        return self

    def push(self, item: Item) -> None:
        self.heard.append(item.text)
        self.last = item.cursor


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def done(error: Exception | None = None) -> asyncio.Future[None]:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
        future.exception()
    return future


def test_a_principal_s_results_are_its_own_and_shared_ones_everybody_s() -> None:
    hub, ann, bob = Hub(), Listener(), Listener()
    hub.join(ANN, ann, "")
    hub.join(BOB, bob, "")
    hub.publish(ANN, "1", None)
    hub.publish(EVERYBODY, "2", None)
    hub.publish(ANN._replace(key=b"other"), "3", None)
    hub.publish(BOB, "4", None, besides=bob)
    assert (ann.heard, bob.heard) == (["1", "2"], ["2"])
    hub.leave(ANN, ann)
    hub.publish(EVERYBODY, "5", None)
    assert (ann.heard, bob.heard) == (["1", "2"], ["2", "5"])
    hub.leave(BOB, bob)
    assert not hub


async def test_the_newest_is_kept_for_a_while() -> None:
    clock = Clock()
    hub = Hub(clock)
    hub.remember(ANN, "r1", b"1", done())
    clock.now += 1
    hub.remember(EVERYBODY, "r2", b"2", done())
    for topics, output in (((ANN,), b"1"), ((ANN, EVERYBODY), b"2"), ((BOB, EVERYBODY), b"2")):
        newest = hub.newest(*topics)
        assert newest is not None
        assert newest.output == output
    assert hub.newest(BOB) is None
    clock.now = 100 + FRESH
    assert hub.newest(ANN) is None


async def test_answering_with_it_makes_it_no_younger() -> None:
    clock = Clock()
    hub = Hub(clock)
    hub.remember(ANN, "r1", b"1", done())
    clock.now += FRESH - 1
    hub.remember(ANN, "r1", b"1", done())
    clock.now += 1
    assert hub.newest(ANN) is None


async def test_what_is_not_on_record_is_not_handed_out() -> None:
    hub = Hub()
    hub.remember(ANN, "r1", b"1", done(LedgerUnavailable("no disk")))
    assert hub.newest(ANN) is None


async def test_few_and_small_ones_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "MOST_FRESH", 2)
    hub = Hub()
    for number in range(3):
        hub.remember(ANN._replace(key=b"%d" % number), f"r{number}", b"1", done())
    kept = [hub.newest(ANN._replace(key=b"%d" % number)) is not None for number in range(3)]
    assert kept == [False, True, True]
    hub.remember(ANN._replace(key=b"2"), "r9", b"x" * (LARGEST_FRESH + 1), done())
    assert hub.newest(ANN._replace(key=b"2")) is None, "the older one is not the newest any more"


# Behind sockets.


def runs(directory: Path) -> list[Any]:
    return [each.get("run") for each in records(directory, "SurfaceAccess")]


async def test_a_page_and_its_subscription_are_one_run(tmp_path: Path) -> None:
    service = service_of(tmp_path, (GREET, WebSocketSurface(path="/ws")))
    async with serving(service) as served, connect(served.url("/ws")) as client:
        await service.answer(GREET, {}, surface="page", path="/p", principal=None)
        await client.send('{"subscribe":true}')
        assert await client.recv() == '{"name":"hello"}'
        await service.answer(GREET, {}, surface="page", path="/p", principal=None)
        assert await client.recv() == '{"name":"hello"}'
    first, subscribed, second = runs(tmp_path)
    assert first == subscribed != second
    outcomes = [each["outcome"] for each in records(tmp_path, "SurfaceAccess")]
    assert outcomes == ["ok"] * 3, "it is recorded as any other message"


async def test_subscriptions_share_the_first_one_s_run(tmp_path: Path) -> None:
    service = service_of(tmp_path, (DOUBLE, WebSocketSurface(path="/ws")))
    async with serving(service) as served:
        for number in (1, 1, 2):
            async with connect(served.url("/ws")) as client:
                await client.send(json.dumps({"subscribe": number}))
                assert json.loads(await client.recv()) == {"twice": 2 * number}
    one, same, other = runs(tmp_path)
    assert one == same != other


async def test_another_principal_s_result_is_not_handed_out(tmp_path: Path) -> None:
    service = service_of(tmp_path, (GREET, WebSocketSurface(path="/ws")))
    async with serving(service) as served, connect(served.url("/ws")) as client:
        await service.answer(GREET, {}, surface="page", path="/p", principal="ann")
        await client.send('{"subscribe":true}')
        await client.recv()
    assert len(set(runs(tmp_path))) == 2
