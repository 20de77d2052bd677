"""`POST /_kanvas/ticket`: a ticket for a socket, for whoever may connect to it anyway."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kanvas_runtime.auth.authenticator import Authenticator, Denied, Guarded
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.auth.tickets import LIFETIME
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.handshake import Denial, Knock, check_origin, knock, origin_text
from kanvas_runtime.http import CLOSED, read_body

PATH = "/_kanvas/ticket"
_LARGEST = 16 * 1024


class Socket(Guarded, Protocol):
    """A socket's surface, as far as it says from where one may come."""

    @property
    def origins(self) -> tuple[str, ...]: ...


class Host(Protocol):
    """What the requests need of the service."""

    @property
    def authenticator(self) -> Authenticator | None:
        """None before the start and after the end."""
        ...

    def socket_surfaces(self) -> Mapping[str, Socket]:
        """By their paths."""
        ...

    def denied(self, denial: Denial, request: Knock, surface: str) -> Response:
        """The answer to a refused request, which is recorded."""
        ...

    async def entered(self, principal: Principal, path: str, surface: str) -> Response | None:
        """Record that somebody was let in; the refusal when that cannot be."""
        ...


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    """A ticket for the socket at `path`; a server says the `origin` of the page that it is for."""

    path: str | None = None
    origin: str | None = None


class TicketRequests:
    """The endpoint. Pages of other origins may use it as far as the socket lets them connect."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def route(self) -> Route:
        """Where it is."""
        return Route(PATH, self._handle, methods=["POST", "OPTIONS"])

    async def _handle(self, request: Request) -> Response:
        seen = knock(request.scope)
        if request.method == "OPTIONS":
            return self._preflight(seen)
        try:
            response = await self._ticket(request, seen)
        except Denied as denied:
            response = self._host.denied(denied.denial, seen, "ticket")
        except Refusal as refusal:
            response = JSONResponse(refusal.body(), status_code=STATUS[refusal.code])
        response.headers.update(self._sharing(seen))
        return response

    async def _ticket(self, request: Request, seen: Knock) -> Response:
        authenticator = self._host.authenticator
        if authenticator is None:
            raise Denied(CLOSED)
        asked = _asked(await read_body(request, _LARGEST))
        surface = self._surface(asked.path or request.query_params.get("path"))
        page = _page(seen, asked)
        denial = check_origin(page, surface.origins)
        if denial is not None:
            raise Denied(denial)
        principal = await authenticator.admit(request.scope, seen, surface)
        if principal is None:
            message = f"{surface.path} asks for no credentials: connect without a ticket"
            raise Refusal("invalid_input", message, field="path")
        refused = await self._host.entered(principal, PATH, "ticket")
        if refused is not None:
            return refused
        ticket = authenticator.tickets.issue(principal, surface.path, origin_text(page))
        told = {"ticket": ticket, "path": surface.path, "expires_in": int(LIFETIME)}
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    def _surface(self, path: str | None) -> Socket:
        surfaces = self._host.socket_surfaces()
        if path is None and len(surfaces) == 1:
            return next(iter(surfaces.values()))
        if path is None or path not in surfaces:
            listed = ", ".join(surfaces) or "none"
            message = f"name the path of a socket to get a ticket for: {listed}"
            raise Refusal("invalid_input", message, field="path")
        return surfaces[path]

    def _preflight(self, seen: Knock) -> Response:
        headers = {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "Authorization, X-API-Key, Content-Type",
            "Access-Control-Max-Age": "600",
        }
        sharing = self._sharing(seen)
        allowed = headers if "Access-Control-Allow-Origin" in sharing else {}
        return Response(status_code=204, headers=sharing | allowed)

    def _sharing(self, seen: Knock) -> dict[str, str]:
        """Fetch standard, CORS protocol: without cookies, so only what the page's script adds."""
        origins = [each for one in self._host.socket_surfaces().values() for each in one.origins]
        headers = {"Vary": "Origin"}
        if seen.origins and check_origin(seen, origins) is None:
            headers["Access-Control-Allow-Origin"] = seen.origins[0]
        return headers


def _asked(body: bytes) -> _Asked:
    if not body.strip():
        return _Asked()
    try:
        return msgspec.json.decode(body, type=_Asked)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = 'send {"path": "/ws/…"}, and {"origin": "https://…"} from a server'
        raise Refusal("invalid_input", message) from error


def _page(seen: Knock, asked: _Asked) -> Knock:
    """The request as the page will send it that gets the ticket."""
    if asked.origin is None:
        return seen
    named = replace(seen, origins=(asked.origin,))
    if seen.origins and origin_text(seen) != origin_text(named):
        raise Refusal("invalid_input", "a page gets tickets for itself only", field="origin")
    return named
