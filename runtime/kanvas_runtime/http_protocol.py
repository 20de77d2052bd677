"""uvicorn's HTTP protocol with a limit on how long request headers may take."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from kanvas_runtime.http import STOPPING

HEADERS_TIMEOUT = 10.0
"""Seconds from the connection, or a request's first byte, to the end of its headers."""


class HttpProtocol(HttpToolsProtocol):
    """Closes connections that open and say nothing, or say it too slowly."""

    headers_timeout = HEADERS_TIMEOUT

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._headers_timer: asyncio.TimerHandle | None = None
        self._stopping = asyncio.Event()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # The base class narrows the parameter in the same way.
        """asyncio."""
        super().connection_made(transport)
        self._expect_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio."""
        self._headers_are_here()
        super().connection_lost(exc)

    def handle_websocket_upgrade(self) -> None:
        """uvicorn. The parser and this object hold each other: nobody needs them from here on."""
        super().handle_websocket_upgrade()
        del self.parser

    def on_message_begin(self) -> None:
        """httptools."""
        self._expect_headers()
        super().on_message_begin()
        self.scope[STOPPING] = self._stopping  # type: ignore[literal-required]

    def shutdown(self) -> None:
        """uvicorn."""
        self._stopping.set()
        super().shutdown()

    def on_headers_complete(self) -> None:
        """httptools."""
        self._headers_are_here()
        super().on_headers_complete()

    def _expect_headers(self) -> None:
        if self._headers_timer is None:
            self._headers_timer = self.loop.call_later(self.headers_timeout, self._too_slow)

    def _headers_are_here(self) -> None:
        if self._headers_timer is not None:
            self._headers_timer.cancel()
            self._headers_timer = None

    def _too_slow(self) -> None:
        self._headers_timer = None
        self.transport.close()
