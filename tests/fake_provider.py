"""A provider on loopback that speaks Anthropic's Messages API and does what it is told.

In a test:

    async with FakeProvider(answering({"tone": "warm"})) as provider:
        ...  # ANTHROPIC_BASE_URL = provider.url
        provider.requests[0].body["system"]

Each request takes the next of the scripted behaviours; the last one goes on for ever. As a script,
`python tests/fake_provider.py --port 9100 '{"value": 1, "timestamp": "now"}'` answers that to
everything until it is interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

_REASONS = {200: "OK", 400: "Bad Request", 429: "Too Many Requests", 500: "Internal Server Error"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


Behaviour: TypeAlias = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


class FakeProvider:
    """The server. `requests` is what it was asked so far."""

    def __init__(self, *script: Behaviour) -> None:
        self.script = script
        self.requests: list[Request] = []
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What to put into ANTHROPIC_BASE_URL."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def start(self, port: int = 0) -> None:
        """Listen; on a free port unless told."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def stop(self) -> None:
        """Stop listening, and break off what is still being answered."""
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def __aenter__(self) -> FakeProvider:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                request = await _read(reader)
                self.requests.append(request)
                turn = min(len(self.requests), len(self.script)) - 1
                await self.script[turn](request, writer)
        finally:
            self._connections.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    line, *lines = head.strip().split("\r\n")
    pairs = (each.split(": ", 1) for each in lines)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(line.split()[1], headers, json.loads(body or b"{}"))


def answering(
    answer: object, *, stop: str | None = "end_turn", tokens: tuple[int, int] = (11, 7)
) -> Behaviour:
    """Answer with a text, or with the JSON of anything else, as a stream of events."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        _head(writer, 200, "text/event-stream")
        for event in events(answer, stop=stop, tokens=tokens):
            await _event(writer, event)

    return behave


def in_one_piece(answer: object, *, stop: str = "end_turn") -> Behaviour:
    """Answer as a gateway does that does not stream."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        content = [{"type": "text", "text": _text(answer)}]
        message = _message(request, content, (11, 7)) | {"stop_reason": stop}
        await _whole(writer, 200, json.dumps(message))

    return behave


def failing(status: int, *, body: str | None = None, **headers: str) -> Behaviour:
    """Answer with an error; header names with `_` for `-`."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        error = {"type": "error", "error": {"type": "some_error", "message": "secret detail"}}
        await _whole(writer, status, json.dumps(error) if body is None else body, headers)

    return behave


def failing_inside(kind: str, *, after: str = "") -> Behaviour:
    """Begin with status 200, and some text if told, then break off with an error event."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        await _beginning(writer, after)
        error = {"type": kind, "message": "secret detail"}
        await _event(writer, {"type": "error", "error": error})

    return behave


def stalling(*, after: str | None = None) -> Behaviour:
    """Say nothing at all, or nothing more after some text, until the client has had enough."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if after is not None:
            await _beginning(writer, after)
        await asyncio.Event().wait()

    return behave


def cutting(*, after: str | None = None) -> Behaviour:
    """Close the connection: before a word, or after some text."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if after is not None:
            await _beginning(writer, after)

    return behave


def slowly(answer: object, *, pause: float) -> Behaviour:
    """Answer a character at a time, with a pause in seconds before each event."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        _head(writer, 200, "text/event-stream")
        for event in events(answer, pieces=_text(answer)):
            await asyncio.sleep(pause)
            await _event(writer, event)

    return behave


def dictated(pieces: asyncio.Queue[str | None]) -> Behaviour:
    """Answer with the pieces of a text as they come; None ends it."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        opening, closing = events("", pieces=())[:3], events("", pieces=())[3:]
        _head(writer, 200, "text/event-stream")
        for event in opening:
            await _event(writer, event)
        while (piece := await pieces.get()) is not None:
            await _event(writer, delta(piece))
        for event in closing:
            await _event(writer, event)

    return behave


def saying(raw: bytes, content_type: str = "text/event-stream") -> Behaviour:
    """Answer with status 200 and exactly these bytes."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        _head(writer, 200, content_type)
        writer.write(raw)
        await writer.drain()

    return behave


def events(
    answer: object,
    *,
    stop: str | None = "end_turn",
    tokens: tuple[int, int] = (11, 7),
    pieces: Iterable[str] | None = None,
) -> list[dict[str, Any]]:
    """The events of a streamed answer, from `message_start` to `message_stop`."""
    texts = [_text(answer)] if pieces is None else pieces
    return [
        {"type": "message_start", "message": _message(None, [], (tokens[0], 1))},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "ping"},
        *map(delta, texts),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": stop, "stop_sequence": None},
            "usage": {"output_tokens": tokens[1]},
        },
        {"type": "message_stop"},
    ]


def delta(text: str) -> dict[str, Any]:
    """The event of a piece of an answer."""
    return {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": text},
    }


def encoded(event: dict[str, Any]) -> bytes:
    """An event as it goes over the wire."""
    return f"event: {event.get('type')}\ndata: {json.dumps(event)}\n\n".encode()


def _text(answer: object) -> str:
    return answer if isinstance(answer, str) else json.dumps(answer)


def _message(
    request: Request | None, content: list[dict[str, str]], tokens: tuple[int, int]
) -> dict[str, Any]:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": request.body["model"] if request else "some-model",
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": tokens[0], "output_tokens": tokens[1]},
    }


async def _beginning(writer: asyncio.StreamWriter, text: str) -> None:
    _head(writer, 200, "text/event-stream")
    for event in events(text)[: 4 if text else 3]:
        await _event(writer, event)


def _head(writer: asyncio.StreamWriter, status: int, content_type: str, **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {"content-type": content_type, "request-id": "req_1", "connection": "close"} | named
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"HTTP/1.1 {status} {_REASONS.get(status, 'Other')}\r\n{text}\r\n".encode())


async def _event(writer: asyncio.StreamWriter, event: dict[str, Any]) -> None:
    writer.write(encoded(event))
    await writer.drain()


async def _whole(
    writer: asyncio.StreamWriter, status: int, body: str, headers: dict[str, str] | None = None
) -> None:
    _head(writer, status, "application/json", content_length=str(len(body)), **(headers or {}))
    writer.write(body.encode())
    await writer.drain()


async def _main() -> None:
    parser = argparse.ArgumentParser(description="Answer like Anthropic's Messages API.")
    parser.add_argument("answer", nargs="?", default="{}", help="the text of every answer")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    provider = FakeProvider(answering(options.answer))
    await provider.start(options.port)
    print(f"ANTHROPIC_BASE_URL={provider.url}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_main())
