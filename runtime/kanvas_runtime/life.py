"""What lives as long as the server runs: it begins in an order, and ends in the other one."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from kanvas_runtime import prices, secret
from kanvas_runtime.approvals.changes import decisions
from kanvas_runtime.approvals.holds import Holds
from kanvas_runtime.asgi import Connection
from kanvas_runtime.auth.admin import Admin
from kanvas_runtime.auth.authenticator import Authenticator
from kanvas_runtime.auth.changes import KeyChanges
from kanvas_runtime.auth.keys import Key, KeyProblem, Keys
from kanvas_runtime.auth.oauth import OAuth
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.auth.sessions import KEY_FILE, Sessions
from kanvas_runtime.background import Background, check_states
from kanvas_runtime.budget import Budget
from kanvas_runtime.engine import Engine
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger import LedgerUnavailable, Recorder
from kanvas_runtime.ledger.directory import instance_key, prepare
from kanvas_runtime.ledger.opening import open_ledger
from kanvas_runtime.logs import Discretion
from kanvas_runtime.memory.sqlite import DATABASE as MEMORY
from kanvas_runtime.memory.sqlite import SqliteMemory
from kanvas_runtime.metrics import Metered
from kanvas_runtime.payloads import Payloads, telling_secrets
from kanvas_runtime.secret import Secrets
from kanvas_runtime.session import DRAIN
from kanvas_runtime.start import StartRefused, server_started, unenforced

if TYPE_CHECKING:
    from kanvas_runtime.service import Service

_log = logging.getLogger("kanvas.service")

LAST_WORDS = 2.0
"""Seconds beyond `DRAIN` for closing handshakes when the server stops."""


class Life:
    """`engine` and `authenticator` are there from the start to the end; `draining` says that the
    end has come near, `refused` why there was no start, in words for the operator."""

    def __init__(self, service: Service) -> None:
        self.engine: Engine | None = None
        self.authenticator: Authenticator | None = None
        self.draining = False
        self.refused: str | None = None
        self._service = service
        self._background: Background | None = None
        self._admin: Admin | None = None
        self._discretion: Discretion | None = None

    @contextlib.asynccontextmanager
    async def span(self, _app: object) -> AsyncIterator[None]:
        """ASGI: the app is served inside of it."""
        try:
            engine = await self._start()
        except (StartRefused, LedgerUnavailable) as error:
            self.refused = str(error)
            raise
        counting = asyncio.create_task(_count(engine))
        try:
            yield
        finally:
            await self.drain()
            await self._service.tools.close()
            await self._stop_background()
            await self._stop_authentication()
            counting.cancel()
            await asyncio.gather(counting, return_exceptions=True)
            self.engine = None
            engine.count_refusals(everything=True)
            await engine.gate.aclose()
            await engine.journal.close()
            if self._discretion is not None:
                self._discretion.end()

    async def _start(self) -> Engine:
        service, settings = self._service, self._service.settings
        problem = service.start_problem()
        if problem is not None:
            raise StartRefused(problem)
        secrets = self._secrets()
        common: dict[str, bool] = {"simulated": True} if service.simulated else {}
        opened = await open_ledger(settings.data, settings.ledger, common=common)
        journal = Metered(opened, service.metrics)
        memory = SqliteMemory(settings.data / MEMORY)
        budget = Budget(journal, {} if service.simulated else prices.read_prices())
        payloads = Payloads.of(service.served_machines) if settings.payloads else Payloads()
        gate = Gate(
            journal,
            simulate=service.simulated,
            memory=memory,
            budget=budget,
            payloads=payloads,
            secrets=secrets,
        )
        engine = Engine(journal, gate)
        background = Background(engine)
        machines = service.served_machines
        try:
            gate.warm(machines)
            await check_states(engine, machines, str(settings.data))
            engine.secretive = telling_secrets(machines)
            await engine.answers.load()
            await engine.approvals.load()
            fields = server_started(service.name, service.program, machines, service.simulated)
            await journal.append("ServerStarted", fields)
            await self._start_authentication(journal, engine.approvals.holds)
            background.start(service.machines.values())
            for endpoint in service.sockets.values():
                background.follow(endpoint.served, endpoint.surface)
        except BaseException:
            await background.stop(0.0)
            await self._stop_authentication()
            await gate.aclose()
            await journal.close()
            raise
        if not service.own_server:
            unenforced(_log, [*service.sockets])
        self.draining = False
        self._discretion = Discretion(secrets.mask)
        self._discretion.begin()
        self.engine, self._background = engine, background
        return engine

    def _secrets(self) -> Secrets:
        """What the machines need. A simulated app is given placeholders: nothing leaves it."""
        if self._service.simulated:
            return Secrets.assumed()
        return secret.read(self._service.served_machines, os.environ, _log.warning)

    async def _start_authentication(self, ledger: Recorder, holds: Holds) -> None:
        settings = self._service.settings
        prepare(settings.data)
        try:
            keys = Keys(settings.data)
        except KeyProblem as problem:
            raise StartRefused(str(problem)) from problem
        signing = settings.session_keys or (instance_key(settings.data, KEY_FILE),)
        oauth = None
        if self._service.oauth_paths() and settings.oauth is not None:
            oauth = OAuth(settings.oauth)
            oauth.start()
        self.authenticator = Authenticator(keys, Sessions(keys, signing), oauth)
        handlers = KeyChanges(keys, ledger, self._revoked).handlers | decisions(holds)
        self._admin = Admin(settings.data, handlers)
        await self._admin.start()

    async def _stop_authentication(self) -> None:
        if self._admin is not None:
            await self._admin.stop()
        if self.authenticator is not None and self.authenticator.oauth is not None:
            await self.authenticator.oauth.aclose()
        self._admin = self.authenticator = None

    def _revoked(self, key: Key) -> None:
        """Whatever is open by the key ends now."""
        self.end(lambda principal: principal.key == key.id)

    def end(self, is_meant: Callable[[Principal], bool]) -> None:
        """Whatever is open by such a principal ends now."""
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
        self.draining = True
        if self.engine is not None:
            self.engine.approvals.holds.close()
        if self._background is not None:
            self._background.hush()
        for connection in self._connections():
            connection.stop()
        until = time.monotonic() + DRAIN + LAST_WORDS
        while self._connections() and time.monotonic() < until:
            await asyncio.sleep(0.01)
        if self.engine is not None:
            await self.engine.approvals.runs.close(max(0.0, until - LAST_WORDS - time.monotonic()))

    def _connections(self) -> list[Connection]:
        return [
            each for endpoint in self._service.sockets.values() for each in endpoint.connections
        ]


async def _count(engine: Engine) -> None:
    while True:
        await asyncio.sleep(1.0)
        engine.count_refusals()
