"""The protocol by hand, byte for byte: for what a well-behaved client never does."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

TIMEOUT = 60
"""Seconds; only a server that hangs needs them."""


@contextmanager
def server(*arguments: str, code: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """A server on a pipe; `code` runs in it first."""
    command = [sys.executable, "-m", "kanvasc", "lsp", *arguments]
    if code:
        started = "import sys; sys.argv[1:] = ['lsp']; from kanvasc.cli import main; main()"
        command = [sys.executable, "-c", f"{code}\n{started}"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(TIMEOUT)
        for stream in (process.stdin, process.stdout, process.stderr):
            with suppress(BrokenPipeError):
                assert stream is not None
                stream.close()


def send(stream: IO[bytes] | None, method: str, params: Any, number: int | None = None) -> None:
    assert stream is not None
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        message["id"] = number
    body = json.dumps(message).encode()
    stream.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
    stream.flush()


def receive(stream: IO[bytes] | None) -> dict[str, Any]:
    assert stream is not None
    length = 0
    while (line := stream.readline()).strip():
        name, _, value = line.decode().partition(":")
        if name.lower() == "content-length":
            length = int(value)
    found: dict[str, Any] = json.loads(stream.read(length))
    return found


def answer(stream: IO[bytes] | None, number: int) -> dict[str, Any]:
    """The answer to a request; what comes in between is passed over."""
    while (message := receive(stream)).get("id") != number or "method" in message:
        pass
    return message


def published(stream: IO[bytes] | None) -> dict[str, Any]:
    while (message := receive(stream)).get("method") != "textDocument/publishDiagnostics":
        pass
    found: dict[str, Any] = message["params"]
    return found


def initialize(
    process: subprocess.Popen[bytes],
    *,
    pid: int | None = None,
    encodings: list[str] | None = None,
) -> dict[str, Any]:
    general = {"positionEncodings": encodings} if encodings else {}
    params = {"processId": pid, "rootUri": None, "capabilities": {"general": general}}
    send(process.stdin, "initialize", params, 1)
    result = answer(process.stdout, 1)
    send(process.stdin, "initialized", {})
    found: dict[str, Any] = result["result"]
    return found


def opened(uri: str, text: str) -> dict[str, Any]:
    return {"textDocument": {"uri": uri, "languageId": "kanvas", "version": 1, "text": text}}
