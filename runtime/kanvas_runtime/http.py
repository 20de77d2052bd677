"""Answers over HTTP: the error body, the socket paths, health, and the outermost checks."""

from __future__ import annotations

import asyncio
import contextlib
import math
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any, TypeAlias, TypeVar

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kanvas_runtime import trace
from kanvas_runtime.auth.credentials import credentials
from kanvas_runtime.envelope import LONGEST_KEY
from kanvas_runtime.errors import STATUS, CloseCode, Refusal
from kanvas_runtime.handshake import Denial, Knock, knock
from kanvas_runtime.ledger import LedgerUnavailable

_KEY = re.compile("[!-~]+")
HTTP_RESPONSE = "websocket.http.response"
"""ASGI extension: a handshake may be refused with a whole HTTP answer."""

STOPPING = "kanvas.stopping"
"""In the scope of a request: an `asyncio.Event` that is set when the server stops, for answers that
would go on until somebody ends them. Our own server puts it there."""

UPGRADE_REQUIRED = 426
"""RFC 9110 section 15.5.22."""

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media"}

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="kanvas"'}
"""RFC 9110 section 11.6.1: a 401 says how to do better."""

T = TypeVar("T")

HostCheck: TypeAlias = Callable[[Knock], Denial | None]
Refuse: TypeAlias = Callable[[Denial, Scope, Receive, Send], Awaitable[None]]


def is_person(request: Request) -> bool:
    """Whether a browser shows the answer, and nothing says who looks at it."""
    shows_none = credentials(request.scope).explicit == 0
    return request.method == "GET" and shows_none and wants_page(request)


def wants_page(request: Request) -> bool:
    """Whether a browser shows the answer."""
    return "text/html" in request.headers.get("accept", "")


class DeniedResponse(JSONResponse):
    """The error body that every surface uses; leaves when `durable` is done, however it ends."""

    def __init__(self, denial: Denial, durable: asyncio.Future[None] | None) -> None:
        headers = dict(_CHALLENGE) if denial.status == 401 else {}
        if denial.refusal.retry_after is not None:
            headers["Retry-After"] = str(math.ceil(denial.refusal.retry_after))
        super().__init__(denial.refusal.body(), status_code=denial.status, headers=headers)
        self._durable = durable

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self.wait()
        await super().__call__(scope, receive, send)

    async def wait(self) -> None:
        """A refusal needs no ledger that works: nothing is given away by it."""
        if self._durable is not None:
            with contextlib.suppress(LedgerUnavailable):
                await asyncio.shield(self._durable)


async def deny(
    denial: Denial,
    durable: asyncio.Future[None] | None,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Refuse an HTTP request or a handshake, as soon as that is recorded.

    A server without the denial extension can only answer an empty 403; closing is how to ask it.
    """
    response = DeniedResponse(denial, durable)
    if scope["type"] == "http" or HTTP_RESPONSE in scope.get("extensions", {}):
        await response(scope, receive, send)  # it knows the messages of either kind
    else:
        await response.wait()
        full = denial.status == STATUS["overloaded"]
        code = CloseCode.OVERLOAD if full else CloseCode.POLICY
        await send({"type": "websocket.close", "code": code, "reason": denial.refusal.code})


class Door:
    """The outermost check of every request: its Host, then whether a socket's path is known.

    A socket goes straight to its endpoint: what lies between is for HTTP, and would stay on the
    stack, and in memory, as long as the connection lives.

    A request whose credentials end while it is served is cancelled; `has_ended` says that it was.
    A start that was refused is reported in the words of `start_refused`, without a traceback.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        check: HostCheck,
        forwarded: Callable[[Scope], Scope],
        sockets: Mapping[str, ASGIApp],
        refuse: Refuse,
        start_refused: Callable[[], str | None],
        has_ended: Callable[[], bool],
    ) -> None:
        self._app = app
        self._check = check
        self._forwarded = forwarded
        self._sockets = sockets
        self._refuse = refuse
        self._start_refused = start_refused
        self._has_ended = has_ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, self._in_plain_words(send))
            return
        scope = self._forwarded(scope)
        trace.current.set(trace.taken(scope["headers"]))
        is_socket = scope["type"] == "websocket"
        denial = self._denial(scope)
        if denial is None:
            app = self._sockets[scope["path"]] if is_socket else self._app
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError:
                if not self._has_ended():
                    raise
                await self._cut(scope, receive, send)
            return
        if is_socket:
            await receive()
        await self._refuse(denial, scope, receive, send)

    async def _cut(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What it waited for is not for who has no credentials any more. A response that has begun
        cannot say so: it breaks off."""
        task = asyncio.current_task()
        assert task is not None
        task.uncancel()
        with contextlib.suppress(RuntimeError):
            await self._refuse(ENDED, scope, receive, send)

    def _denial(self, scope: Scope) -> Denial | None:
        denial = self._check(knock(scope))
        if denial is None and scope["type"] == "websocket":
            return _unknown(scope["path"], self._sockets)
        return denial

    def _in_plain_words(self, send: Send) -> Send:
        async def say(message: Message) -> None:
            reason = self._start_refused()
            if message["type"] == "lifespan.startup.failed" and reason is not None:
                message = {**message, "message": reason}
            await send(message)

        return say


CLOSED = Denial.of(
    "overloaded", "the server is starting or stopping; try again", "wait, and see /readyz"
)

ENDED = Denial.of(
    "unauthenticated",
    "the credentials have expired or were revoked",
    "make another one with: keys new NAME",
)


def _unknown(path: str, known: Collection[str]) -> Denial | None:
    if path in known:
        return None
    paths = ", ".join(known) or "none"
    message = f"there is no WebSocket at {path[:200]}; there are: {paths}"
    return Denial.of("not_found", message, "connect to one of these paths")


PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Headers of what is one caller's business, and no page."""


class Gone(Exception):
    """The client left before it had said what it wanted."""


def key_of(headers: Headers) -> str | None:
    """By which a request that comes again is known; raises `invalid_input`."""
    key = headers.get("idempotency-key")
    if key is not None and (len(key) > LONGEST_KEY or _KEY.fullmatch(key) is None):
        message = f"an Idempotency-Key has 1 to {LONGEST_KEY} visible ASCII characters"
        raise Refusal("invalid_input", message, field="key")
    return key


def media_type(content_type: str) -> str:
    """Without parameters, in small letters."""
    return content_type.partition(";")[0].strip().lower()


async def receive_body(headers: Headers, receive: Receive, most: int) -> bytes:
    """The body; raises `too_large` as soon as it has more than `most` bytes, and `Gone`."""
    length = headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > most:
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(body)


async def unless_gone(
    work: Coroutine[Any, Any, T],
    receive: Receive,
    lost: asyncio.Future[None] | None = None,
) -> T | None:
    """What `work` gives; None as soon as the client is gone, or `lost`: then it is cancelled.

    The body has been received: nothing else comes from the client but its end.
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    gone = loop.create_task(_gone(receive))
    waiting: list[asyncio.Future[Any]] = [task, gone, *(() if lost is None else (lost,))]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
        if not task.done():
            task.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)
    return None if task.cancelled() else task.result()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _too_large(most: int) -> Refusal:
    return Refusal("too_large", f"at most {most} bytes can be sent")


async def read_body(request: Request, most: int) -> bytes:
    """The body; raises `too_large` as soon as it has more than `most` bytes."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def upgrade_route(path: str, record: Callable[[Denial, Knock], DeniedResponse]) -> Route:
    """What a GET on a socket's path is told, as soon as that is on the record."""

    async def explain(request: Request) -> Response:
        scheme = "wss" if request.url.scheme == "https" else "ws"
        url = f"{scheme}://{request.url.netloc}{path}"
        message = f'this is a WebSocket; connect with new WebSocket("{url}")'
        refusal = Refusal("method_not_allowed", message)
        denial = Denial(refusal, "connect with a WebSocket client", UPGRADE_REQUIRED)
        response = record(denial, knock(request.scope))
        response.headers.update({"Upgrade": "websocket", "Connection": "Upgrade"})
        return response

    return Route(path, explain, methods=["GET"])


def health_routes(unready: Callable[[], Refusal | None]) -> list[Route]:
    """`/healthz`: the process lives. `/readyz`: it can serve, else 503 and why not."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        refusal = unready()
        if refusal is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse(refusal.body(), status_code=503)

    return [Route("/healthz", healthz), Route("/readyz", readyz)]


def speak_our_errors(
    app: Starlette, astray: Callable[[Denial, Knock], DeniedResponse | None]
) -> None:
    """Unknown paths and methods get the error body too, instead of the framework's.

    `astray`: the answer to a request that was meant for a surface, which is recorded.
    """

    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        code = _CODES.get(error.status_code, "internal")
        refusal = Refusal(code, str(error.detail))
        denial = Denial(refusal, "see /docs for what there is", error.status_code)
        response = astray(denial, knock(request.scope)) or DeniedResponse(denial, None)
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(HTTPException, answer)
