"""What RFC 6455 asks of a server, frame by frame, on a real one: bytes in, messages or a close out.

The cases are those of the usual conformance suites that a server without extensions has to meet.
The machine answers every message; where the standard says that the connection fails, so does it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from kanvas_runtime import server
from kanvas_runtime.machine import WebSocketSurface
from websockets.frames import Close, Opcode

from tests.runtime.serving import Served, service_of, serving
from tests.runtime.sockets import DOUBLE
from tests.runtime.wire import Wire

TEXT, BINARY, MORE = Opcode.TEXT, Opcode.BINARY, Opcode.CONT
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG
KEY = bytes((1, 2, 3, 4))
ONE = '{"n":1}'


def frame(
    opcode: int,
    payload: bytes | str = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    length: int | None = None,
) -> bytes:
    """A frame by hand; `length`: the number of bytes in which its length is written."""
    data = payload.encode() if isinstance(payload, str) else payload
    size = len(data)
    form = length if length is not None else 0 if size < 126 else 2 if size < 65536 else 8
    short = {0: size, 2: 126, 8: 127}[form]
    head = bytes((fin << 7 | reserved << 4 | opcode, masked << 7 | short))
    head += size.to_bytes(form, "big") if form else b""
    if not masked:
        return head + data
    return head + KEY + bytes(byte ^ KEY[i % 4] for i, byte in enumerate(data))


def closing(code: int | None = None, reason: bytes = b"") -> bytes:
    return frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)


def fragments(*parts: bytes | str, opcode: int = TEXT) -> list[bytes]:
    last = len(parts) - 1
    return [
        frame(MORE if number else opcode, part, fin=number == last)
        for number, part in enumerate(parts)
    ]


def drip(data: bytes) -> list[bytes]:
    return [bytes((byte,)) for byte in data]


SPACES = " " * 300
LONG = '{"n":1' + SPACES + "}"
EURO = "€".encode()

ANSWERED: dict[str, tuple[list[bytes], int]] = {
    "a text": ([frame(TEXT, ONE)], 1),
    "two in one piece": ([frame(TEXT, ONE) + frame(TEXT, ONE)], 2),
    "byte by byte": (drip(frame(TEXT, ONE)), 1),
    "a length in 16 bits": ([frame(TEXT, LONG)], 1),
    "a short length in 16 bits": ([frame(TEXT, ONE, length=2)], 1),
    "a length in 64 bits": ([frame(TEXT, ONE, length=8)], 1),
    "an empty text": ([frame(TEXT)], 1),
    "a binary": ([frame(BINARY, b"\x00\xff")], 1),
    "an empty binary": ([frame(BINARY)], 1),
    "two fragments": (fragments('{"n"', ":1}"), 1),
    "many fragments": (fragments(*ONE), 1),
    "empty fragments": (fragments("", ONE, "", ""), 1),
    "nothing but empty fragments": (fragments("", "", ""), 1),
    "binary fragments": (fragments(b"a", b"b", opcode=BINARY), 1),
    "a character cut in two": (fragments(b'{"n":1}  ' + EURO[:1], EURO[1:]), 1),
    "a character byte by byte": (fragments(*[EURO[i : i + 1] for i in range(3)]), 1),
    "a ping between fragments": (
        [frame(TEXT, '{"n"', fin=False), frame(PING, "p"), frame(MORE, ":1}")],
        1,
    ),
    "a pong nobody asked for": ([frame(PONG, "x"), frame(TEXT, ONE)], 1),
    "an empty ping": ([frame(PING), frame(TEXT, ONE)], 1),
    "a ping of 125 bytes": ([frame(PING, b"x" * 125), frame(TEXT, ONE)], 1),
    "ten pings": ([frame(PING, b"x")] * 10 + [frame(TEXT, ONE)], 1),
    "noncharacters": ([frame(TEXT, '"\ufffe\uffff"')], 1),
    "the last code point": ([frame(TEXT, '"\U0010ffff"')], 1),
    "a zero": ([frame(TEXT, "\x00")], 1),
}

FAILED: dict[str, tuple[list[bytes], int]] = {
    "the first reserved bit": ([frame(TEXT, ONE, reserved=4)], 1002),
    "the second reserved bit": ([frame(TEXT, ONE, reserved=2)], 1002),
    "the third reserved bit": ([frame(PING, reserved=1)], 1002),
    "a reserved bit between fragments": (
        [frame(TEXT, "{", fin=False), frame(MORE, "}", reserved=4)],
        1002,
    ),
    "no mask": ([frame(TEXT, ONE, masked=False)], 1002),
    "a ping of 126 bytes": ([frame(PING, b"x" * 126)], 1002),
    "a ping in fragments": ([frame(PING, fin=False)], 1002),
    "a pong in fragments": ([frame(PONG, fin=False)], 1002),
    "a close in fragments": ([frame(CLOSE, fin=False)], 1002),
    "a continuation of nothing": ([frame(MORE, ONE)], 1002),
    "a continuation after the end": ([*fragments("{", "}"), frame(MORE, ONE)], 1002),
    "a text between fragments": ([frame(TEXT, "{", fin=False), frame(TEXT, ONE)], 1002),
    "a binary between fragments": ([frame(TEXT, "{", fin=False), frame(BINARY, ONE)], 1002),
    "a length beyond 63 bits": ([bytes((0x81, 0xFF)) + b"\xff" * 8 + KEY], 1009),
    "bad UTF-8": ([frame(TEXT, b"\xff")], 1007),
    "an overlong form": ([frame(TEXT, b"\xc0\xaf")], 1007),
    "a surrogate": ([frame(TEXT, b"\xed\xa0\x80")], 1007),
    "beyond the last code point": ([frame(TEXT, b"\xf4\x90\x80\x80")], 1007),
    "a character without its end": ([frame(TEXT, EURO[:2])], 1007),
    "bad UTF-8 in a later fragment": (fragments("{", b"\xff"), 1007),
    "a close of one byte": ([frame(CLOSE, b"\x03")], 1002),
    "a close of 126 bytes": ([closing(1000, b"x" * 124)], 1002),
    "a reason that is no UTF-8": ([closing(1000, b"\xff")], 1007),
}
FAILED |= {f"opcode {code}": ([frame(code)], 1002) for code in (3, 4, 5, 6, 7)}
FAILED |= {f"opcode {code}": ([frame(code)], 1002) for code in (11, 12, 13, 14, 15)}
FAILED |= {
    f"close code {code}": ([closing(code)], 1002)
    for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
}

CLOSED: dict[str, tuple[bytes, int]] = {
    "without a code": (closing(), 1005),
    "with a long reason": (closing(1000, b"x" * 123), 1000),
    "with a reason in another script": (closing(1000, "до свидания".encode()), 1000),
}
CLOSED |= {
    f"with {code}": (closing(code), code)
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
}


@dataclass
class Conversation:
    """A connection by hand, and what comes back."""

    wire: Wire

    async def send(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            await self.wire.raw(piece)
            if len(pieces) > 1:
                await asyncio.sleep(0)

    async def answers(self, count: int) -> list[Any]:
        found: list[Any] = []
        while len(found) < count:
            opcode, data = await self.wire.frame()
            assert opcode in (TEXT, PONG), (opcode, data)
            if opcode == TEXT:
                found.append(json.loads(data))
        return found

    async def close(self) -> Close:
        while True:
            opcode, data = await self.wire.frame()
            if opcode == CLOSE:
                return Close.parse(data)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    directory: Path = tmp_path_factory.mktemp("rfc")
    service = service_of(directory, (DOUBLE, WebSocketSurface(path="/ws")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "LINGER", 0.05)
        async with serving(service) as running:
            yield running


@pytest_asyncio.fixture(loop_scope="module")
async def client(served: Served) -> AsyncIterator[Conversation]:
    wire = await Wire.open(served.port, "/ws")
    yield Conversation(wire)
    await wire.close()


def cases(table: dict[str, Any]) -> list[Any]:
    return [pytest.param(*row, id=name) for name, row in table.items()]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("pieces", "count"), cases(ANSWERED))
async def test_a_message_is_answered(client: Conversation, pieces: list[bytes], count: int) -> None:
    await client.send(pieces)
    for answer in await client.answers(count):
        assert answer == {"twice": 2} or answer["error"]["code"].startswith("invalid_")
    await client.send([frame(TEXT, '{"n":21}')])
    assert await client.answers(1) == [{"twice": 42}], "the connection goes on"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("pieces", "code"), cases(FAILED))
async def test_a_connection_fails(client: Conversation, pieces: list[bytes], code: int) -> None:
    await client.send(pieces)
    assert (await client.close()).code == code
    assert await client.wire.ended()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("piece", "code"), cases(CLOSED))
async def test_a_close_is_answered_with_the_same(
    client: Conversation, piece: bytes, code: int
) -> None:
    await client.send([piece + frame(TEXT, ONE)])
    assert (await client.close()).code == code
    assert await client.wire.ended(), "what comes after a close is not answered"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("payload", [b"", b"x", bytes(range(125))])
async def test_a_ping_is_answered_with_what_it_held(client: Conversation, payload: bytes) -> None:
    await client.send([frame(PING, payload)])
    assert await client.wire.frame() == (PONG, payload)


@pytest.mark.asyncio(loop_scope="module")
async def test_frames_of_the_server_are_whole_and_without_mask(client: Conversation) -> None:
    await client.send([frame(TEXT, ONE)])
    head = await client.wire.bytes(2)
    assert head[0] == 0x81
    assert head[1] < 126, "not masked"
