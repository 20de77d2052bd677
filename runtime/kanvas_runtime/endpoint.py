"""The ASGI endpoint of a socket's path: from the handshake's checks to a connection."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from kanvas_runtime.asgi import Connection
from kanvas_runtime.engine import Caller, Engine, Served
from kanvas_runtime.handshake import Denial, Knock, check_auth, check_origin, knock
from kanvas_runtime.http import Refuse
from kanvas_runtime.ledger import uuid7
from kanvas_runtime.link import link_of
from kanvas_runtime.machine import WebSocketSurface

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
        link = link_of(scope)
        connection = Connection(engine, self.served, self.surface, caller, link, receive, send)
        self.connections.add(connection)
        try:
            await connection.serve(PLAIN if PLAIN in scope["subprotocols"] else None)
        finally:
            self.connections.discard(connection)

    def _denial(self, request: Knock, engine: Engine | None) -> Denial | None:
        return (
            check_origin(request, self.surface.origins)
            or check_auth(request, self.surface.auth)
            or self._check_capacity(engine)
        )

    def _check_capacity(self, engine: Engine | None) -> Denial | None:
        if engine is None:
            return _CLOSED
        unready = engine.unready()
        if unready is not None:
            return Denial.of(unready.code, unready.message, "see /readyz")
        limit = self.surface.max_connections
        if len(self.connections) < limit:
            return None
        message = f"all {limit} connections are taken; try again later"
        return Denial.of("overloaded", message, "raise max_connections on the surface")


_CLOSED = Denial.of(
    "overloaded", "the server is starting or stopping; try again", "wait, and see /readyz"
)
