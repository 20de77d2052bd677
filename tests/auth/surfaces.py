"""An app with surfaces of every kind of `auth`, served, and clients that come by them."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import time
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kanvas_runtime.auth import admin
from kanvas_runtime.auth.keys import Keys
from kanvas_runtime.auth.oauth import OAuthSettings
from kanvas_runtime.contract import Record, Text
from kanvas_runtime.machine import ApiSurface, Machine, PageSurface, WebSocketSurface
from kanvas_runtime.run import Run
from kanvas_runtime.service import Service
from kanvas_runtime.version import VERSION
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.runtime.serving import Served, serving

TEMPLATES = Path(__file__).parents[2] / "templates" / "page"
FRIEND = "https://friend.example"


class Nothing(Record, frozen=True):
    pass


class Who(Record, frozen=True):
    who: Text | None = None


def tell(_input: Nothing, run: Run) -> Who:
    return Who(who=run.principal)


WHO = Machine(
    name="who", input=Nothing, output=Who, run=tell, source="app.kanvas", by_principal=True
)
AUTHS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "silent": ((), ()),
    "open": (("none",), ()),
    "keyed": (("api_key",), ()),
    "scoped": (("api_key",), ("machines:run",)),
    "signed": (("session",), ()),
    "tokens": (("oauth",), ()),
    "any": (("api_key", "session", "oauth"), ()),
    "any-scoped": (("api_key", "session", "oauth"), ("machines:run",)),
}
"""Surfaces by the last part of their path: what `auth` and `scopes` say."""


@dataclass(frozen=True)
class Reply:
    """What a client got: an HTTP status (101: a socket), and a body or the first message."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"]) if self.status >= 400 else ""


NO_ISSUER = OAuthSettings("https://login.example.com", ("app",), "http://127.0.0.1:9/keys")
"""Nobody listens there: for tests in which no token comes."""


def service_of(directory: Path, oauth: OAuthSettings = NO_ISSUER) -> Service:
    """Its data are in `directory`/data."""
    service = Service(name="app", program="p" * 64, runtime=VERSION, directory=TEMPLATES)
    service.configure(data=directory / "data", oauth=oauth)
    for name, (auth, scopes) in AUTHS.items():
        service.websocket(
            WHO,
            WebSocketSurface(path=f"/ws/{name}", auth=auth, scopes=scopes, origins=(FRIEND,)),
        )
        service.page(WHO, PageSurface(path=f"/{name}", title=name, auth=auth, scopes=scopes))
        service.api(WHO, ApiSurface(f"/api/{name}", auth=auth, scopes=scopes, origins=(FRIEND,)))
    return service


def keys_of(directory: Path) -> Keys:
    """Before the server starts: then it is the server's."""
    (directory / "data").mkdir(mode=0o700, exist_ok=True)
    return Keys(directory / "data")


@contextlib.asynccontextmanager
async def running(
    directory: Path, oauth: OAuthSettings = NO_ISSUER, **options: Any
) -> AsyncIterator[Served]:
    async with serving(service_of(directory, oauth), **options) as served:
        yield served


async def handshake(
    served: Served, path: str, headers: Mapping[str, str] | None = None, **options: Any
) -> Reply:
    """Connect, ask who one is, leave."""
    given = dict(headers or {})
    try:
        async with connect(served.url(path), additional_headers=given, **options) as client:
            await client.send("{}")
            return Reply(101, json.loads(await client.recv()), {})
    except InvalidStatus as refused:
        response = refused.response
        return Reply(response.status_code, json.loads(response.body), dict(response.headers))


async def call(
    served: Served,
    method: str,
    path: str,
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> Reply:
    """One HTTP request; dictionaries are sent as JSON, texts as a form."""
    return await asyncio.to_thread(_call, served.port, method, path, dict(headers or {}), body)


def _call(port: int, method: str, path: str, headers: dict[str, str], body: object) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    content = None
    if body is not None:
        is_form = isinstance(body, str)
        kind = "application/x-www-form-urlencoded" if is_form else "application/json"
        headers = {"Content-Type": kind} | headers
        content = str(body).encode() if is_form else json.dumps(body).encode()
    try:
        connection.request(method, path, content, headers)
        response = connection.getresponse()
        text = response.read()
        found = {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
    is_json = found.get("content-type", "").startswith("application/json")
    return Reply(response.status, json.loads(text) if is_json else text.decode(), found)


async def post_page(served: Served, path: str, headers: Mapping[str, str] | None = None) -> Reply:
    """Run the machine as the page's own script does."""
    own = {"Origin": f"http://127.0.0.1:{served.port}"}
    return await call(served, "POST", path, own | dict(headers or {}), {})


async def come(served: Served, surface: str, name: str, headers: dict[str, str]) -> Reply:
    """By any kind of surface, to the one of this name."""
    if surface == "websocket":
        return await handshake(served, f"/ws/{name}", headers)
    if surface == "api":
        return await call(served, "POST", f"/api/{name}", headers, {})
    return await post_page(served, f"/{name}", headers)


async def outliving(attempt: Callable[[int], Awaitable[None]]) -> None:
    """Tries what something has to be used for before it expires, with the seconds that it lives;
    with longer ones where the machine was too slow for that."""
    for seconds in (2, 8):
        with contextlib.suppress(AssertionError, ConnectionClosed, InvalidStatus):
            return await attempt(seconds)
    await attempt(32)


async def new_key(directory: Path, name: str, seconds: int) -> str:
    """By the server of this directory: a key that lives so long."""
    expires = int(time.time()) + seconds
    request = {"do": "keys.new", "name": name, "scopes": [], "expires": expires}
    return str(await asyncio.to_thread(admin.ask, directory / "data", request))


def form(**fields: str) -> str:
    return urllib.parse.urlencode(fields)
