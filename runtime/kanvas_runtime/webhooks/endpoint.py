"""A hook: a request's way from its signature to the answer.

Host and path have been checked → Origin → rate → size → signature and its time → came before? →
media type → the machine's decoder → run → record → answer.
"""

from __future__ import annotations

import os
import re
import time
from functools import partial
from typing import Protocol

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kanvas_runtime import exchange
from kanvas_runtime.api.endpoint import response
from kanvas_runtime.api.reading import check_media
from kanvas_runtime.clients import Clients
from kanvas_runtime.codec import decode_json
from kanvas_runtime.codec.convert import convert
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Access, Caller, Engine, Served
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.exchange import Question
from kanvas_runtime.handshake import Denial, Knock, check_origin, knock
from kanvas_runtime.http import CLOSED, PRIVATE, Gone, receive_body, unless_gone
from kanvas_runtime.limits import too_fast
from kanvas_runtime.machine import WebhookSurface
from kanvas_runtime.webhooks import signatures

SURFACE = "webhook"
PREFIX = "KANVAS_WEBHOOK_"


class Host(Protocol):
    """What a hook needs of the service."""

    def open_engine(self) -> Engine | None:
        """None while nothing may be served."""
        ...

    def denied(self, denial: Denial, request: Knock, surface: str, path: str) -> Response:
        """The answer to a refused request, which is recorded."""
        ...


def variable(path: str) -> str:
    """Where the secret of a hook stands; several with commas while one replaces another."""
    words = re.sub(r"[^A-Z0-9]+", "_", path.upper()).strip("_")
    return f"{PREFIX}{words}_SECRET" if words else f"{PREFIX}SECRET"


def secrets_of(path: str) -> tuple[bytes, ...]:
    """Empty when none is set."""
    text = os.environ.get(variable(path), "")
    return tuple(each.strip().encode() for each in text.split(",") if each.strip())


class WebhookEndpoint:
    """One `webhook` surface of a machine."""

    def __init__(self, host: Host, served: Served, surface: WebhookSurface) -> None:
        self.served = served
        self.surface = surface
        self._host = host
        self._clients = Clients(surface.rate)

    @property
    def route(self) -> Route:
        """Where it is."""
        return Route(self.surface.path, self, methods=["POST"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        request, headers = knock(scope), Headers(scope=scope)
        denial = check_origin(request, ())
        engine = self._host.open_engine()
        if denial is not None or engine is None:
            await self._deny(denial or CLOSED, request)(scope, receive, send)
            return
        try:
            body = await self._body(request, headers, receive)
            signature = signatures.check(
                self.surface.sender, headers, body, secrets_of(self.surface.path), time.time()
            )
        except Gone:
            return
        except Refusal as refusal:
            remedy = f"sign with what {variable(self.surface.path)} holds"
            denied = Denial(refusal, remedy, STATUS[refusal.code])
            await self._deny(denied, request)(scope, receive, send)
            return
        caller = Caller(
            SURFACE, self.surface.path, request.client, f"webhook:{self.surface.sender}"
        )
        greeting = _greeting(self.surface.sender, headers, body)
        if greeting is not None:
            access = Access("ok", time.monotonic())
            told = await exchange.recorded(engine, caller, access, exchange.said(greeting))
            await response(told, PRIVATE)(scope, receive, send)
            return
        read = partial(self._read, headers.get("content-type", ""), body)
        question = Question(read, time.monotonic(), f"webhook:{signature}", only_once=True)
        work = exchange.answer(engine, self.served, caller, question)
        answer = await unless_gone(work, receive)
        if answer is not None:
            await response(answer, PRIVATE)(scope, receive, send)

    def _deny(self, denial: Denial, request: Knock) -> Response:
        answer = self._host.denied(denial, request, SURFACE, self.surface.path)
        answer.headers.update(PRIVATE)
        return answer

    async def _body(self, request: Knock, headers: Headers, receive: Receive) -> bytes:
        wait = self._clients.take(request.client, None, time.monotonic())
        if wait:
            raise too_fast(self.surface.rate, "from one address", wait)
        return await receive_body(headers, receive, self.surface.max_message)

    def _read(self, content_type: str, body: bytes) -> Record:
        """What a provider sends has more fields than a machine wants: they are left out."""
        check_media(content_type)
        if self.surface.sender == "signature":
            given: Record = self.served.codec.decode(body)
            return given
        value = decode_exact(body)
        if not isinstance(value, dict):
            given = self.served.codec.convert(value)  # says what is wrong with it
            return given
        read: Record = convert(value, self.served.machine.input, drop_unknown=True)
        return read


def _greeting(sender: str, headers: Headers, body: bytes) -> bytes | None:
    """What a provider sends when it is set up is no event: the answer that it waits for."""
    if sender == "github" and headers.get("x-github-event") == "ping":
        return b'{"pong":true}'
    if sender != "slack":
        return None
    try:
        said = decode_json(body)
    except Refusal:
        return None
    if isinstance(said, dict) and said.get("type") == "url_verification":
        return msgspec.json.encode({"challenge": said.get("challenge")})
    return None
