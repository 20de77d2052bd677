"""A WebSocket client that misbehaves: it writes frames by hand and reads when it likes."""

from __future__ import annotations

import asyncio
import contextlib

from websockets.frames import Close, Frame, Opcode

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: Upgrade\r\n"
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)


class Wire:
    """Answers no ping by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, path: str, *, read: bool = True) -> Wire:
        """After the handshake. Without `read` nothing more is taken from the network."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**12)
        writer.write(HANDSHAKE.format(path=path, port=port).encode())
        status = await reader.readuntil(b"\r\n\r\n")
        assert b" 101 " in status
        if not read:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            # StreamWriter types its transport as one that only writes.
        return cls(reader, writer)

    async def send(self, frame: Frame) -> None:
        """One frame, masked as a client must."""
        self._writer.write(frame.serialize(mask=True))
        await self._writer.drain()

    async def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def bytes(self, count: int) -> bytes:
        """The next bytes as they come."""
        return await self._reader.readexactly(count)

    async def frame(self) -> tuple[int, bytes]:
        """The opcode and the payload of the next frame."""
        head = await self._reader.readexactly(2)
        size = head[1]
        if size >= 126:
            size = int.from_bytes(await self._reader.readexactly(2 if size == 126 else 8), "big")
        return head[0] & 15, await self._reader.readexactly(size)

    async def ended(self) -> bool:
        """Wait for the end; whether nothing more came before it."""
        try:
            return await self._reader.read() == b""
        except ConnectionError:
            return True

    async def text(self, text: str) -> None:
        """A text message."""
        await self.send(Frame(Opcode.TEXT, text.encode()))

    async def flood_pings(self) -> None:
        """Until the server has enough of them."""
        pings = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 2000
        with contextlib.suppress(OSError):
            while not self._writer.transport.is_closing():
                self._writer.write(pings)
                await self._writer.drain()

    async def closed(self) -> Close:
        """Skip to the close frame."""
        while True:
            opcode, data = await self.frame()
            if opcode == Opcode.CLOSE:
                return Close.parse(data)

    def cut(self) -> None:
        """As a broken network does."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Free the socket."""
        self._writer.transport.abort()
