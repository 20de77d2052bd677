"""`http` steps through the gate, against servers on loopback that are explicitly granted."""

from __future__ import annotations

import asyncio
import gzip
import logging
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpcore2
import pytest
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Grant, HttpAnswer, HttpStep, Machine, Policy
from kanvas_runtime.outside.client import Client
from kanvas_runtime.outside.http import Http
from kanvas_runtime.reasoning.registry import Reasoners
from kanvas_runtime.run import Run

from tests.runtime.machines import NOTHING, Nothing, call
from tests.runtime.outside.servers import (
    Behaviour,
    Server,
    answer,
    drip,
    forever,
    raw,
    silence,
)

GET = HttpStep("fetch", "GET", timeout=60.0)
IMPATIENT = HttpStep("fetch", "GET", timeout=0.2)
CERTIFICATE = Path(__file__).parent / "api.example.com.pem"
"""Self-signed, with its key, for api.example.com alone; made with openssl, valid for a century."""


class World:
    """A run of a machine with these grants, and the ledger that watches it.

    Names have the addresses that `names` says, each time the next of the list.
    """

    def __init__(self, *allowed: str | None, simulate: bool = False, **names: list[str]) -> None:
        self.ledger = MemoryLedger()
        self.looked_up: list[str] = []
        self._names = {name.replace("_", "."): found for name, found in names.items()}
        policy = Policy(allowed=tuple(Grant("http", target) for target in allowed))
        machine = Machine("fetcher", Nothing, Nothing, lambda input_, run: NOTHING, policy)
        trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
        http = Http(self._resolve, Client(trusting))
        self.gate = Gate(self.ledger, Reasoners({}), simulate=simulate, http=http)
        self.run = Run(call(machine, NOTHING), self.ledger, self.gate)

    async def _resolve(self, host: str, port: int) -> Sequence[str]:
        self.looked_up.append(host)
        found = self._names.get(host, ["127.0.0.1"])
        return [found.pop(0) if len(found) > 1 else found[0]]

    @property
    def kinds(self) -> list[str]:
        return [record["kind"] for record in self.ledger.records]


async def ask(behaviour: Behaviour, step: HttpStep = GET) -> tuple[HttpAnswer, Server]:
    async with Server(behaviour) as server:
        return await World(server.origin).run.http(step, url=f"{server.origin}/x?y=1"), server


async def failure(behaviour: Behaviour, step: HttpStep = GET) -> StepFailure:
    with pytest.raises(StepFailure) as caught:
        await ask(behaviour, step)
    assert caught.value.step == "fetch"
    return caught.value


async def test_an_answer() -> None:
    found, server = await ask(answer(b'{"a": [1]}', content_type="application/json", x_y="z"))
    assert (found.status, found.body, found.headers["x-y"]) == (200, {"a": [1]}, "z")
    (came,) = server.came
    assert came.line == "GET /x?y=1 HTTP/1.1"
    assert came.headers["host"] == f"127.0.0.1:{server.port}"
    assert "content-length" not in came.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_is_sent(method: str) -> None:
    async with Server(answer(status="204 No Content")) as server:
        step = HttpStep("send", method)  # type: ignore[arg-type]  # texts of a parametrization
        run = World(server.origin).run
        await run.http(step, url=server.origin, headers={"X-Key": "k"}, body={"n": 1})
        await run.http(step, url=server.origin, body="plain")
        await run.http(step, url=server.origin, body="")
    first, second, third = server.came
    assert first.line == f"{method} / HTTP/1.1"
    assert (first.body, first.headers["content-type"]) == (b'{"n":1}', "application/json")
    assert first.headers["x-key"] == "k"
    assert (second.body, second.headers["content-type"]) == (b"plain", "text/plain; charset=utf-8")
    assert third.headers["content-length"] == "0"


async def test_a_head_request_has_no_body_to_wait_for() -> None:
    found, _ = await ask(
        raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\ncontent-type: application/json\r\n\r\n"),
        HttpStep("look", "HEAD"),
    )
    assert (found.body, found.headers["content-length"]) == (None, "99")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "404 No", "500 Oh"])
async def test_every_status_is_an_answer_and_no_redirect_is_followed(status: str) -> None:
    found, server = await ask(answer(b"no", status=status, location="http://127.0.0.1:1/elsewhere"))
    assert str(found.status) == status[:3]
    assert len(server.came) == 1


async def test_packed_answers() -> None:
    found, _ = await ask(answer(gzip.compress(b"x" * 5000), content_encoding="gzip"))
    assert found.body == "x" * 5000


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Server(answer(b"from the proxy")) as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.origin)
            monkeypatch.setenv(name.upper(), proxy.origin)
        found, _ = await ask(answer(b"from the host"))
    assert found.body == "from the host"
    assert proxy.came == []


async def test_no_cookie_is_kept() -> None:
    async with Server(answer(set_cookie="a=b")) as server:
        run = World(server.origin).run
        await run.http(GET, url=server.origin)
        await run.http(GET, url=server.origin)
    assert "cookie" not in server.came[1].headers


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (answer(gzip.compress(bytes(50 * 2**20)), content_encoding="gzip"), "larger than"),
        (answer(b"x", content_encoding="br"), "packed in a way"),
        (forever(b"HTTP/1.1 200 OK\r\n\r\n", bytes(2**16)), "larger than"),
        (forever(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 1000), "broke, or"),
        (raw(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc"), "broke, or"),
        (raw(b"nonsense\r\n\r\n"), "broke, or"),
        (raw(b""), "broke, or"),
        (raw(b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"), "broke, or"),
        (answer(b"{", content_type="application/json"), "not JSON"),
        (answer(b"[" * 99 + b"]" * 99, content_type="application/json"), "deeper than"),
    ],
)
async def test_answers_that_are_none(behaviour: Behaviour, words: str) -> None:
    failed = await failure(behaviour)
    assert failed.type == "http"
    assert words in failed.message


LARGEST = 2**20


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_has_at_most_a_megabyte_once_it_is_unpacked(packed: bool) -> None:
    def of(length: int) -> Behaviour:
        content = b"x" * length
        if packed:
            return answer(gzip.compress(content), content_encoding="gzip")
        return answer(content)

    found, _ = await ask(of(LARGEST))
    assert found.body == "x" * LARGEST
    failed = await failure(of(LARGEST + 1))
    assert (failed.type, failed.message) == ("http", f"the answer is larger than {LARGEST} bytes")


@pytest.mark.parametrize(
    "behaviour",
    [
        silence,
        drip(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
        drip(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
async def test_the_timeout_is_for_everything(behaviour: Behaviour) -> None:
    failed = await failure(behaviour, IMPATIENT)
    assert failed.type == "timeout"


async def test_looking_a_name_up_counts() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        return await asyncio.Future()

    world = World("api.example.com")
    world.gate._http = Http(never)
    with pytest.raises(StepFailure) as caught:
        await world.run.http(IMPATIENT, url="https://api.example.com")
    assert caught.value.type == "timeout"


async def test_a_host_that_takes_no_connection() -> None:
    async with Server(silence) as server:
        origin = server.origin
    with pytest.raises(StepFailure, match="does not take the connection") as caught:
        await World(origin).run.http(GET, url=origin)
    assert caught.value.type == "http"


async def test_the_next_address_is_tried() -> None:
    async with Server(answer(b"here")) as server:
        target = f"http://h.internal:{server.port}"
        world = World(target)

        async def two(host: str, port: int) -> Sequence[str]:
            return ["127.0.0.2", "127.0.0.1"]

        world.gate._http = Http(two)
        assert (await world.run.http(GET, url=target)).body == "here"
        assert server.came[0].headers["host"] == f"h.internal:{server.port}"


async def test_each_address_has_five_seconds_to_take_the_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[tuple[str, float | None]] = []

    async def full(_: object, host: str, port: int, timeout: float | None = None) -> Any:
        tried.append((host, timeout))
        raise httpcore2.ConnectTimeout

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", full)
    world = World("http://h.internal:81")

    async def two(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.2", "127.0.0.1"]

    world.gate._http = Http(two)
    with pytest.raises(StepFailure, match="did not take the connection in time") as caught:
        await world.run.http(GET, url="http://h.internal:81")
    assert caught.value.type == "timeout"
    assert tried == [("127.0.0.2", 5.0), ("127.0.0.1", 5.0)]


def tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


async def test_the_name_is_what_the_certificate_must_have() -> None:
    async with Server(answer(b"safe"), tls()) as server:
        url = f"https://api.example.com:{server.port}"
        assert (await World(url).run.http(GET, url=url)).body == "safe"
        assert server.names == ["api.example.com"]
        assert server.came[0].headers["host"] == f"api.example.com:{server.port}"
        other = f"https://other.example.com:{server.port}"
        with pytest.raises(StepFailure, match=r"certificate of other\.example\.com is not valid"):
            await World(other).run.http(GET, url=other)
        assert len(server.came) == 1


async def test_a_host_without_tls() -> None:
    async def plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plainly, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(StepFailure, match="does not speak TLS") as caught:
            await World(url).run.http(GET, url=url)
    assert caught.value.type == "http"


async def test_a_name_that_moves_is_connected_to_where_it_was_checked() -> None:
    async with Server(answer(b"inside")) as server:
        url = f"http://moving.example:{server.port}"
        # Public when it is checked, loopback a moment later: nobody asks a second time.
        world = World(None, moving_example=["192.0.2.1", "127.0.0.1"])
        with pytest.raises(StepFailure, match="public address"):
            await world.run.http(GET, url=url)
        assert world.looked_up == ["moving.example"]
        with pytest.raises(StepFailure, match="public address") as caught:
            await world.run.http(GET, url=url)
        assert caught.value.type == "denied"
    assert server.came == []
    assert world.kinds == ["RunStarted", *["StepRun", "Decision", "StepRun"] * 2]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "localhost", "a.b"],
)
async def test_a_grant_for_any_host_is_none_for_this_machine(host: str) -> None:
    async with Server(answer()) as server:
        with pytest.raises(StepFailure, match="public address") as caught:
            await World(None).run.http(GET, url=f"http://{host}:{server.port}/")
    assert caught.value.type == "denied"
    assert server.came == []


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "017700000001"]
)
async def test_other_spellings_of_this_machine_are_no_hosts(host: str) -> None:
    async with Server(answer()) as server:
        with pytest.raises(StepFailure, match="the url") as caught:
            await World(None, server.origin).run.http(GET, url=f"http://{host}:{server.port}/")
    assert caught.value.type == "http"
    assert server.came == []


async def test_what_is_recorded() -> None:
    async with Server(answer(b"hunter2")) as server:
        world = World(server.origin)
        secret = {"authorization": "Bearer hunter2"}
        await world.run.http(
            GET, url=f"{server.origin}/hunter2?key=hunter2", headers=secret, body="hunter2"
        )
    started, begun, ended = world.ledger.records
    assert started["kind"] == "RunStarted"
    assert (begun["phase"], begun["step"], begun["target"]) == ("begin", "fetch", server.origin)
    assert (ended["phase"], ended["outcome"]) == ("end", "ok")
    assert ended["duration_us"] >= 0
    assert "simulated" not in ended
    assert "tokens_in" not in ended
    assert "hunter2" not in str(world.ledger.records)


async def test_a_failure_is_recorded() -> None:
    async with Server(raw(b"")) as server:
        world = World(server.origin)
        with pytest.raises(StepFailure):
            await world.run.http(GET, url=server.origin)
    assert world.ledger.records[-1]["outcome"] == "http"


async def test_what_is_not_granted_does_not_leave() -> None:
    world = World("api.example.com")
    with pytest.raises(StepFailure, match=r'`http "http://api\.example\.com:80"`') as caught:
        await world.run.http(GET, url="http://api.example.com/hunter2?key=hunter2")
    assert (caught.value.type, caught.value.step) == ("denied", "fetch")
    assert world.looked_up == []
    (decision,) = world.ledger.records
    assert decision["kind"] == "Decision"
    assert decision["target"] == "http://api.example.com:80"
    assert "hunter2" not in str(decision) + caught.value.message


async def test_nothing_leaves_that_the_ledger_cannot_keep() -> None:
    async with Server(answer()) as server:
        world = World(server.origin)
        world.ledger.available = False
        with pytest.raises(LedgerUnavailable):
            await world.run.http(GET, url=server.origin)
    assert server.came == []


async def test_the_log_has_nothing_of_a_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with Server(answer(b"hunter2", set_cookie="hunter2")) as server:
        await World(server.origin).run.http(
            GET, url=f"{server.origin}/hunter2", headers={"authorization": "hunter2"}
        )
    assert "hunter2" not in caplog.text


async def test_a_cancelled_request_is_recorded_and_its_connection_closed() -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def hold(_: object, writer: asyncio.StreamWriter) -> None:
        asked.set()
        while not writer.is_closing():
            writer.write(b"x")  # a peer that is gone answers it with a reset
            await asyncio.sleep(0.01)
        gone.set()

    async with Server(hold) as server:
        world = World(server.origin)
        asking = asyncio.create_task(world.run.http(GET, url=server.origin))
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await gone.wait()
    assert world.ledger.records[-1]["outcome"] == "cancelled"


async def test_simulated_steps_answer_what_the_program_assumes() -> None:
    assumed = HttpAnswer(status=201, body={"a": 1})
    world = World("api.example.com", simulate=True)
    step = HttpStep("fetch", "GET", assuming=assumed)
    assert await world.run.http(step, url="https://api.example.com") == assumed
    assert [record.get("simulated") for record in world.ledger.records] == [None, True, True]
    assert world.looked_up == []
    with pytest.raises(StepFailure, match="fetch has no `assuming`") as caught:
        await world.run.http(GET, url="https://api.example.com")
    assert caught.value.type == "runtime"
    with pytest.raises(StepFailure, match="not allowed"):
        await world.run.http(step, url="https://other.example.com")


async def test_without_the_package_a_step_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "kanvas_runtime.outside.client", None)
    world = World("api.example.com")
    world.gate._http = Http()
    world.gate.warm([world.run.request.machine])
    with pytest.raises(StepFailure, match=r"kanvas-runtime\[http\]"):
        await world.run.http(GET, url="https://api.example.com")


async def test_a_gate_opens_its_client_before_the_first_message() -> None:
    world = World("api.example.com")
    world.gate._http = http = Http()
    world.gate.warm([world.run.request.machine])
    client = http._client
    assert client is not None
    assert http.open() is client
