"""A built app: its machines, its surfaces, and what lives as long as the server runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
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
    prices,
    proxies,
    reasoning,
    scrape,
    secret,
    strays,
)
from kanvas_runtime.approvals import requests as approving
from kanvas_runtime.approvals.approvals import Approvals
from kanvas_runtime.approvals.changes import decisions
from kanvas_runtime.approvals.holds import Holds
from kanvas_runtime.asgi import Connection
from kanvas_runtime.auth.admin import Admin
from kanvas_runtime.auth.authenticator import Authenticator, Denied, Guarded
from kanvas_runtime.auth.changes import KeyChanges
from kanvas_runtime.auth.keys import Key, KeyProblem, Keys
from kanvas_runtime.auth.oauth import OAuth
from kanvas_runtime.auth.oauth import missing as missing_for_oauth
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.auth.requests import TicketRequests
from kanvas_runtime.auth.sessions import KEY_FILE, Sessions
from kanvas_runtime.background import Background, check_states
from kanvas_runtime.budget import Budget
from kanvas_runtime.config import Settings, settings
from kanvas_runtime.contract import Record
from kanvas_runtime.contracts import Contracts
from kanvas_runtime.endpoint import SocketEndpoint
from kanvas_runtime.engine import Access, Caller, Engine, Served
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.exchange import Answer, Question
from kanvas_runtime.gate import Gate
from kanvas_runtime.handshake import Denial, Knock
from kanvas_runtime.ledger import LedgerUnavailable, Recorder
from kanvas_runtime.ledger.directory import instance_key, prepare
from kanvas_runtime.ledger.opening import open_ledger
from kanvas_runtime.ledger.postgres.address import Source
from kanvas_runtime.logs import Discretion, printable, quiet_server
from kanvas_runtime.machine import (
    ApiSurface,
    Machine,
    PageSurface,
    ToolSurface,
    WebhookSurface,
    WebSocketSurface,
)
from kanvas_runtime.memory.sqlite import DATABASE as MEMORY
from kanvas_runtime.memory.sqlite import SqliteMemory
from kanvas_runtime.metrics import Metered, Metrics
from kanvas_runtime.payloads import Payloads
from kanvas_runtime.secret import Secrets
from kanvas_runtime.session import DRAIN
from kanvas_runtime.start import StartRefused, server_started, unenforced
from kanvas_runtime.tools.endpoint import ToolEndpoint
from kanvas_runtime.tools.toolbox import PATH as TOOLS
from kanvas_runtime.tools.toolbox import SURFACE, Toolbox
from kanvas_runtime.version import VERSION

if TYPE_CHECKING:
    from kanvas_runtime.api.routes import Endpoints
    from kanvas_runtime.webhooks.endpoint import WebhookEndpoint

_log = logging.getLogger("kanvas.service")

LAST_WORDS = 2.0
"""Seconds beyond `DRAIN` for closing handshakes when the server stops."""


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
        self._engine: Engine | None = None
        self._background: Background | None = None
        self.metrics = Metrics()
        self.authenticator: Authenticator | None = None
        self._admin: Admin | None = None
        self._draining = False
        self._refused: str | None = None
        self._discretion: Discretion | None = None
        self.app = self._build()
        quiet_server()

    @property
    def simulated(self) -> bool:
        """Whether steps answer what the program assumes instead of asking."""
        return self.settings.simulate

    @property
    def refused(self) -> str | None:
        """Why the last start was refused, in words for the operator."""
        return self._refused

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
        problem = self._unknown_option() or self._unsigned()
        problem = problem or missing_for_oauth(self._oauth_paths(), self.settings.oauth)
        if problem is not None or self.simulated:
            return problem
        machines = self._machines
        try:
            secret.read(machines, os.environ)
            unpriced = prices.unpriced(machines, prices.read_prices())
        except ValueError as error:
            return str(error)
        return reasoning.missing(machines) or unpriced

    def _unknown_option(self) -> str | None:
        """What is set in the environment and belongs to no surface."""
        named = [(overrides.SOCKET, path) for path in self.sockets]
        named += ((overrides.ENDPOINT, path) for path, _ in self.api_paths())
        named += ((overrides.HOOK, path) for path in self.hooks)
        named += ((overrides.TOOL, name) for name in self.machines)
        return overrides.unknown(named, os.environ, self._hook_secrets())

    def _hook_secrets(self) -> list[str]:
        if not self.hooks:
            return []
        from kanvas_runtime.webhooks.endpoint import variable

        return [variable(path) for path in self.hooks]

    def _unsigned(self) -> str | None:
        """Hooks whose secret is not set: they could believe nobody, or everybody."""
        if not self.hooks:
            return None
        from kanvas_runtime.webhooks.endpoint import secrets_of, variable

        missing = [variable(path) for path in self.hooks if not secrets_of(path)]
        if not missing:
            return None
        return f"set {', '.join(missing)}: the secret with which requests to the hook are signed"

    async def answer(
        self,
        machine: Machine[Any, Any],
        value: object | bytes,
        *,
        surface: str,
        path: str,
        principal: str | None,
        connection: str | None = None,
    ) -> Answer:
        """Run a machine for one request: decode, run, record, and only then answer.

        A run that a person has to approve is answered as `held` at once, and goes on.

        `value` is JSON text as bytes, or what it decodes to.
        """
        caller = Caller(surface, path, principal=principal, connection=connection)
        engine, served = self.open_engine(), self.machines[machine.name]
        if engine is None:
            return exchange.refused(STOPPING)
        codec = served.codec
        if isinstance(value, bytes):
            read: Callable[[], Record] = partial(codec.decode, value)
        else:
            read = partial(codec.convert, value)
        question = Question(read, time.monotonic())
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
        return self._engine

    # The application.

    def _build(self) -> FastAPI:
        app = FastAPI(
            title=self.name,
            docs_url=None,
            redoc_url=None,
            openapi_url=None,
            lifespan=self._lifespan,
        )
        app.add_middleware(
            http.Door,
            check=self._check_host,
            forwarded=self._as_forwarded,
            sockets=self.sockets,
            refuse=self._refuse,
            start_refused=lambda: self._refused,
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
    def _machines(self) -> list[Machine[Any, Any]]:
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
        return None if self._draining else self._engine

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
        if self._engine is not None:
            durable = self._engine.record(caller, Access(code, time.monotonic()))
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

    # The start and the end.

    @contextlib.asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        try:
            engine = await self._start()
        except (StartRefused, LedgerUnavailable) as error:
            self._refused = str(error)
            raise
        counting = asyncio.create_task(_count(engine))
        try:
            yield
        finally:
            await self.drain()
            await self.tools.close()
            await self._stop_background()
            await self._stop_authentication()
            counting.cancel()
            await asyncio.gather(counting, return_exceptions=True)
            self._engine = None
            engine.count_refusals(everything=True)
            await engine.gate.aclose()
            await engine.journal.close()
            if self._discretion is not None:
                self._discretion.end()

    async def _start(self) -> Engine:
        problem = self.start_problem()
        if problem is not None:
            raise StartRefused(problem)
        secrets = self._secrets()
        common: dict[str, bool] = {"simulated": True} if self.simulated else {}
        opened = await open_ledger(self.settings.data, self.settings.ledger, common=common)
        journal = Metered(opened, self.metrics)
        memory = SqliteMemory(self.settings.data / MEMORY)
        budget = Budget(journal, {} if self.simulated else prices.read_prices())
        payloads = Payloads.of(self._machines) if self.settings.payloads else Payloads()
        gate = Gate(
            journal,
            simulate=self.simulated,
            memory=memory,
            budget=budget,
            payloads=payloads,
            secrets=secrets,
        )
        engine = Engine(journal, gate)
        background = Background(engine)
        machines = self._machines
        try:
            gate.warm(machines)
            await check_states(engine, machines, str(self.settings.data))
            await engine.answers.load()
            await engine.approvals.load()
            fields = server_started(self.name, self.program, machines, self.simulated)
            await journal.append("ServerStarted", fields)
            await self._start_authentication(journal, engine.approvals.holds)
            background.start(self.machines.values())
            for endpoint in self.sockets.values():
                background.follow(endpoint.served, endpoint.surface)
        except BaseException:
            await background.stop(0.0)
            await self._stop_authentication()
            await gate.aclose()
            await journal.close()
            raise
        if not self.own_server:
            unenforced(_log, [*self.sockets])
        self._draining = False
        self._discretion = Discretion(secrets.mask)
        self._discretion.begin()
        self._engine, self._background = engine, background
        return engine

    def _secrets(self) -> Secrets:
        """What the machines need. A simulated app is given placeholders: nothing leaves it."""
        if self.simulated:
            return Secrets.assumed()
        return secret.read(self._machines, os.environ, _log.warning)

    async def _start_authentication(self, ledger: Recorder, holds: Holds) -> None:
        prepare(self.settings.data)
        try:
            keys = Keys(self.settings.data)
        except KeyProblem as problem:
            raise StartRefused(str(problem)) from problem
        signing = self.settings.session_keys or (instance_key(self.settings.data, KEY_FILE),)
        oauth = None
        if self._oauth_paths() and self.settings.oauth is not None:
            oauth = OAuth(self.settings.oauth)
            oauth.start()
        self.authenticator = Authenticator(keys, Sessions(keys, signing), oauth)
        handlers = KeyChanges(keys, ledger, self._revoked).handlers | decisions(holds)
        self._admin = Admin(self.settings.data, handlers)
        await self._admin.start()

    async def _stop_authentication(self) -> None:
        if self._admin is not None:
            await self._admin.stop()
        if self.authenticator is not None and self.authenticator.oauth is not None:
            await self.authenticator.oauth.aclose()
        self._admin = self.authenticator = None

    def _oauth_paths(self) -> list[str]:
        """Of the surfaces that take tokens."""
        return [surface.path for surface in self.surfaces if "oauth" in surface.auth]

    def signed_out(self, session: str) -> None:
        """Whatever is open by the session ends now."""
        self._end(lambda principal: principal.session == session)

    def _revoked(self, key: Key) -> None:
        """Whatever is open by the key ends now."""
        self._end(lambda principal: principal.key == key.id)

    def _end(self, is_meant: Callable[[Principal], bool]) -> None:
        for connection in self._connections():
            if connection.principal is not None and is_meant(connection.principal):
                connection.revoke()
        if self.authenticator is not None:
            self.authenticator.end(is_meant)

    async def _stop_background(self) -> None:
        assert self._background is not None
        await self._background.stop(DRAIN)
        self._background = None

    async def drain(self) -> None:
        """Let running work end: at most `DRAIN` seconds, then 1012 to everybody."""
        self._draining = True
        if self._engine is not None:
            self._engine.approvals.holds.close()
        if self._background is not None:
            self._background.hush()
        for connection in self._connections():
            connection.stop()
        until = time.monotonic() + DRAIN + LAST_WORDS
        while self._connections() and time.monotonic() < until:
            await asyncio.sleep(0.01)
        if self._engine is not None:
            await self._engine.approvals.runs.close(max(0.0, until - LAST_WORDS - time.monotonic()))

    def _connections(self) -> list[Connection]:
        return [each for endpoint in self.sockets.values() for each in endpoint.connections]


async def _count(engine: Engine) -> None:
    while True:
        await asyncio.sleep(1.0)
        engine.count_refusals()


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
