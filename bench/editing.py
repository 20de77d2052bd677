"""What an editor waits for: findings after a file is opened, and after a key is pressed."""

from __future__ import annotations

import statistics
import time
from typing import IO, TypeAlias

from tests.lsp import raw

URI = "file:///long.kanvas"
KEYS = 9
Stream: TypeAlias = IO[bytes] | None


def waits(text: str) -> tuple[float, float]:
    """Seconds by the clock, over stdio, pauses of the server included: from opening `text` to its
    findings, and from a key pressed in its middle to new ones (the median of a few keys)."""
    with raw.server() as process:
        raw.initialize(process)
        opened = {"uri": URI, "languageId": "kanvas", "version": 0, "text": text}
        began = time.perf_counter()
        raw.send(process.stdin, "textDocument/didOpen", {"textDocument": opened})
        raw.published(process.stdout)
        first = time.perf_counter() - began
        return first, statistics.median(
            _key(process.stdin, process.stdout, text, n) for n in range(1, KEYS + 1)
        )


def _key(to: Stream, from_: Stream, text: str, number: int) -> float:
    """A letter that makes another word unknown each time, so that new findings have to come."""
    line = text[: text.index("toDecimal", len(text) // 2)].count("\n")
    column = text.split("\n")[line].index("toDecimal")
    place = {"line": line, "character": column}
    change = {"range": {"start": place, "end": place}, "text": "x"}
    began = time.perf_counter()
    raw.send(
        to,
        "textDocument/didChange",
        {"textDocument": {"uri": URI, "version": number}, "contentChanges": [change]},
    )
    while raw.published(from_).get("version") not in (number, None):
        pass
    return time.perf_counter() - began
