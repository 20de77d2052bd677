"""One endpoint: a request's way from its origin to the answer.

Host and path have been checked → Origin → authentication → rate → size → media type → the
machine's decoder → run → record → answer. Whoever does not wait any longer cancels the run.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any, Protocol

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kanvas_runtime import exchange
from kanvas_runtime.api.paths import Pattern
from kanvas_runtime.api.reading import Incoming, Reader
from kanvas_runtime.api.sharing import sharing
from kanvas_runtime.api.stream import MEDIA_TYPE, EventStream
from kanvas_runtime.approvals.runs import location
from kanvas_runtime.auth.authenticator import Authenticator, Denied
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.clients import Clients
from kanvas_runtime.engine import Asker, Caller, Engine, Served
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.exchange import Answer, Question
from kanvas_runtime.handshake import Denial, Knock, check_origin, knock
from kanvas_runtime.http import CLOSED, PRIVATE, Gone, key_of, receive_body, unless_gone
from kanvas_runtime.limits import too_fast
from kanvas_runtime.machine import ApiSurface
from kanvas_runtime.plain import held_text

ACCEPTED = 202
"""RFC 9110 section 15.3.3: a person has to decide first; Location has the answer in the end."""
_OWN_SITE = frozenset({"same-origin", "none"})


class Host(Protocol):
    """What an endpoint needs of the service."""

    @property
    def authenticator(self) -> Authenticator | None:
        """None before the start and after the end."""
        ...

    def open_engine(self) -> Engine | None:
        """None while nothing may be served."""
        ...

    def denied(self, denial: Denial, request: Knock, surface: str, path: str) -> Response:
        """The answer to a refused request, which is recorded."""
        ...


class ApiEndpoint:
    """One `api` surface of a machine."""

    def __init__(self, host: Host, served: Served, surface: ApiSurface) -> None:
        self.served = served
        self.surface = surface
        self.pattern = Pattern(surface.path)
        self._host = host
        self._clients = Clients(surface.rate)
        self._reader = Reader(served, surface.method, self.pattern.parameters)

    async def handle(
        self, texts: dict[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer a request whose path has these parameters."""
        request = knock(scope)
        try:
            principal, engine = await self._admit(scope, request)
        except Denied as denied:
            await self.refused(denied.denial, request)(scope, receive, send)
            return
        headers = Headers(scope=scope)
        caller = self._caller(request, principal)
        try:
            question = await self._question(engine, caller, texts, headers, scope, receive)
        except Gone:
            return  # before anybody knew what was asked
        if MEDIA_TYPE in headers.get("accept", ""):
            await self._stream(engine, caller, question, request, receive, send)
            return
        work = exchange.answer(engine, self.served, caller, question)
        answer = await unless_gone(work, receive)
        if answer is not None:
            await response(answer, self._headers(request))(scope, receive, send)

    # Who may come.

    async def _admit(self, scope: Scope, request: Knock) -> tuple[Principal | None, Engine]:
        denial = check_origin(request, self.surface.origins) or self._foreign(scope, request)
        authenticator, engine = self._host.authenticator, self._host.open_engine()
        if denial is not None or authenticator is None or engine is None:
            raise Denied(denial or CLOSED)
        return await authenticator.admit(scope, request, self.surface), engine

    def _foreign(self, scope: Scope, request: Knock) -> Denial | None:
        """A GET runs the machine, and pages can send one without saying from where they are."""
        if request.origins or "none" in self.surface.auth:
            return None
        site = Headers(scope=scope).get("sec-fetch-site")
        if site is None or site in _OWN_SITE:
            return None
        return Denial.of(
            "origin_refused",
            "a page of another origin may not call this",
            "fetch it in CORS mode, from an origin that the surface names",
        )

    def refused(self, denial: Denial, request: Knock) -> Response:
        """The answer to a request that is not let in, which is recorded."""
        response = self._host.denied(denial, request, "api", self.surface.path)
        response.headers.update(PRIVATE | sharing(request, self.surface.origins))
        return response

    def _caller(self, request: Knock, principal: Principal | None) -> Caller:
        name = None if principal is None else principal.name
        return Caller("api", self.surface.path, request.client, name)

    # What is asked.

    async def _question(
        self,
        engine: Engine,
        caller: Caller,
        texts: dict[str, str],
        headers: Headers,
        scope: Scope,
        receive: Receive,
    ) -> Question:
        """A request that is refused already asks a question as well: the refusal is its answer."""
        started = time.monotonic()
        try:
            self._check_rate(caller, started)
            key = key_of(headers)
            body = await receive_body(headers, receive, self.surface.max_message)
            query = scope.get("query_string", b"")
            if len(query) > self.surface.max_message:
                raise Refusal("too_large", f"a query has at most {self.surface.max_message} bytes")
        except Refusal as refusal:
            return Question(_refusing(refusal), started)
        kind = headers.get("content-type", "")
        return Question(self._reader.read(Incoming(texts, query, body, kind)), started, key)

    def _check_rate(self, caller: Caller, now: float) -> None:
        wait = self._clients.take(caller.client, caller.principal, now)
        if wait:
            raise too_fast(self.surface.rate, "from one client", wait)

    # What is answered.

    def _headers(self, request: Knock) -> dict[str, str]:
        return PRIVATE | sharing(request, self.surface.origins)

    async def _stream(
        self,
        engine: Engine,
        caller: Caller,
        question: Question,
        request: Knock,
        receive: Receive,
        send: Send,
    ) -> None:
        stream = EventStream(send, PRIVATE | sharing(request, self.surface.origins))
        own = Asker(
            lambda text: stream.put("push", text),
            held=lambda notice: stream.put("held", held_text(notice)),
        )
        asked = question._replace(own=own)

        async def work() -> Answer | None:
            answer = await exchange.answer(engine, self.served, caller, asked)
            if not stream.begun and not answer.run:
                return answer
            stream.put("result" if answer.refusal is None else "error", answer.body.decode())
            stream.end()
            await writer
            return None

        writer = asyncio.get_running_loop().create_task(stream.write())
        try:
            answer = await unless_gone(work(), receive, stream.lost)
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        if answer is not None:
            told = response(answer, self._headers(request))
            await told({"type": "http", "method": "POST"}, receive, send)


def _refusing(refusal: Refusal) -> Callable[[], Any]:
    def refuse() -> Any:
        raise refusal

    return refuse


def response(answer: Answer, headers: dict[str, str]) -> Response:
    """An answer over HTTP, with these headers and those that say more of it."""
    refusal, more = answer.refusal, dict(headers)
    if answer.run:
        more["Kanvas-Run"] = answer.run
    if answer.held is not None:
        more["Location"] = location(answer.run)
    if answer.replayed:
        more["Idempotency-Replayed"] = "true"
    if refusal is not None and refusal.retry_after is not None:
        more["Retry-After"] = str(math.ceil(refusal.retry_after))
    status = ACCEPTED if answer.held else 200 if refusal is None else STATUS[refusal.code]
    return Response(answer.body, status, more, "application/json")
