"""The websockets library's own server, and msgspec."""

from __future__ import annotations

import msgspec
import uvloop
from websockets.asyncio.server import ServerConnection, serve

from bench.peers.fastapi_msgspec import Input, Output

decode = msgspec.json.Decoder(Input).decode
encode = msgspec.json.Encoder().encode


async def echo(socket: ServerConnection) -> None:
    async for text in socket:
        try:
            name = decode(text).metric_name
        except msgspec.MsgspecError as fault:
            await socket.send(encode({"error": str(fault)}).decode())
            continue
        await socket.send(encode(Output(len(name) * 1.5, name.upper())).decode())


async def main() -> None:
    async with serve(echo, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"running on http://127.0.0.1:{port}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
