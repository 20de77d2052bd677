"""What a request shows of who it is from. Nothing here decides whether that is true."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from msgspec import Struct

TICKET = "kanvas.ticket."
"""A subprotocol that begins so is none: browsers can send nothing else that is secret."""


class Credentials(Struct, frozen=True):
    """Tokens are those of `Authorization: Bearer` and `X-API-Key`; `cookies` by their names.

    `is_read`: the request changes nothing and its answer is not for scripts of other pages.
    """

    tokens: tuple[str, ...]
    tickets: tuple[str, ...]
    cookies: Mapping[str, str]
    is_read: bool
    same_origin: bool | None

    @property
    def explicit(self) -> int:
        """How many there are that no browser adds by itself."""
        return len(self.tokens) + len(self.tickets)


def credentials(scope: Mapping[str, Any]) -> Credentials:
    """Read them from an ASGI scope, of a WebSocket or of an HTTP request."""
    tokens: list[str] = []
    cookies: list[str] = []
    site: bool | None = None
    for name, value in scope["headers"]:
        text = value.decode("latin-1")
        if name == b"authorization":
            tokens += _bearer(text)
        elif name == b"x-api-key":
            tokens.append(text.strip())
        elif name == b"cookie":
            cookies.append(text)
        elif name == b"sec-fetch-site":
            site = text == "same-origin"
    is_read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    return Credentials(tuple(tokens), _tickets(scope), _cookies("; ".join(cookies)), is_read, site)


def _bearer(text: str) -> list[str]:
    """RFC 6750 section 2.1; other schemes are a proxy's business."""
    scheme, _, token = text.strip().partition(" ")
    return [token.strip()] if scheme.lower() == "bearer" else []


def _tickets(scope: Mapping[str, Any]) -> tuple[str, ...]:
    if scope["type"] != "websocket":
        return ()
    try:
        query = parse_qs(scope.get("query_string", b"").decode("ascii"), max_num_fields=100)
    except ValueError:
        query = {}
    offered = (name for name in scope.get("subprotocols", ()) if name.startswith(TICKET))
    return (*query.get("ticket", ()), *(name.removeprefix(TICKET) for name in offered))


def _cookies(text: str) -> dict[str, str]:
    """One that is malformed may come from another app on this host: it is as if it were not."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(part.strip())
        except CookieError:
            continue
        found |= {name: morsel.value for name, morsel in jar.items()}
    return found
