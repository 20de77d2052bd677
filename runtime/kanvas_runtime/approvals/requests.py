"""Over HTTP: what waits for a person, the decision, and what a run that was held came to.

    GET  /_kanvas/approvals          what waits; JSON, or a page for a browser
    POST /_kanvas/approvals/{hold}   {"decision": "approve" or "deny", "reason"?, "digest"?}
    GET  /_kanvas/runs/{run}         202 as long as it goes on, then its answer

The first two need the scope `approvals:decide`, on every app: whoever came without credentials is
the principal of somebody's run as well. The third lets in who may use the run's own surface, and
shows a run to the principal that asked for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from kanvas_runtime.approvals.approvals import Approvals
from kanvas_runtime.approvals.changes import told
from kanvas_runtime.approvals.hold import Choice, Hold
from kanvas_runtime.approvals.runs import PATH as RUNS
from kanvas_runtime.approvals.runs import HeldRun
from kanvas_runtime.auth.authenticator import Authenticator, Denied, Guarded
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.codec import convert, encode_json, public
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Served
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.handshake import Denial, Knock, check_origin, knock
from kanvas_runtime.http import CLOSED, DeniedResponse, is_person, read_body, wants_page
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.machine import Machine
from kanvas_runtime.plain import error_text, held_text

PATH = "/_kanvas/approvals"
DECIDE = "approvals:decide"
"""The scope of who decides."""

TEMPLATE = "approvals.html.jinja"
SURFACE = "approvals"
AUTH = ("api_key", "session")
_LARGEST = 16 * 1024
_PRIVATE = {"Cache-Control": "no-store", "Vary": "Accept, Cookie"}


class Host(Protocol):
    """What these requests need of the service."""

    @property
    def app(self) -> Starlette: ...
    @property
    def name(self) -> str: ...
    @property
    def directory(self) -> Path: ...
    @property
    def simulated(self) -> bool: ...

    @property
    def authenticator(self) -> Authenticator | None:
        """None before the start and after the end."""
        ...

    @property
    def approvals(self) -> Approvals | None:
        """None while nothing may be served."""
        ...

    def surface_of(self, kind: str, path: str, machine: str) -> Guarded | None:
        """The surface that a run came by, as long as there is one."""
        ...

    @property
    def machines(self) -> Mapping[str, Served]:
        """By name."""
        ...

    def denied(self, denial: Denial, request: Knock, surface: str) -> DeniedResponse:
        """The answer to a refused request, which is recorded."""
        ...

    async def entered(
        self, principal: Principal | None, path: str, surface: str
    ) -> Response | None:
        """Record that somebody was let in; the refusal when that cannot be."""
        ...


class Door(NamedTuple):
    """Who may come, as surfaces say it."""

    path: str
    auth: tuple[str, ...]
    scopes: tuple[str, ...]


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """What a person says. `digest`: of the arguments that were shown."""

    decision: Choice
    reason: str | None = None
    digest: str | None = None


class Views(Protocol):
    """The same for a browser."""

    def approvals(
        self, viewer: Principal, waiting: Sequence[Hold], problem: Refusal | None
    ) -> Response: ...

    def run(
        self, run: HeldRun, machine: Machine[Any, Any], output: bytes | None, waits: bool
    ) -> Response: ...


def install(host: Host) -> ApprovalRequests:
    """Adds the routes. An app that has no pages shows JSON to browsers, too."""
    views = None
    if (host.directory / "templates" / TEMPLATE).is_file():
        from kanvas_runtime import pages  # an app without a page needs no templates

        views = pages.ApprovalViews(host)
    requests = ApprovalRequests(host, views)
    host.app.router.routes.extend(requests.routes)
    return requests


class ApprovalRequests:
    """The three of them."""

    def __init__(self, host: Host, views: Views | None) -> None:
        self._host = host
        self._views = views

    @property
    def has_pages(self) -> bool:
        """Whether browsers are shown more than JSON."""
        return self._views is not None

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(PATH, self._list, methods=["GET"]),
            Route(PATH + "/{hold}", self._decide, methods=["POST"]),
            Route(RUNS + "{run}", self._run, methods=["GET"]),
        ]

    async def _list(self, request: Request) -> Response:
        try:
            approvals, viewer = await self._admit(request)
        except Denied as denied:
            return await self._unknown(request, denied)
        refused = await self._host.entered(viewer, PATH, SURFACE)
        if refused is not None:
            return refused
        if self._views is not None and wants_page(request):
            return self._views.approvals(viewer, approvals.holds.open, None)
        waiting = [told(hold) for hold in approvals.holds.open]
        return JSONResponse({"approvals": waiting}, headers=_PRIVATE)

    async def _decide(self, request: Request) -> Response:
        is_form = self._views is not None and _is_form(request)
        try:
            approvals, viewer = await self._admit(request)
        except Denied as denied:
            return self._denied(request, denied)
        id_ = request.path_params["hold"]
        try:
            said = _said(await read_body(request, _LARGEST), is_form)
            decided = await approvals.holds.decide(
                id_, said.decision, viewer.name, reason=said.reason, digest=said.digest
            )
        except Refusal as refusal:
            return self._refused(request, viewer, refusal, is_form)
        except LedgerUnavailable:
            message = "this could not be recorded, and nothing is decided unrecorded"
            return self._refused(request, viewer, Refusal("overloaded", message), is_form)
        refused = await self._host.entered(viewer, PATH, SURFACE)
        if refused is not None:
            return refused
        if is_form:
            return RedirectResponse(PATH, status_code=303)
        done = {"hold": id_, "verdict": decided.verdict, "decider": decided.decider}
        return JSONResponse(done, headers=_PRIVATE)

    def _refused(
        self, request: Request, viewer: Principal, refusal: Refusal, is_form: bool
    ) -> Response:
        """Whoever may decide could not decide this."""
        denial = Denial.of(refusal.code, refusal.message, "see what waits: approvals list")
        response = self._host.denied(denial, knock(request.scope), SURFACE)
        if is_form and self._views is not None and self._host.approvals is not None:
            page = self._views.approvals(viewer, self._host.approvals.holds.open, refusal)
            page.status_code = STATUS[refusal.code]
            return page
        return response

    async def _run(self, request: Request) -> Response:
        approvals = self._host.approvals
        try:
            if approvals is None:
                raise Denied(CLOSED)
            found = await approvals.runs.find(request.path_params["run"])
            if found is None:
                raise Denied(_UNKNOWN)
            held, notice = found
            viewer = await self._admit_to(request, held)
        except Denied as denied:
            return self._denied(request, denied)
        except LedgerUnavailable:
            message = "what was kept cannot be read"
            return self._denied(request, Denied(Denial.of("overloaded", message, "see /readyz")))
        refused = await self._host.entered(viewer, RUNS.rstrip("/"), SURFACE)
        if refused is not None:
            return refused
        output = self._output(held)
        if self._views is not None and wants_page(request):
            machine = self._host.machines[held.machine].machine
            return self._views.run(held, machine, output, notice is not None)
        if not held.has_ended:
            text = f'{{"running":{{"run":"{held.run}"}}}}' if notice is None else held_text(notice)
            return _json(text.encode(), 202)
        if held.refusal is not None:
            body = error_text(held.refusal, held.run).encode()
            return _json(body, STATUS[held.refusal.code])
        return _json(output or b"null", 200)

    def _output(self, held: HeldRun) -> bytes | None:
        """A page shows no secrets, so neither does what came of a run that was begun there."""
        served = self._host.machines.get(held.machine)
        if held.output is None or served is None or held.surface != "page":
            return None if held.output is None else held.output.encode()
        output: Record = convert(decode_exact(held.output), served.machine.output)
        return encode_json(public(output))

    # Who may come.

    async def _admit(self, request: Request) -> tuple[Approvals, Principal]:
        """Whoever decides; raises `Denied`."""
        approvals, authenticator = self._host.approvals, self._host.authenticator
        tokens = () if authenticator is None or authenticator.oauth is None else ("oauth",)
        principal = await self._known(request, Door(PATH, (*AUTH, *tokens), (DECIDE,)))
        if approvals is None or principal is None:
            raise Denied(CLOSED)
        return approvals, principal

    async def _admit_to(self, request: Request, held: HeldRun) -> Principal | None:
        """Whoever asked for the run; to others there is none. Raises `Denied`."""
        surface = self._host.surface_of(held.surface, held.path, held.machine)
        if surface is None:
            raise Denied(_UNKNOWN)
        door = Door(request.url.path, surface.auth, surface.scopes)
        principal = await self._known(request, door)
        if (None if principal is None else principal.name) != held.principal:
            raise Denied(_UNKNOWN)
        return principal

    async def _known(self, request: Request, door: Door) -> Principal | None:
        seen = knock(request.scope)
        authenticator = self._host.authenticator
        if authenticator is None:
            raise Denied(CLOSED)
        denial = check_origin(seen, (), "use this app's own page")
        if denial is not None:
            raise Denied(denial)
        return await authenticator.admit(request.scope, seen, door)

    def _denied(self, request: Request, denied: Denied) -> DeniedResponse:
        return self._host.denied(denied.denial, knock(request.scope), SURFACE)

    async def _unknown(self, request: Request, denied: Denied) -> Response:
        """A person who looks and has not signed in can do so."""
        response = self._denied(request, denied)
        unknown = denied.denial.status == STATUS["unauthenticated"]
        if self._views is None or not unknown or not is_person(request):
            return response
        await response.wait()
        return RedirectResponse(f"/_kanvas/sign-in?next={PATH}", status_code=303)


_UNKNOWN = Denial.of(
    "not_found", "there is no such run, or none of yours", "results are kept for a day"
)


def _said(body: bytes, is_form: bool) -> Decision:
    from kanvas_runtime.pages.submission import texts

    try:
        if is_form:
            given: Mapping[str, Any] = {k: v for k, v in texts(body).items() if v}
            return msgspec.convert(given, Decision)
        return msgspec.json.decode(body, type=Decision)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        message = (
            'send {"decision": "approve"} or {"decision": "deny"}, with a "reason" if you like'
        )
        raise Refusal("invalid_input", message) from error


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, headers=_PRIVATE, media_type="application/json")
