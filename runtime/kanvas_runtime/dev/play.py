"""The playground: the sockets of the app, a message to begin with, and the ledger beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Scope

from kanvas_runtime.codec.sample import sample
from kanvas_runtime.dev import static
from kanvas_runtime.dev.news import News, event
from kanvas_runtime.ledger.choice import content
from kanvas_runtime.ledger.directory import LEASED
from kanvas_runtime.ledger.postgres.address import Source
from kanvas_runtime.ledger.reader import NoLedger, only, reading
from kanvas_runtime.ledger.record import Row
from kanvas_runtime.ledger.records import Records
from kanvas_runtime.ledger.witness import recall
from kanvas_runtime.pages.headers import PAGE
from kanvas_runtime.service import Service

PATH = "/_kanvas/play"
MACHINES = "/_kanvas/dev/machines"
RECORDS = "/_kanvas/dev/records"

OFTEN = 0.15
"""Seconds between two looks at the ledger, as long as somebody watches it."""

_Place: TypeAlias = tuple[Source, Path]
"""Where the records are, and the data directory."""

BACK = 50
"""Records from before that a new page begins with."""


class Playground:
    """Pages and streams for `app.DevApp`."""

    def __init__(self, service: Service, news: News) -> None:
        self._service = service
        self._news = news

    async def answer(self, path: str, scope: Scope) -> Response | None:
        """None where there is nothing."""
        if path == PATH:
            page = (static.FOLDER / "play.html").read_text(encoding="utf-8")
            return HTMLResponse(page.replace("VERSION", self._news.version), headers=PAGE)
        if path == MACHINES:
            return JSONResponse(self._machines(), headers={"Cache-Control": "no-store"})
        if path == RECORDS:
            return StreamingResponse(
                self._records(_after(scope)),
                media_type="text/event-stream",
                headers={"Cache-Control": "no-store"},
            )
        return None

    def _machines(self) -> dict[str, Any]:
        sockets = [
            {
                "path": path,
                "machine": endpoint.served.machine.name,
                "sample": sample(endpoint.served.machine.input),
                "key": "api_key" in endpoint.surface.auth,
            }
            for path, endpoint in self._service.sockets.items()
        ]
        pages = [page.path for page in self._service.pages]
        simulated = self._service.simulated
        return {
            "name": self._service.name,
            "sockets": sockets,
            "pages": pages,
            "simulated": simulated,
        }

    async def _records(self, after: int | None) -> AsyncIterator[bytes]:
        """Records as they are written, each with its number as the event's id."""
        place = self._service.records, self._service.data
        yield b"retry: 150\n\n"
        if after is None:
            after = await asyncio.to_thread(_newest, place) - BACK
        while not self._news.over:
            for record in await asyncio.to_thread(_since, place, after):
                after = int(record["seq"])
                yield b"id: %d\n" % after + event("record", record)
            await self._news.waits(OFTEN)


def _after(scope: Scope) -> int | None:
    """The last record that the page has: a browser says it when it asks again."""
    headers = dict(scope["headers"])
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("after", [""])[0]
    text = headers.get(b"last-event-id", b"").decode("latin-1") or asked
    return int(text) if text.isascii() and text.isdigit() else None


@contextmanager
def _chain(place: _Place) -> Iterator[Records]:
    """The one that the app writes, or wrote last."""
    source, data = place
    leased = recall(data / LEASED)
    with reading(source) as chains:
        yield only(chains, leased.chain if leased else "")


def _newest(place: _Place) -> int:
    try:
        with _chain(place) as records:
            bounds = records.bounds()
            return -1 if bounds is None else bounds[1]
    except NoLedger:
        return -1


def _since(place: _Place, after: int) -> list[dict[str, Any]]:
    try:
        with _chain(place) as records:
            return [content(Row(*values)) for rows in records.chunks(after) for values in rows]
    except NoLedger:
        return []
