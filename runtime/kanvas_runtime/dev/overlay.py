"""Puts the overlay's script on every page that an app answers."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kanvas_runtime.dev.static import PREFIX

_NONCE = re.compile(rb"'nonce-([A-Za-z0-9+/_=-]+)'")
_END = b"</body>"


def script(policy: bytes, version: str) -> bytes:
    """The element, as the page's own Content-Security-Policy lets it load. It names the version
    that answered: another one may be served before the script runs."""
    nonce = _NONCE.search(policy)
    allowed = b' nonce="%s"' % nonce[1] if nonce else b""
    element = b'<script src="%soverlay.js" type="module" data-version="%s"%s></script>'
    return element % (PREFIX.encode(), version.encode(), allowed)


class WithOverlay:
    """ASGI. Whatever is no page passes as it is."""

    def __init__(self, app: ASGIApp, version: str) -> None:
        self._app = app
        self._version = version

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and scope["method"] != "HEAD":
            send = _Page(send, self._version)
        await self._app(scope, receive, send)


class _Page:
    """What is sent, with the script in it where it is a page: held back until it is whole."""

    def __init__(self, send: Send, version: str) -> None:
        self._send = send
        self._version = version
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
        policy = dict(start["headers"]).get(b"content-security-policy", b"")
        added = script(policy, self._version)
        body = head + added + end + rest if end else rest + added
        kept = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await self._send({**start, "headers": [*kept, length]})
        await self._send({"type": "http.response.body", "body": body})


def _is_page(start: Message) -> bool:
    headers = dict(start["headers"])
    return headers.get(b"content-type", b"").startswith(b"text/html") and (
        b"content-encoding" not in headers
    )
