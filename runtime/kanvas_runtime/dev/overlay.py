"""Puts the overlay's script on every page that an app answers."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kanvas_runtime.dev.static import PREFIX

SCRIPT = f'<script src="{PREFIX}overlay.js" defer></script>'.encode()
"""The pages' own policy lets it load: it is a file of the same origin."""

_END = b"</body>"


class WithOverlay:
    """ASGI. Whatever is no page passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["method"] != "HEAD":
            send = _Page(send)
        await self._app(scope, receive, send)


class _Page:
    """What is sent, with the script in it where it is a page: held back until it is whole."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None or message["type"] != "http.response.body":
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._leave(self._start)

    async def _leave(self, start: Message) -> None:
        head, end, rest = self._body.rpartition(_END)
        body = head + SCRIPT + end + rest if end else rest + SCRIPT
        kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = dict(start["headers"])
    return headers.get(b"content-type", b"").startswith(b"text/html") and (
        b"content-encoding" not in headers
    )
