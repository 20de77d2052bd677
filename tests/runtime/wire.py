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
            head = await self._reader.readexactly(2)
            data = await self._reader.readexactly(head[1])  # ours are short
            if head[0] & 15 == Opcode.CLOSE:
                return Close.parse(data)

    def cut(self) -> None:
        """As a broken network does."""
        self._writer.transport.abort()

    async def close(self) -> None:
        """Free the socket."""
        self._writer.transport.abort()
