"""FastAPI and a pydantic model. With `ROWS` set, a row a message in the table that it names."""

from __future__ import annotations

import os
import sqlite3
import time

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, ValidationError


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid")

    metric_name: str


app = FastAPI()
rows = os.environ.get("ROWS")
table = sqlite3.connect(rows) if rows else None
if table is not None:
    table.execute("CREATE TABLE IF NOT EXISTS audit (at REAL, input TEXT, output TEXT)")


def audit(asked: object, answered: object) -> None:
    if table is not None:
        row = (time.time(), str(asked), str(answered))
        table.execute("INSERT INTO audit VALUES (?, ?, ?)", row)
        table.commit()


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
            answer = {"value": len(name) * 1.5, "name": name.upper()}
            audit(message, answer)
            await socket.send_json(answer)
    except WebSocketDisconnect:
        pass


listeners: set[WebSocket] = set()


@app.websocket("/ws/feed")
async def feed(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            message = await socket.receive_json()
            if "subscribe" in message:
                listeners.add(socket)
                continue
            result = {"topic": message["topic"], "news": message["topic"].ljust(20000, ".")}
            await socket.send_json(result)
            for listener in listeners:
                await listener.send_json(result)
    except WebSocketDisconnect:
        listeners.discard(socket)
