"""What a careful person writes without us: FastAPI and a pydantic model, and nothing is recorded.

The same machine as `echo.kanvas`: one text in, a text and a number out.
"""

from __future__ import annotations

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, ValidationError


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")

    metric_name: str


app = FastAPI()


@app.websocket("/ws/echo")
async def echo(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            try:
                message = Input.model_validate(await socket.receive_json())
            except ValidationError as fault:
                await socket.send_json({"error": str(fault)})
                continue
            name = message.metric_name
            await socket.send_json({"value": len(name) * 1.5, "name": name.upper()})
    except WebSocketDisconnect:
        pass
