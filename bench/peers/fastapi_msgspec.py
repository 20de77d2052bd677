"""FastAPI with msgspec's decoder and encoder, on text frames."""

from __future__ import annotations

import msgspec
from fastapi import FastAPI, WebSocket, WebSocketDisconnect


class Input(msgspec.Struct, forbid_unknown_fields=True):
    metric_name: str


class Output(msgspec.Struct):
    value: float
    name: str


app = FastAPI()
decode = msgspec.json.Decoder(Input).decode
encode = msgspec.json.Encoder().encode


@app.websocket("/ws/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            try:
                message = decode(await socket.receive_text())
            except msgspec.MsgspecError as fault:
                await socket.send_text(encode({"error": str(fault)}).decode())
                continue
            name = message.metric_name
            await socket.send_text(encode(Output(len(name) * 1.5, name.upper())).decode())
    except WebSocketDisconnect:
        pass
