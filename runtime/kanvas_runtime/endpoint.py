"""The ASGI endpoint of a socket's path: from the handshake's checks to a connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterable

from starlette.types import Receive, Scope, Send

from kanvas_runtime import envelope
from kanvas_runtime.asgi import Connection
from kanvas_runtime.clients import Clients
from kanvas_runtime.engine import Caller, Engine, Served
from kanvas_runtime.handshake import Denial, Knock, check_auth, check_origin, knock
from kanvas_runtime.http import Refuse
from kanvas_runtime.ledger import uuid7
from kanvas_runtime.link import link_of
from kanvas_runtime.machine import WebSocketSurface
from kanvas_runtime.plain import Plain
from kanvas_runtime.wishes import Dialect

PLAIN = "kanvas.plain"
"""The plain protocol's name, for clients that want to name it."""


class SocketEndpoint:
    """One WebSocket surface. `engine` gives None while nothing may be served."""

    def __init__(
        self,
        served: Served,
        surface: WebSocketSurface,
        engine: Callable[[], Engine | None],
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
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await receive()  # websocket.connect
        request = knock(scope)
        engine = self._engine()
        denial = self._denial(request, engine)
        if denial is not None or engine is None:
            await self._refuse(denial or _CLOSED, scope, receive, send)
            return
        caller = Caller("websocket", self.surface.path, request.client, connection=uuid7())
        client = _client(caller)
        allowance = self._clients.enter(client, time.monotonic())
        protocol = _protocol(scope["subprotocols"], self._dialects)
        connection = Connection(
            engine,
            self.served,
            self.surface,
            caller,
            link_of(scope),
            receive,
            send,
            self._dialects[protocol],
            allowance,
        )
        self.connections.add(connection)
        try:
            await connection.serve(protocol)
        finally:
            self.connections.discard(connection)
            self._clients.leave(client)

    def _denial(self, request: Knock, engine: Engine | None) -> Denial | None:
        return (
            check_origin(request, self.surface.origins)
            or check_auth(request, self.surface.auth)
            or self._check_capacity(request, engine)
        )

    def _check_capacity(self, request: Knock, engine: Engine | None) -> Denial | None:
        if engine is None:
            return _CLOSED
        unready = engine.unready()
        if unready is not None:
            return Denial.of(unready.code, unready.message, "see /readyz")
        limit = self.surface.max_connections
        if len(self.connections) >= limit:
            message = f"all {limit} connections are taken; try again later"
            return Denial.of("overloaded", message, "raise max_connections on the surface")
        limit = self.surface.max_connections_per_client
        if self._clients.connections(request.client) >= limit:
            message = f"one client has at most {limit} connections here"
            remedy = "raise max_connections_per_client on the surface"
            return Denial.of("overloaded", message, remedy)
        return None


def _client(caller: Caller) -> str:
    return caller.client if caller.principal is None else caller.principal


def _protocol(offered: Iterable[str], known: Container[str | None]) -> str | None:
    """The first one that is known, as it is echoed; others stand beside it, such as tickets."""
    return next((name for name in offered if name in known), None)


_CLOSED = Denial.of(
    "overloaded", "the server is starting or stopping; try again", "wait, and see /readyz"
)
