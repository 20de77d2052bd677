"""A built app: its machines, its surfaces, and what lives as long as the server runs."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from kanvas_runtime import (
    exchange,
    explorer,
    handshake,
    http,
    ledger_requests,
    overrides,
    proxies,
    scrape,
    strays,
)
from kanvas_runtime.approvals import requests as approving
from kanvas_runtime.approvals.approvals import Approvals
from kanvas_runtime.auth.authenticator import Authenticator, Denied, Guarded
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.auth.requests import TicketRequests
from kanvas_runtime.config import Settings, settings
from kanvas_runtime.contract import Record
from kanvas_runtime.contracts import Contracts
from kanvas_runtime.endpoint import SocketEndpoint
from kanvas_runtime.engine import Access, Caller, Engine, Served
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.exchange import Answer, Question
from kanvas_runtime.handshake import Denial, Knock
from kanvas_runtime.ledger.postgres.address import Source
from kanvas_runtime.life import Life
from kanvas_runtime.logs import printable, quiet_server
from kanvas_runtime.machine import (
    ApiSurface,
    Machine,
    PageSurface,
    ToolSurface,
    WebhookSurface,
    WebSocketSurface,
)
from kanvas_runtime.metrics import Metrics
from kanvas_runtime.obstacles import obstacle
from kanvas_runtime.tools.endpoint import ToolEndpoint
from kanvas_runtime.tools.toolbox import PATH as TOOLS
from kanvas_runtime.tools.toolbox import SURFACE, Toolbox
from kanvas_runtime.version import VERSION

if TYPE_CHECKING:
    from kanvas_runtime.api.routes import Endpoints
    from kanvas_runtime.webhooks.endpoint import WebhookEndpoint

_log = logging.getLogger("kanvas.service")

STOPPING = Refusal("overloaded", "the server is stopping")

OFFICES = frozenset({scrape.OFFICE.path, ledger_requests.OFFICE.path})
"""Paths for operators, which the ledger names as it does those of surfaces."""


class Service:
    """What `app.py` builds. `app` is the ASGI application.

    `program` is the SHA-256 of the source, `runtime` the version that the app was built for.
    `directory` holds the app's `templates` and `static`, and `.kanvas`, the data directory, unless
    KANVAS_DATA_DIR says otherwise; it is by default where the calling file is.
    """

    def __init__(
        self, *, name: str, program: str, runtime: str, directory: Path | None = None
    ) -> None:
        if runtime.split(".")[:2] != VERSION.split(".")[:2]:
            raise SystemExit(
                f"{name} was built for kanvas-runtime {runtime}, and this is {VERSION}:"
                " install that version, or build the app again."
            )
        self.name = name
        self.program = program
        self.directory = directory or _directory_of_caller()
        self.settings = _settings(self.directory)
        self.machines: dict[str, Served] = {}
        self.sockets: dict[str, SocketEndpoint] = {}
        self.pages: list[PageSurface] = []
        self.surfaces: list[Guarded] = []
        self.endpoints: Endpoints | None = None
        self.hooks: dict[str, WebhookEndpoint] = {}
        self.toolbox = Toolbox(self.machines, self.directory / "contract", self.open_engine)
        self.tools = ToolEndpoint(self, name, self.toolbox)
        self._says_auth = False
        self.own_server = False
        self.metrics = Metrics()
        self.life = Life(self)
        self.app = self._build()
        quiet_server()

    @property
    def simulated(self) -> bool:
        """Whether steps answer what the program assumes instead of asking."""
        return self.settings.simulate

    @property
    def refused(self) -> str | None:
        """Why the last start was refused, in words for the operator."""
        return self.life.refused

    def machine(self, machine: Machine[Any, Any]) -> None:
        """A machine that events or schedules run; surfaces bring theirs along."""
        self._serve(machine)

    def websocket(self, machine: Machine[Any, Any], surface: WebSocketSurface) -> None:
        """Serve a machine over WebSocket, as the surface and then the environment say."""
        surface = _as_operated(surface)
        endpoint = SocketEndpoint(
            self._serve(machine),
            surface,
            self.open_engine,
            lambda: self.authenticator,
            self._refuse,
        )
        self.sockets[surface.path] = endpoint
        self._guarded(surface)
        refused = partial(self.denied, surface="websocket", path=surface.path)
        self.app.router.routes.append(http.upgrade_route(surface.path, refused))

    def page(self, machine: Machine[Any, Any], surface: PageSurface) -> None:
        """Serve a machine as a page."""
        from kanvas_runtime import pages  # an app without a page needs no templates

        self._serve(machine)
        self.pages.append(surface)
        pages.install(self, machine, surface)
        self._guarded(surface)

    def api(self, machine: Machine[Any, Any], surface: ApiSurface) -> None:
        """Serve a machine as an HTTP endpoint, as the surface and then the environment say."""
        from kanvas_runtime.api.endpoint import ApiEndpoint
        from kanvas_runtime.api.routes import Endpoints

        router = self.app.router
        if self.endpoints is None:
            # Words come before fields: what has a route of its own is no endpoint's parameter.
            self.endpoints = Endpoints(router.default)
            router.default = self.endpoints
        surface = _as_operated(surface)
        self.endpoints.add(ApiEndpoint(self, self._serve(machine), surface))
        self._guarded(surface)

    def _guarded(self, surface: Guarded) -> None:
        """What is needed for the ways in which a surface lets somebody come."""
        self.surfaces.append(surface)
        self._let_sign_in(surface.auth)

    def api_paths(self) -> list[tuple[str, tuple[str, ...]]]:
        """The paths of endpoints, and who may come there."""
        return [] if self.endpoints is None else self.endpoints.paths()

    def mcp(self, machine: Machine[Any, Any], surface: ToolSurface) -> None:
        """Say who may call a machine as a tool."""
        self._serve(machine)
        self._let_be_called(machine.name, surface)

    def webhook(self, machine: Machine[Any, Any], surface: WebhookSurface) -> None:
        """Let another service call a machine."""
        from kanvas_runtime.webhooks.endpoint import WebhookEndpoint

        endpoint = WebhookEndpoint(self, self._serve(machine), _as_operated(surface))
        self.hooks[surface.path] = endpoint
        self.app.router.routes.append(endpoint.route)
        self._says_auth = True  # what is signed comes from elsewhere

    def _let_sign_in(self, auth: tuple[str, ...]) -> None:
        """By a session, or as an operator who wants to see the ledger. Each surface asks this."""
        self._says_auth = self._says_auth or bool(auth)
        shows_ledger = bool(auth) and ledger_requests.has_pages(self.directory)
        if "session" in auth or shows_ledger:
            from kanvas_runtime import pages

            pages.install_sign_in(self)
            if shows_ledger:
                self.app.state.sign_in.others[ledger_requests.PATH] = "Ledger"

    def _let_decide(self) -> None:
        if not hasattr(self.app.state, "approvals"):
            self.app.state.approvals = approving.install(self)
            if self.app.state.approvals.has_pages:
                self._let_sign_in(approving.AUTH)
                self.app.state.sign_in.others[approving.PATH] = "Approvals"

    def serve(self, arguments: Sequence[str] | None = None) -> None:
        """`python app.py`: see `server.serve`. Returns when the server has stopped."""
        from kanvas_runtime import server  # its import says that its protocol class is used

        server.serve(self, arguments)

    def configure(self, **changes: Any) -> None:
        """Override settings before the start, as command-line options do."""
        self.settings = replace(self.settings, **changes)

    def start_problem(self) -> str | None:
        """Why the app cannot start as it is set up, in words for the operator."""
        return obstacle(self)

    async def answer(
        self,
        machine: Machine[Any, Any],
        value: object | bytes,
        *,
        surface: str,
        path: str,
        principal: str | None,
        connection: str | None = None,
        client: str = "",
        key: str | None = None,
    ) -> Answer:
        """Run a machine for one request: decode, run, record, and only then answer.

        A request that comes again with its `key` gets the first answer.

        A run that a person has to approve is answered as `held` at once, and goes on.

        `value` is JSON text as bytes, or what it decodes to.
        """
        caller = Caller(surface, path, client, principal, connection)
        engine, served = self.open_engine(), self.machines[machine.name]
        if engine is None:
            return exchange.refused(STOPPING)
        codec = served.codec
        if isinstance(value, bytes):
            read: Callable[[], Record] = partial(codec.decode, value)
        else:
            read = partial(codec.convert, value)
        question = Question(read, time.monotonic(), key)
        return await exchange.answer(engine, served, caller, question)

    async def guard_http(
        self, request: Request, surface: PageSurface
    ) -> Principal | Response | None:
        """Who may see a surface, or the refusal: Origin, unless it only reads; then auth.

        Host was checked before.
        """
        knock = handshake.knock(request.scope)
        denial = None
        if request.method not in ("GET", "HEAD"):
            denial = handshake.check_origin(knock, (), "open the page under its own address")
        if denial is None:
            if self.authenticator is None:
                denial = http.CLOSED
            else:
                try:
                    return await self.authenticator.admit(request.scope, knock, surface)
                except Denied as denied:
                    denial = denied.denial
        response = self.denied(denial, knock, "page")
        unknown = denial.status == STATUS["unauthenticated"]
        if unknown and "session" in surface.auth and http.is_person(request):
            await response.wait()
            where = urlencode({"next": surface.path})
            return RedirectResponse(f"/_kanvas/sign-in?{where}", status_code=303)
        return response

    # What `auth.requests` asks for.

    def socket_surfaces(self) -> dict[str, WebSocketSurface]:
        """By their paths."""
        return {path: endpoint.surface for path, endpoint in self.sockets.items()}

    def denied(
        self, denial: Denial, request: Knock, surface: str, path: str | None = None
    ) -> http.DeniedResponse:
        """The answer to a refused request, which is recorded: under the surface's `path`."""
        return http.DeniedResponse(denial, self._note(denial, request, surface, path))

    def _astray(self, denial: Denial, request: Knock) -> http.DeniedResponse | None:
        """The same for one that meets no surface, and is at one by its path."""
        places = [("page", page.path) for page in self.pages]
        places += (("websocket", path) for path in self.sockets)
        places += (("webhook", path) for path in self.hooks)
        places += (("api", path) for path, _ in self.api_paths())
        found = strays.place_of(request.path, [*places, (SURFACE, TOOLS)])
        return None if found is None else self.denied(denial, request, *found)

    @property
    def approvals(self) -> Approvals | None:
        """What waits for a person; None while nothing may be served."""
        engine = self.open_engine()
        return None if engine is None else engine.approvals

    def surface_of(self, kind: str, path: str, machine: str) -> Guarded | None:
        """The surface of this kind and path, if the machine has one."""
        if kind == SURFACE:
            return self.toolbox.surface(machine)
        if kind == "api":
            return None if self.endpoints is None else self.endpoints.surface(path, machine)
        if kind == "websocket":
            endpoint = self.sockets.get(path)
            return None if endpoint is None else endpoint.surface
        return next((page for page in self.pages if page.path == path), None)

    async def entered(
        self, principal: Principal | None, path: str, surface: str
    ) -> Response | None:
        """Record that somebody was let in; the refusal when that cannot be."""
        engine = self.open_engine()
        if engine is None:
            return http.DeniedResponse(http.CLOSED, None)
        caller = Caller(surface, path, principal=None if principal is None else principal.name)
        access = Access("ok", time.monotonic())
        answer = await exchange.recorded(engine, caller, access, exchange.NOTHING)
        if answer.refusal is None:
            return None
        return http.DeniedResponse(Denial.of(answer.refusal.code, answer.refusal.message, ""), None)

    # What `scrape` and `ledger_requests` ask for.

    @property
    def records(self) -> Source:
        """Where the ledger is."""
        return self.settings.ledger or self.settings.data

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.settings.data

    @property
    def serves_itself(self) -> bool:
        """Whether no surface says who may come, so that all of them serve their own machine."""
        return not self._says_auth

    @property
    def engine(self) -> Engine | None:
        """None before the start and after the end."""
        return self.life.engine

    @property
    def authenticator(self) -> Authenticator | None:
        """None before the start and after the end."""
        return self.life.authenticator

    def oauth_paths(self) -> list[str]:
        """Of the surfaces that take tokens."""
        return [surface.path for surface in self.surfaces if "oauth" in surface.auth]

    async def drain(self) -> None:
        """Let running work end; nothing new begins."""
        await self.life.drain()

    def signed_out(self, session: str) -> None:
        """Whatever is open by the session ends now."""
        self.life.end(lambda principal: principal.session == session)

    # The application.

    def _build(self) -> FastAPI:
        app = FastAPI(
            title=self.name,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            lifespan=self.life.span,
        )
        app.add_middleware(
            http.Door,
            check=self._check_host,
            forwarded=self._as_forwarded,
            sockets=self.sockets,
            refuse=self._refuse,
            start_refused=lambda: self.refused,
            has_ended=lambda: self.authenticator is not None and self.authenticator.has_ended(),
        )
        http.speak_our_errors(app, self._astray)
        app.router.routes.extend(http.health_routes(self._unready))
        contracts = Contracts(self.directory / "contract")
        app.router.routes.extend((*contracts.routes, *explorer.routes(contracts)))
        app.router.routes.append(scrape.MetricsRequests(self).route)
        app.router.routes.extend(ledger_requests.LedgerRequests(self).routes)
        app.router.routes.append(TicketRequests(self).route)
        app.router.routes.append(self.tools.route)
        return app

    @property
    def served_machines(self) -> list[Machine[Any, Any]]:
        """All that a surface, an event or a schedule runs."""
        return [served.machine for served in self.machines.values()]

    def _serve(self, machine: Machine[Any, Any]) -> Served:
        served = self.machines.get(machine.name)
        if served is None:
            served = self.machines[machine.name] = Served.of(machine)
            self._let_be_called(machine.name, ToolSurface())
            if served.may_hold:
                self._let_decide()
        return served

    def _let_be_called(self, machine: str, surface: ToolSurface) -> None:
        """Every machine is a tool, also of a program that says nothing of it."""
        surface = _as_operated(surface, machine)
        self.toolbox.add(machine, surface)
        if surface.auth:
            self._guarded(surface)

    def open_engine(self) -> Engine | None:
        """None before the start and as soon as the server is about to stop."""
        return None if self.life.draining else self.life.engine

    def _unready(self) -> Refusal | None:
        engine = self.open_engine()
        if engine is None:
            return Refusal("overloaded", "the server is starting or stopping")
        return engine.unready()

    def _as_forwarded(self, scope: Scope) -> Scope:
        return proxies.as_forwarded(scope, self.settings.proxies)

    def _check_host(self, request: Knock) -> Denial | None:
        return handshake.check_host(request, self.settings.hosts)

    # Refusals before any message.

    async def _refuse(self, denial: Denial, scope: Scope, receive: Receive, send: Send) -> None:
        surface = "websocket" if scope["type"] == "websocket" else "page"
        path = None if self.endpoints is None else self.endpoints.path_of(scope)
        if surface == "page" and path is not None and not self._is_known(scope["path"]):
            surface = "api"
        durable = self._note(denial, handshake.knock(scope), surface, path)
        await http.deny(denial, durable, scope, receive, send)

    def _note(
        self, denial: Denial, request: Knock, surface: str, path: str | None
    ) -> asyncio.Future[None] | None:
        """Record it, and one line in the log that names the option."""
        path = request.path if self._is_known(request.path) else path or ""
        caller = Caller(surface, path, request.client)
        code = denial.refusal.code
        durable = None
        if self.engine is not None:
            durable = self.engine.record(caller, Access(code, time.monotonic()))
            if durable is None:
                return None  # one of too many: they are counted, and the log stays readable
        told = f"{request.path[:200]} refused ({denial.status} {code}): {denial.refusal.message}"
        _log.warning("%s. To change that: %s", printable(told), printable(denial.remedy))
        return durable

    def _is_known(self, path: str) -> bool:
        return (
            path in self.hooks
            or path in self.sockets
            or path == TOOLS
            or path in OFFICES
            or any(p.path == path for p in self.pages)
        )


def _settings(directory: Path) -> Settings:
    try:
        return settings(os.environ, directory)
    except ValueError as error:
        raise SystemExit(str(error)) from None


def _as_operated(surface: overrides.S, machine: str = "") -> overrides.S:
    try:
        return overrides.overridden(surface, os.environ, machine)
    except ValueError as error:
        raise SystemExit(str(error)) from None


def _directory_of_caller() -> Path:
    """Where app.py is: the file of the first frame outside this one."""
    frame = sys._getframe(2)
    file = frame.f_globals.get("__file__")
    return Path(file).resolve().parent if file else Path.cwd()
