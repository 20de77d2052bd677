"""picows, a server in Cython without a framework, and msgspec."""

from __future__ import annotations

from typing import Any

import msgspec
import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_create_server

from bench.peers.fastapi_msgspec import Input, Output

decode = msgspec.json.Decoder(Input).decode
encode = msgspec.json.Encoder().encode


class Echo(WSListener):  # type: ignore[misc]
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
            return
        try:
            name = decode(frame.get_payload_as_bytes()).metric_name
        except msgspec.MsgspecError as fault:
            transport.send(WSMsgType.TEXT, encode({"error": str(fault)}))
            return
        transport.send(WSMsgType.TEXT, encode(Output(len(name) * 1.5, name.upper())))


async def main() -> None:
    def listener(_request: Any) -> Echo:
        return Echo()

    server = await ws_create_server(listener, "127.0.0.1", 0)
    print(f"running on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main())
