"""The ASGI endpoint of a socket's path: from the handshake's checks to a connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable
from functools import partial

from starlette.types import Receive, Scope, Send

from kanvas_runtime import envelope
from kanvas_runtime.asgi import Connection
from kanvas_runtime.auth.authenticator import Authenticator, Denied
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.clients import Clients
from kanvas_runtime.direct import Direct
from kanvas_runtime.engine import Caller, Engine, Served
from kanvas_runtime.handshake import Denial, Knock, check_origin, knock, origin_text
from kanvas_runtime.http import CLOSED, Refuse
from kanvas_runtime.ledger import uuid7
from kanvas_runtime.link import link_of
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.plain import Plain
from kanvas_runtime.wishes import Dialect

PLAIN = "kanvas.plain"
"""The plain protocol's name, for clients that want to name it."""


class SocketEndpoint:
    """One WebSocket surface. `engine` and `authenticator` give None while nothing may be served."""

    def __init__(
        self,
        served: Served,
        surface: WebSocketSurface,
        engine: Callable[[], Engine | None],
        authenticator: Callable[[], Authenticator | None],
        refuse: Refuse,
    ) -> None:
        self.served = served
        self.surface = surface
        self.connections: set[Connection] = set()
        self._clients = Clients(surface.rate_per_principal)
        self._dialects: dict[str | None, Dialect] = {
            envelope.PROTOCOL: envelope.Envelope(served.machine, served.codec, surface),
            None: Plain(served.machine, served.codec),
        }
        self._dialects[PLAIN] = self._dialects[None]
        self._engine = engine
        self._authenticator = authenticator
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await receive()  # websocket.connect
        request = knock(scope)
        try:
            principal = await self._admit(scope, request)
            engine = self._check_capacity(_client(request, principal))
        except Denied as denied:
            await self._refuse(denied.denial, scope, receive, send)
            return
        client = _client(request, principal)
        name = None if principal is None else principal.name
        caller = Caller("websocket", self.surface.path, request.client, name, uuid7())
        allowance = self._clients.enter(client, time.monotonic())
        protocol = _protocol(scope["subprotocols"], self._dialects)
        link = link_of(scope)
        driver = Direct if link.is_direct else Connection
        connection = driver(
            engine,
            self.served,
            self.surface,
            caller,
            link,
            receive,
            send,
            self._dialects[protocol],
            allowance,
            principal,
            partial(self._redeem, origin_text(request)),
        )
        self.connections.add(connection)
        try:
            await connection.serve(protocol)
        finally:
            self.connections.discard(connection)
            self._clients.leave(client)

    async def _admit(self, scope: Scope, request: Knock) -> Principal | None:
        denial = check_origin(request, self.surface.origins)
        authenticator = self._authenticator()
        if denial is not None or authenticator is None:
            raise Denied(denial or CLOSED)
        return await authenticator.admit(scope, request, self.surface)

    def _redeem(self, origin: str | None, ticket: str) -> Principal | None:
        authenticator = self._authenticator()
        if authenticator is None:
            return None
        return authenticator.redeem(ticket, self.surface.path, origin)

    def _check_capacity(self, client: str) -> Engine:
        engine = self._engine()
        if engine is None:
            raise Denied(CLOSED)
        unready = engine.unready()
        if unready is not None:
            raise Denied(Denial.of(unready.code, unready.message, "see /readyz"))
        limit = self.surface.max_connections
        if len(self.connections) >= limit:
            message = f"all {limit} connections are taken; try again later"
            raise Denied(Denial.of("overloaded", message, "raise max_connections on the surface"))
        limit = self.surface.max_connections_per_client
        if self._clients.connections(client) >= limit:
            message = f"one client has at most {limit} connections here"
            remedy = "raise max_connections_per_client on the surface"
            raise Denied(Denial.of("overloaded", message, remedy))
        return engine


def _client(request: Knock, principal: Principal | None) -> str:
    """By what connections are counted. No address looks like a principal."""
    return request.client if principal is None else f"principal {principal.name}"


def _protocol(offered: Iterable[str], known: Container[str | None]) -> str | None:
    """The first one that is known, as it is echoed; others stand beside it, such as tickets."""
    return next((name for name in offered if name in known), None)
