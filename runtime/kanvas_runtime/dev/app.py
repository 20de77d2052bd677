"""The ASGI application while a program is written: the app, an overlay on its pages, a playground.

What is added is for a browser on this machine alone, whatever the app itself is open to.
"""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from kanvas_runtime import http
from kanvas_runtime.dev import decide, static
from kanvas_runtime.dev.news import News
from kanvas_runtime.dev.overlay import WithOverlay
from kanvas_runtime.dev.play import Playground
from kanvas_runtime.handshake import Denial, check_host, is_loopback_address, knock
from kanvas_runtime.pages.headers import PAGE
from kanvas_runtime.service import Service

NEWS = "/_kanvas/dev/news"

_NOTHING_YET = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Not served yet</title>
<body>
</body>
</html>
"""


class DevApp:
    """`service` is None as long as there is no version that can be served."""

    def __init__(self, service: Service | None, news: News) -> None:
        self._news = news
        self._service = service
        self._app = WithOverlay(_nothing if service is None else service.app, news.version)
        self._playground = None if service is None else Playground(service, news)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not self._is_ours(scope["path"]):
            await self._app(scope, receive, send)
            return
        denial = _denial(scope, self._service)
        if denial is not None:
            await http.deny(denial, None, scope, receive, send)
            return
        response = await self._answer(scope, receive)
        await response(scope, receive, send)

    def _is_ours(self, path: str) -> bool:
        return path.startswith("/_kanvas/dev/") or path == "/_kanvas/play"

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        path = scope["path"]
        if self._service is not None and path.startswith(decide.PATH):
            hold = path.removeprefix(decide.PATH).removeprefix("/")
            if scope["method"] == "GET" and not hold:
                return decide.waiting(self._service)
            if scope["method"] == "POST" and hold:
                return await decide.decide(self._service, hold, scope, receive)
        if scope["method"] != "GET":
            return _refusal("method_not_allowed", "this is only read", 405)
        if path == NEWS:
            return stream(self._news)
        if path.startswith(static.PREFIX):
            found = static.file(path.removeprefix(static.PREFIX))
            if found is not None:
                return found
        elif self._playground is not None:
            answer = await self._playground.answer(path, scope)
            if answer is not None:
                return answer
        return _refusal("not_found", f"there is nothing at {path[:200]}", 404)


def stream(news: News) -> StreamingResponse:
    """Server-sent events."""
    headers = {"Cache-Control": "no-store"}
    return StreamingResponse(news.stream(), media_type="text/event-stream", headers=headers)


def _denial(scope: Scope, service: Service | None) -> Denial | None:
    asked = knock(scope)
    client = scope.get("client") or ("", 0)
    if asked.forwarded or not is_loopback_address(client[0]):
        return Denial.of(
            "denied", "this is for a browser on the same machine", "open it on the machine itself"
        )
    return check_host(asked, frozenset() if service is None else service.settings.hosts)


def _refusal(code: str, message: str, status: int) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands for the app until there is one: a page that only the overlay is on."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    message = "the program has errors and is not served yet"
    denial = Denial.of("overloaded", message, "mend the program: `kanvasc dev` shows what is wrong")
    if scope["type"] == "websocket":
        await receive()
        await http.deny(denial, None, scope, receive, send)
        return
    accepts = dict(scope["headers"]).get(b"accept", b"")
    if b"text/html" in accepts:
        await HTMLResponse(_NOTHING_YET, 503, headers=PAGE)(scope, receive, send)
    else:
        await http.deny(denial, None, scope, receive, send)
