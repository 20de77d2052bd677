"""`/mcp`: who may come, machine by machine; then the protocol."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from kanvas_runtime.auth.authenticator import Authenticator, Denied
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.clients import Clients
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.handshake import Denial, Knock, check_origin, knock
from kanvas_runtime.http import CLOSED, DeniedResponse, Gone, receive_body
from kanvas_runtime.limits import too_fast
from kanvas_runtime.tools.calls import Calls, new_session
from kanvas_runtime.tools.messages import BEGIN, Said, said
from kanvas_runtime.tools.toolbox import PATH, SURFACE, Toolbox, Visitor

if TYPE_CHECKING:
    from kanvas_runtime.tools.sdk import HttpTools

LARGEST = 1024 * 1024
"""Bytes of a request."""
RATE = 50.0
"""Requests a second and client that call no tool, such as those that list them; bursts of twice
that."""
_SESSION = "mcp-session-id"
_CANCELLED = -32800
"""What JSON-RPC peers say of a request that was taken back."""


class Host(Protocol):
    """What the endpoint needs of the service."""

    @property
    def authenticator(self) -> Authenticator | None:
        """None before the start and after the end."""
        ...

    def denied(self, denial: Denial, request: Knock, surface: str, path: str) -> DeniedResponse:
        """The answer to a refused request, which is recorded."""
        ...


class ToolEndpoint:
    """Opened on its first request; without the package it says what to install."""

    def __init__(self, host: Host, name: str, toolbox: Toolbox) -> None:
        self._host = host
        self._name = name
        self._toolbox = toolbox
        self._calls = Calls()
        self._clients = Clients(RATE)
        self._open: HttpTools | None = None
        self._opening = asyncio.Lock()
        self._closing = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    @property
    def route(self) -> Route:
        """Where it is."""
        return Route(PATH, self, methods=["GET", "POST", "DELETE"])

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

                tools = HttpTools(self._name, self._toolbox)
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
        if scope["method"] != "POST":
            await _without_streams(scope["method"])(scope, receive, send)
            return
        try:
            body = await receive_body(Headers(scope=scope), receive, LARGEST)
        except Gone:
            return
        except Refusal as refusal:
            denial = Denial.of(refusal.code, refusal.message, "send smaller arguments")
            await self._host.denied(denial, request, SURFACE, PATH)(scope, receive, send)
            return
        try:
            tools = await self._opened()
        except ImportError:
            await _not_installed()(scope, receive, send)
            return
        await self._answer(tools, visitor, body, scope, receive, send)

    async def _answer(
        self,
        tools: HttpTools,
        visitor: Visitor,
        body: bytes,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """As long as the client waits for it: then its runs are cancelled."""
        message = said(body)
        wait = self._wait(message, visitor)
        if wait:
            await self._too_fast(wait, knock(scope))(scope, receive, send)
            return
        session = Headers(scope=scope).get(_SESSION, "")
        if session and message.cancels is not None:
            self._calls.take_back((session, message.cancels))
        reply = _Reply(send, message, lambda: self._unfit(knock(scope)))
        key = (session, message.id) if session and message.id is not None else None
        work = tools.handle(visitor, scope, _again(body), reply)
        await self._calls.answer(key, work, receive)
        if not reply.begun:
            await _taken_back(message)(scope, receive, send)

    def _wait(self, message: Said, visitor: Visitor) -> float:
        """Seconds until the message may come; calls of tools are counted by the tools."""
        if message.tool in visitor.admitted:
            return 0.0
        known = next((each for each in visitor.admitted.values() if each is not None), None)
        who = None if known is None else known.name
        return self._clients.take(visitor.client, who, time.monotonic())

    def _too_fast(self, wait: float, request: Knock) -> Response:
        refusal = too_fast(RATE, "from one client, besides calls of tools", wait)
        denial = Denial(refusal, "ask less often", STATUS[refusal.code])
        return self._host.denied(denial, request, SURFACE, PATH)

    async def _unfit(self, request: Knock) -> None:
        """What the package refuses is on the record before it says so."""
        denial = Denial.of("invalid_frame", "no message of the protocol", "send one of its methods")
        await self._host.denied(denial, request, SURFACE, PATH).wait()

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


class _Reply:
    """What is sent; a client that begins is told the session that its calls belong to."""

    def __init__(self, send: Send, message: Said, unfit: Callable[[], Awaitable[None]]) -> None:
        self.begun = False
        self._send = send
        self._unfit = unfit
        self._begins = message.method == BEGIN

    async def __call__(self, message: Message) -> None:
        """ASGI."""
        if message["type"] == "http.response.start":
            self.begun = True
            if message["status"] >= 400:
                await self._unfit()
            elif self._begins:
                named = (_SESSION.encode(), new_session().encode())
                message = {**message, "headers": [*message["headers"], named]}
        await self._send(message)


def _again(body: bytes) -> Receive:
    """The request once more, for whoever reads it after us; its end is ours to see."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive


def _taken_back(message: Said) -> Response:
    error = {"code": _CANCELLED, "message": "the request was taken back"}
    return JSONResponse({"jsonrpc": "2.0", "id": message.id, "error": error})


def _without_streams(method: str) -> Response:
    """Nothing is sent but answers, and no session holds anything."""
    if method == "DELETE":
        return Response(status_code=204)
    body = Refusal("method_not_allowed", "answers come with their requests: POST them").body()
    return JSONResponse(body, status_code=405, headers={"Allow": "POST, DELETE"})


def _not_installed() -> Response:
    message = "this server has no MCP: install kanvas-runtime with its extra, kanvas-runtime[mcp]"
    return JSONResponse(Refusal("not_found", message).body(), status_code=STATUS["not_found"])
