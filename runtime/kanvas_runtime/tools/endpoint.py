"""`/mcp`: who may come, machine by machine; then the protocol."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kanvas_runtime.auth.authenticator import Authenticator, Denied
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.handshake import Denial, Knock, check_origin, knock
from kanvas_runtime.http import CLOSED
from kanvas_runtime.tools.toolbox import PATH, SURFACE, Toolbox, Visitor

if TYPE_CHECKING:
    from kanvas_runtime.tools.sdk import HttpTools

LARGEST = 1024 * 1024
"""Bytes of a request."""
_METHODS = ["GET", "POST", "DELETE"]


class Host(Protocol):
    """What the endpoint needs of the service."""

    @property
    def authenticator(self) -> Authenticator | None:
        """None before the start and after the end."""
        ...

    def denied(self, denial: Denial, request: Knock, surface: str, path: str) -> Response:
        """The answer to a refused request, which is recorded."""
        ...


class ToolEndpoint:
    """Opened on its first request; without the package it says what to install."""

    def __init__(self, host: Host, name: str, toolbox: Toolbox) -> None:
        self._host = host
        self._name = name
        self._toolbox = toolbox
        self._open: HttpTools | None = None
        self._opening = asyncio.Lock()
        self._closing = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    @property
    def route(self) -> Route:
        """Where it is."""
        return Route(PATH, self, methods=_METHODS)

    async def close(self) -> None:
        """The server ends."""
        self._closing.set()
        if self._serving is not None:
            await asyncio.gather(self._serving, return_exceptions=True)
        self._open = self._serving = None
        self._closing.clear()

    async def _opened(self) -> HttpTools:
        """The package takes a second to load, and most apps are never asked. ImportError: it is
        not installed."""
        async with self._opening:
            if self._open is None:
                from kanvas_runtime.tools.sdk import HttpTools

                tools = HttpTools(self._name, self._toolbox, LARGEST)
                ready = asyncio.Event()
                self._serving = asyncio.create_task(self._serve(tools, ready))
                await ready.wait()
                self._open = tools
            return self._open

    async def _serve(self, tools: HttpTools, ready: asyncio.Event) -> None:
        async with tools.run():
            ready.set()
            await self._closing.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        request = knock(scope)
        try:
            visitor = await self._visitor(scope, request)
        except Denied as denied:
            response = self._host.denied(denied.denial, request, SURFACE, PATH)
            await response(scope, receive, send)
            return
        try:
            tools = await self._opened()
        except ImportError:
            await _not_installed()(scope, receive, send)
            return
        await tools.handle(visitor, scope, receive, send)

    async def _visitor(self, scope: Scope, request: Knock) -> Visitor:
        """Which machines they may run; refused if there is none."""
        authenticator = self._host.authenticator
        denial = check_origin(request, (), "connect without a page, or from one of this app")
        if denial is not None or authenticator is None:
            raise Denied(denial or CLOSED)
        admitted: dict[str, Principal | None] = {}
        refused: Denied | None = None
        for name in self._toolbox.machines:
            surface = self._toolbox.surface(name)
            try:
                admitted[name] = await authenticator.admit(scope, request, surface)
            except Denied as denied:
                refused = refused or denied
        if not admitted and refused is not None:
            raise refused
        return Visitor(request.client, PATH, admitted)


def _not_installed() -> Response:
    message = "this server has no MCP: install kanvas-runtime with its extra, kanvas-runtime[mcp]"
    return JSONResponse(Refusal("not_found", message).body(), status_code=STATUS["not_found"])
