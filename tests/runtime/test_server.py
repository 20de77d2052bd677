"""What only our own protocol classes can promise, and what `python app.py` says."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from kanvas_runtime import asgi, pressure, server, session
from kanvas_runtime.http_protocol import HttpProtocol
from kanvas_runtime.machine import ApiSurface, Machine, WebSocketSurface
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame, Opcode

from tests.runtime.serving import Served, close_code, recorded, records, service_of, serving
from tests.runtime.sockets import DOUBLE, FILL, NAP
from tests.runtime.wire import Wire


def only(machine: Machine[Any, Any], **options: Any) -> tuple[Machine[Any, Any], WebSocketSurface]:
    return machine, WebSocketSurface(path="/ws", **options)


@asynccontextmanager
async def conversation(
    directory: Path, machine: Machine[Any, Any], **options: Any
) -> AsyncIterator[tuple[Served, ClientConnection]]:
    async with (
        serving(service_of(directory, only(machine, **options))) as served,
        connect(served.url("/ws"), max_size=None) as client,
    ):
        yield served, client


async def heard(client: ClientConnection) -> None:
    """As soon as the server has read what was sent: a ping is answered behind it."""
    await (await client.ping())


async def closed_record(directory: Path) -> dict[str, Any]:
    return (await recorded(directory, "ConnectionClosed"))[0]


# Frames.


async def test_a_message_beyond_the_hard_cap_ends_the_connection(tmp_path: Path) -> None:
    async with conversation(tmp_path, DOUBLE) as (_, client):
        await client.send(" " * asgi.HARD_CAP_FLOOR)
        assert json.loads(await client.recv())["error"]["code"] == "too_large"
        await client.send(" " * (16 * 64 * 1024 + 1))
        assert await close_code(client) == 1009
    assert (await closed_record(tmp_path))["close_code"] == 1009


async def test_the_hard_cap_holds_for_fragments_together(tmp_path: Path) -> None:
    async with conversation(tmp_path, DOUBLE) as (_, client):
        sending = asyncio.create_task(client.send([" " * 300_000] * 5))
        assert await close_code(client) == 1009
        await asyncio.gather(sending, return_exceptions=True)


async def test_a_text_that_is_no_utf8_ends_the_connection(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, only(DOUBLE))) as served:
        wire = await Wire.open(served.port, "/ws")
        await wire.send(Frame(Opcode.TEXT, b'"\xff"'))
        assert (await wire.closed()).code == 1007
        await wire.close()
    assert (await closed_record(tmp_path))["close_code"] == 1007


async def test_a_cut_connection_is_recorded_as_such(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, only(DOUBLE))) as served:
        wire = await Wire.open(served.port, "/ws")
        wire.cut()
        assert (await closed_record(tmp_path))["close_code"] == 1006


async def test_compression_is_not_negotiated(tmp_path: Path) -> None:
    async with conversation(tmp_path, DOUBLE) as (_, client):
        assert client.protocol.extensions == []


# Heartbeat.


async def test_a_client_that_answers_no_ping_is_gone(tmp_path: Path) -> None:
    async with serving(service_of(tmp_path, only(DOUBLE, heartbeat=0.1))) as served:
        wire = await Wire.open(served.port, "/ws")
        closed = await closed_record(tmp_path)
        await wire.close()
    assert closed["close_code"] == 1006
    assert closed["reason"] == "no answer to a ping"


async def test_a_client_that_answers_pings_stays(tmp_path: Path) -> None:
    async with conversation(tmp_path, DOUBLE, heartbeat=0.6) as (_, client):
        await asyncio.sleep(1.5)
        await client.send('{"n":1}')
        assert json.loads(await client.recv()) == {"twice": 2}


async def test_pongs_that_nobody_reads_do_not_pile_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_PONGS", 100_000)
    async with serving(service_of(tmp_path, only(DOUBLE))) as served:
        wire = await Wire.open(served.port, "/ws", read=False)
        await wire.flood_pings()
        closed = await closed_record(tmp_path)
        await wire.close()
    assert closed["close_code"] == 1006


async def test_a_ping_behind_a_large_reply_is_no_offence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "UNREAD_PONGS", 1000)
    async with conversation(tmp_path, FILL) as (_, client):
        await client.send('{"size":8000000}')
        for _ in range(5):
            await client.ping()
        assert len(json.loads(await client.recv())["name"]) == 8_000_000


# Clients that do not read.


async def test_a_client_that_does_not_read_is_dropped_and_nobody_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure, "UNSENT_PATIENCE", 0.3)
    async with serving(service_of(tmp_path, only(FILL))) as served:
        deaf = await Wire.open(served.port, "/ws", read=False)
        for _ in range(100):  # more than the kernel's buffers hold
            await deaf.text('{"size":1000000}')
        async with connect(served.url("/ws")) as other:
            await other.send('{"size":3}')
            assert json.loads(await other.recv()) == {"name": "xxx"}
            closed = await closed_record(tmp_path)
        await deaf.close()
    assert closed["reason"] == "the client does not read"
    assert len(records(tmp_path, "SurfaceAccess")) < 100, "no further runs for a deaf client"


async def test_a_subscriber_that_does_not_read_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pressure, "UNSENT_PATIENCE", 1.5)
    async with conversation(tmp_path, FILL, rate=1000.0) as (served, asking):
        deaf = await Wire.open(served.port, "/ws", read=False)
        await deaf.text('{"subscribe":1000000}')
        async with connect(served.url("/ws"), max_size=None) as hearing:
            await hearing.send('{"subscribe":1000000}')
            await hearing.recv()
            for _ in range(10):
                await asking.send('{"size":1000000}')
                assert len(json.loads(await asking.recv())["name"]) == 1_000_000
                assert len(json.loads(await hearing.recv())["name"]) == 1_000_000
        while not any("read" in each["reason"] for each in records(tmp_path, "ConnectionClosed")):
            await asyncio.sleep(0.01)
        await deaf.close()


# Headers.


@pytest.mark.parametrize("beginning", [b"", b"GET /ws HTTP/1.1\r\nHost: x\r\nX-Slow: "])
async def test_headers_that_do_not_come_are_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beginning: bytes
) -> None:
    monkeypatch.setattr(HttpProtocol, "headers_timeout", 0.2)
    async with serving(service_of(tmp_path, only(DOUBLE))) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(beginning)
        assert await reader.read() == b""
        writer.close()


async def test_headers_in_time_are_not_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HttpProtocol, "headers_timeout", 1.0)
    async with conversation(tmp_path, DOUBLE) as (_, client):
        await asyncio.sleep(1.2)
        await client.send('{"n":1}')
        assert json.loads(await client.recv()) == {"twice": 2}


# The end of the server.


async def test_running_work_ends_before_the_server_does(tmp_path: Path) -> None:
    async with conversation(tmp_path, NAP) as (served, client):
        await client.send('{"seconds":0.5,"name":"first"}')
        await client.send('{"seconds":0,"name":"second"}')
        await heard(client)
        served.begin_stop()
        assert [json.loads(await client.recv())["name"] for _ in range(2)] == ["first", "second"]
        assert await close_code(client) == 1012
    assert (await closed_record(tmp_path))["close_code"] == 1012


async def test_work_that_does_not_end_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "DRAIN", 0.2)
    async with conversation(tmp_path, NAP) as (served, client):
        await client.send('{"seconds":3600}')
        await heard(client)
        served.begin_stop()
        assert json.loads(await client.recv())["error"]["code"] == "cancelled"
        assert await close_code(client) == 1012
    (access,) = records(tmp_path, "SurfaceAccess")
    assert access["outcome"] == "cancelled"


async def test_idle_connections_are_told_of_the_restart(tmp_path: Path) -> None:
    async with conversation(tmp_path, DOUBLE) as (served, client):
        served.begin_stop()
        assert await close_code(client) == 1012


# `python app.py`.

APP = """
import sys
sys.path.insert(0, {tests!r})
from tests.runtime.sockets import DOUBLE, MEASURE
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION

service = Service(name="metrics", program="p" * 64, runtime=VERSION)
app = service.app
service.websocket({machine}, WebSocketSurface(path="/ws/metrics"))

if __name__ == "__main__":
    service.serve()
"""


def written(directory: Path, machine: str = "DOUBLE") -> Path:
    file = directory / "app.py"
    file.write_text(APP.format(tests=str(Path(__file__).parents[2]), machine=machine))
    return file


def environment(**extra: str) -> dict[str, str]:
    ours = ("KANVAS_", "ANTHROPIC_")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    return kept | extra


def refused(file: Path, *arguments: str, **extra: str) -> str:
    """What a start that does not succeed says; it ends with 2."""
    ended = subprocess.run(
        [sys.executable, str(file), *arguments],
        capture_output=True,
        text=True,
        env=environment(**extra),
        check=False,
    )
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stderr.strip()


def test_it_says_what_to_open_and_stops_when_told(tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, str(written(tmp_path)), "--port", "0", "--simulate"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        cwd="/",
    )
    assert started.stdout is not None
    lines = [started.stdout.readline().strip() for _ in range(5)]
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate()
    assert started.returncode == 0
    assert errors == ""
    name = lines[0].removeprefix("metrics is served at http://")
    assert lines[1] == (
        f'console  ws = new WebSocket("ws://{name}/ws/metrics"); '
        "ws.onmessage = e => console.log(e.data); "
        'ws.onopen = () => ws.send("{\\"n\\": 1}")'
    )
    expected = f"""shell    echo '{{"n": 1}}' | websocat ws://{name}/ws/metrics"""
    assert lines[2] == expected
    assert lines[3] == f"data     {tmp_path / '.kanvas'}"
    assert lines[4].startswith("SIMULATED")


def test_a_port_in_use_is_explained(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(written(tmp_path), "--port", str(port))
    assert said.startswith(f"port {port} is in use")
    assert "--port" in said


def test_a_live_start_without_a_key_names_both_ways_out(tmp_path: Path) -> None:
    said = refused(written(tmp_path, "MEASURE"), "--port", "0")
    assert "ANTHROPIC_API_KEY" in said
    assert "--simulate" in said


def test_surfaces_without_auth_do_not_listen_elsewhere(tmp_path: Path) -> None:
    said = refused(written(tmp_path), "--port", "0", "--host", "0.0.0.0")
    assert "/ws/metrics" in said
    assert "auth: none" in said


def test_no_kind_of_surface_listens_elsewhere_by_accident(tmp_path: Path) -> None:
    service = service_of(tmp_path)
    service.api(DOUBLE, ApiSurface("/double"))
    told = server.unsafe(service, "0.0.0.0")
    assert told is not None
    assert told.startswith("/double: nothing is said about auth")
    assert server.unsafe(service, "localhost") is None
    open_to_all = service_of(tmp_path)
    open_to_all.api(DOUBLE, ApiSurface("/double", auth=("none",)))
    assert server.unsafe(open_to_all, "0.0.0.0") is None


def test_a_setting_that_makes_no_sense_is_explained(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(written(tmp_path))],
        capture_output=True,
        text=True,
        env=environment(KANVAS_PORT="many"),
        check=False,
    )
    assert ended.stderr.strip() == "KANVAS_PORT is a port number, not 'many'"


def test_a_data_directory_in_use_is_explained(tmp_path: Path) -> None:
    file = written(tmp_path)
    first = subprocess.Popen(
        [sys.executable, str(file), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert first.stdout is not None
    first.stdout.readline()
    said = refused(file, "--port", "0")
    first.send_signal(signal.SIGINT)
    first.communicate()
    assert "KANVAS_DATA_DIR" in said


def told(directory: Path, *options: str) -> list[str]:
    """The lines of a start under plain uvicorn that say what it does not promise."""
    written(directory)
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", "0", *options]
    started = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=environment(), cwd=directory
    )
    assert started.stderr is not None
    lines = []
    while "running on" not in (line := started.stderr.readline()):
        lines.append(line)
    started.send_signal(signal.SIGINT)
    started.communicate()
    return [line for line in lines if "not asked for" in line]


def test_another_server_is_told_what_it_does_not_promise(tmp_path: Path) -> None:
    (line,) = told(tmp_path)
    for promise in ("heartbeat", "1009", "compression", "do not read", "10 s"):
        assert promise in line
    assert "--ws kanvas_runtime.server:Protocol" in line


def test_another_server_with_our_protocols_promises_everything(tmp_path: Path) -> None:
    ours = ("kanvas_runtime.server:Protocol", "kanvas_runtime.http_protocol:HttpProtocol")
    assert told(tmp_path, "--ws", ours[0], "--http", ours[1]) == []


@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (b"Authorization: Bearer " + b"x" * 9000, 431, "too_large"),
        (b"\r\n".join(b"X-%d: x" % number for number in range(200)), 431, "too_large"),
        (b"Transfer-Encoding: chunked", 400, "invalid_frame"),
    ],
)
async def test_a_handshake_that_cannot_be_read_is_answered(
    tmp_path: Path, header: bytes, status: int, code: str
) -> None:
    async with serving(service_of(tmp_path, only(DOUBLE))) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            + header
            + b"\r\n\r\n"
        )
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(body)["error"]["code"] == code
