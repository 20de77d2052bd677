"""Over HTTP: the end of the ledger, and what happened in one run.

    GET /_kanvas/ledger          the newest records; JSON, or a page for a browser
    GET /_kanvas/ledger/{run}    the records of one run, in their order
    GET /_kanvas/ledger/live     records as they come; see `ledger_live.py`

All take the scope `ledger:read`. While no surface of the app says `auth`, all of it serves its own
machine only, and so do these.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from kanvas_runtime import operators
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.engine import Engine
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.http import STOPPING, is_person, wants_page
from kanvas_runtime.ledger.choice import Choice, content
from kanvas_runtime.ledger.glance import Glance, glance, of_run
from kanvas_runtime.ledger.postgres.address import Source
from kanvas_runtime.ledger.reader import NoLedger
from kanvas_runtime.ledger.record import Row
from kanvas_runtime.ledger.since import instant
from kanvas_runtime.ledger_live import HEADERS, MEDIA_TYPE, Place, Streams, state_of

SCOPE = "ledger:read"
PATH = "/_kanvas/ledger"
OFFICE = operators.Office("ledger", PATH, (SCOPE,))
TEMPLATE = "ledger.html.jinja"

COUNT, MOST = 50, 500
_FILTERS = ("machine", "outcome", "kind", "since")
_PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept, Cookie"}
_ONE_LOOK = 60.0
"""Seconds in which all that somebody looks at is one look: a page that follows the ledger would
otherwise see little else than itself."""
_MOST_VIEWERS = 1_000

T = TypeVar("T")


class Host(operators.Host, Protocol):
    """What these requests need of the service."""

    name: str

    @property
    def directory(self) -> Path: ...

    @property
    def engine(self) -> Engine | None: ...

    @property
    def records(self) -> Source:
        """Where the ledger is."""
        ...

    @property
    def simulated(self) -> bool: ...

    @property
    def serves_itself(self) -> bool:
        """Whether no surface says who may come, so that all of them serve their own machine."""
        ...

    async def entered(
        self, principal: Principal | None, path: str, surface: str
    ) -> Response | None:
        """Record that somebody was let in; the refusal when that cannot be."""
        ...


class Asked(Struct, frozen=True):
    """What somebody wants to see, as it was written."""

    written: dict[str, str]
    choice: Choice
    count: int
    before: int | None
    live: bool


class Views(Protocol):
    """The same for a browser."""

    def ledger(self, viewer: Principal | None, asked: Asked, seen: Glance) -> Response: ...

    def run(self, viewer: Principal | None, run: str, rows: list[Row]) -> Response: ...

    def lines(self, rows: list[Row]) -> list[dict[str, Any]]:
        """What stands in the lines of its table."""
        ...


class LedgerRequests:
    """The three of them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._live = Streams(lambda: host.records, lambda: host.engine)
        self._seen: OrderedDict[str | None, float] = OrderedDict()

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(PATH, self._ledger, methods=["GET"]),
            Route(PATH + "/live", self._follow, methods=["GET"]),
            Route(PATH + "/{run}", self._run, methods=["GET"]),
        ]

    @cached_property
    def _views(self) -> Views | None:
        """None in an app that has no pages; made when somebody looks."""
        if not has_pages(self._host.directory):
            return None
        from kanvas_runtime import pages

        return pages.LedgerViews(self._host)

    async def _ledger(self, request: Request) -> Response:
        viewer = await self._admit(request)
        if isinstance(viewer, Response):
            return viewer
        try:
            asked = _asked(request)
            chain = self._chain()
            seen = await _aside(
                lambda: glance(self._host.records, chain, asked.choice, asked.count, asked.before)
            )
        except Refusal as refusal:
            return JSONResponse(refusal.body(), STATUS[refusal.code], headers=_PRIVATE)
        if self._views is not None and wants_page(request):
            return self._views.ledger(viewer, asked, seen)
        return JSONResponse(_told(seen), headers=_PRIVATE)

    async def _follow(self, request: Request) -> Response:
        viewer = await self._admit(request)
        if isinstance(viewer, Response):
            return viewer
        views = self._views if request.query_params.get("as") == "lines" else None
        after = request.query_params.get("after")
        try:
            events = self._live.begun(
                _asked(request).choice,
                Place.read(after) if after else None,
                None if views is None else views.lines,
                lambda: STOPPING in request.scope and request.scope[STOPPING].is_set(),
            )
        except Refusal as refusal:
            return JSONResponse(refusal.body(), STATUS[refusal.code], headers=_PRIVATE)
        return StreamingResponse(events, media_type=MEDIA_TYPE, headers=HEADERS)

    async def _run(self, request: Request) -> Response:
        viewer = await self._admit(request)
        if isinstance(viewer, Response):
            return viewer
        run = request.path_params["run"]
        try:
            rows = await _aside(lambda: of_run(self._host.records, run))
            if not rows:
                raise Refusal("not_found", "no record is about such a run")
        except Refusal as refusal:
            return JSONResponse(refusal.body(), STATUS[refusal.code], headers=_PRIVATE)
        if self._views is not None and wants_page(request):
            return self._views.run(viewer, run, rows)
        return JSONResponse({"run": run, "records": list(map(content, rows))}, headers=_PRIVATE)

    def _chain(self) -> str:
        """The one that this process writes."""
        engine = self._host.engine
        if engine is None:
            raise Refusal("overloaded", "the server is starting or stopping")
        return engine.journal.chain

    async def _admit(self, request: Request) -> Principal | Response | None:
        """Who looks; the refusal of who may not."""
        host = self._host
        admitted = await operators.admit(host, request, OFFICE, local=host.serves_itself)
        if isinstance(admitted, Response):
            unknown = admitted.status_code == STATUS["unauthenticated"]
            if self._views is None or not unknown or not is_person(request):
                return admitted
            return RedirectResponse(f"/_kanvas/sign-in?next={PATH}", status_code=303)
        if not self._is_new(None if admitted is None else admitted.name):
            return admitted
        refused = await host.entered(admitted, PATH, OFFICE.name)
        return admitted if refused is None else refused

    def _is_new(self, viewer: str | None) -> bool:
        """Whether it is long since that one looked."""
        now = time.monotonic()
        if now - self._seen.get(viewer, -_ONE_LOOK) < _ONE_LOOK:
            return False
        self._seen[viewer] = now
        self._seen.move_to_end(viewer)
        if len(self._seen) > _MOST_VIEWERS:
            self._seen.popitem(last=False)
        return True


def has_pages(directory: Path) -> bool:
    """Whether an app in this directory can show the ledger to a browser."""
    return (directory / "templates" / TEMPLATE).is_file()


def _asked(request: Request) -> Asked:
    """Raises `Refusal` for what makes no sense."""
    given = request.query_params
    written = {name: given[name].strip() for name in _FILTERS if given.get(name, "").strip()}
    since = written.get("since")
    try:
        moment = None if since is None else instant(since, datetime.now(UTC))
    except ValueError as error:
        raise Refusal("invalid_input", str(error), field="since") from None
    outcome, kind = written.get("outcome"), written.get("kind")
    choice = Choice(moment, written.get("machine"), outcome, kind=kind)
    before = _number(given.get("before"), "before", 2**53)
    count = _number(given.get("limit"), "limit", MOST) or COUNT
    return Asked(written, choice, count, before, bool(given.get("live")) and before is None)


def _number(text: str | None, name: str, most: int) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= most):
        raise Refusal("invalid_input", f"{name} is a number from 1 to {most}", field=name)
    return int(text)


async def _aside(look: Callable[[], T]) -> T:
    """Read beside the loop, which has others to serve."""
    try:
        return await asyncio.to_thread(look)
    except NoLedger:
        raise Refusal("overloaded", "the ledger cannot be read") from None


def _told(seen: Glance) -> dict[str, Any]:
    end = seen.end
    told: dict[str, Any] = {"records": list(map(content, seen.rows)), "before": seen.before}
    if end is not None:
        told["chain"] = {"id": end.chain, "checked": end.since, **state_of(end)}
    return told
