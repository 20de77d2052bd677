"""One page: GET shows, POST runs. Both end in the same template."""

from __future__ import annotations

import datetime
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from kanvas_runtime.approvals.runs import location
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.codec import decode_json, encode_json, public
from kanvas_runtime.codec.convert import convert
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.handshake import Denial, Knock, knock
from kanvas_runtime.http import DeniedResponse, key_of, read_body
from kanvas_runtime.machine import Machine, PageSurface, reached
from kanvas_runtime.pages import form, submission, view
from kanvas_runtime.pages.assets import Assets, assets_of
from kanvas_runtime.pages.headers import SAFE, with_nonce
from kanvas_runtime.pages.newest import Newest
from kanvas_runtime.pages.shape import Shape, record_shape
from kanvas_runtime.pages.templates import template
from kanvas_runtime.wishes import Notice

T = TypeVar("T")

_PRIVATE = {**SAFE, "Cache-Control": "no-store", "Vary": "Accept"}

_MOST_VIEWERS = 1_000
"""Principals whose newest result is held, where each has another."""


class Answer(Protocol):
    """What a machine answered: its output or a refusal."""

    @property
    def run(self) -> str: ...
    @property
    def body(self) -> bytes: ...
    @property
    def output(self) -> Record | None: ...
    @property
    def refusal(self) -> Refusal | None: ...
    @property
    def held(self) -> Notice | None: ...


class Host(Protocol):
    """What a page needs of the service that it is part of."""

    @property
    def app(self) -> Starlette: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def directory(self) -> Path:
        """The folder of the app, with `templates` and `static` in it."""
        ...

    async def guard_http(
        self, request: Request, surface: PageSurface
    ) -> Principal | Response | None:
        """Who asks, if anybody had to say; the refusal of who may not see the surface."""
        ...

    def denied(
        self, denial: Denial, request: Knock, surface: str, path: str | None = None
    ) -> DeniedResponse:
        """The answer to a refused request, which is recorded."""
        ...

    async def answer(
        self,
        machine: Machine[Any, Any],
        value: object,
        *,
        surface: str,
        path: str,
        principal: str | None,
        client: str = "",
        key: str | None = None,
    ) -> Answer: ...


def install(host: Host, machine: Machine[Any, Any], surface: PageSurface) -> None:
    """Adds the page's routes, and once for all pages that of the style sheet and the script.

    Raises `FileNotFoundError` when the app's own `templates` or `static` are not there.
    """
    page = Page(host, machine, surface, assets_of(host.app, host.directory))
    host.app.router.routes.append(Route(surface.path, page.handle, methods=["GET", "POST"]))


@dataclass(frozen=True)
class Shown:
    """What a view of the page is about: the form's text and what came of it."""

    filled: Mapping[str, str] | None = None
    refusal: Refusal | None = None
    result: dict[str, object] | None = None
    run: str | None = None
    at: str | None = None
    waiting: bool = False
    held: Notice | None = None


class Page:
    """The page of one machine."""

    def __init__(
        self, host: Host, machine: Machine[Any, Any], surface: PageSurface, assets: Assets
    ) -> None:
        self._host = host
        self._machine = machine
        self._surface = surface
        self._assets = assets
        self._input = record_shape(machine.input)
        self._output = record_shape(machine.output, surface.renders)
        self._template = template(host.directory, "page.html.jinja")
        self._build = _build(assets, self._input, self._output, surface.title)
        self._may_hold = any(each.policy.approval for each in reached([machine]))
        self._newest: OrderedDict[str | None, Newest[Shown]] = OrderedDict()
        self._last: OrderedDict[str | None, Shown] = OrderedDict()

    async def handle(self, request: Request) -> Response:
        """Any request to the page's path that its route lets through."""
        admitted = await self._host.guard_http(request, self._surface)
        if isinstance(admitted, Response):
            return admitted
        try:
            if request.method == "POST":
                return await self._post(request, admitted)
            return await self._get(request, admitted)
        except Refusal as refusal:
            denial = Denial(refusal, "send what the page's own form sends", STATUS[refusal.code])
            refused = self._host.denied(denial, knock(request.scope), "page", self._surface.path)
            refused.headers.update(_PRIVATE)
            return refused

    async def _get(self, request: Request, viewer: Principal | None) -> Response:
        if submission.wants_json(request):
            return _json(self._state())
        if self._input.fields:
            filled = form.prefilled(self._input, request.query_params)
            return self._html(Shown(filled=filled), viewer)
        if self._surface.by_hand:
            return self._html(self._last.get(_name(viewer), Shown()), viewer)
        return self._html(await self._latest(viewer), viewer)

    async def _latest(self, viewer: Principal | None) -> Shown:
        """One for all viewers, unless the machine looks at who asks."""
        who = viewer.name if viewer is not None and self._machine.by_principal else None
        newest = self._newest.get(who) or Newest(lambda: self._run({}, who))
        _keep(self._newest, who, newest)
        return await newest.get() or Shown(waiting=True)

    async def _post(self, request: Request, viewer: Principal | None) -> Response:
        submission.check_origin(request)
        body = await read_body(request, submission.LARGEST)
        who, client = _name(viewer), knock(request.scope).client
        if submission.is_json(request):
            key = key_of(request.headers)
            return _reply(await self._run(body, who, client=client, key=key))
        shown = await self._run_form(submission.texts(body), who, client)
        if shown.held is not None:
            return RedirectResponse(location(shown.held.run), status_code=303, headers=SAFE)
        return self._html(shown, viewer)

    async def _run_form(self, texts: Mapping[str, str], who: str | None, client: str) -> Shown:
        try:
            return await self._run(form.value_of(self._input, texts), who, texts, client)
        except form.Broken as broken:
            # The machine's own decoder refuses the same text: that is the attempt on the record.
            shown = await self._run(broken.text.encode(), who, texts, client)
            return Shown(texts, broken.refusal, run=shown.run)

    async def _run(
        self,
        value: object,
        who: str | None,
        filled: Mapping[str, str] | None = None,
        client: str = "",
        key: str | None = None,
    ) -> Shown:
        answer = await self._host.answer(
            self._machine,
            value,
            surface="page",
            path=self._surface.path,
            principal=who,
            client=client,
            key=key,
        )
        if answer.held is not None:
            return Shown(filled, run=answer.run, held=answer.held)
        if answer.refusal is not None:
            return Shown(filled, answer.refusal, run=answer.run)
        at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        output = answer.output  # absent from an answer that was kept
        if output is None:
            output = convert(decode_exact(answer.body), self._machine.output)
        result = decode_json(encode_json(public(output)))  # without what is secret
        shown = Shown(filled, None, msgspec.convert(result, dict[str, object]), answer.run, at)
        if self._surface.by_hand and not self._input.fields:
            _keep(self._last, who, shown)
        return shown

    def _state(self) -> dict[str, object]:
        return {"build": self._build, "simulated": self._host.simulated}

    def _html(self, shown: Shown, viewer: Principal | None) -> Response:
        refusal, result = shown.refusal, shown.result
        fields = form.controls(self._input, shown.filled, refusal)
        nonce = secrets.token_urlsafe(16)
        text = self._template.render(
            title=self._surface.title,
            machine=self._machine,
            shown=shown,
            controls=fields,
            may_hold=self._may_hold,
            asks=bool(fields) or self._surface.by_hand,
            general=refusal if refusal and not any(field.error for field in fields) else None,
            tiles=None if result is None else view.tiles(self._output, result),
            moment=shown.at and view.moment(shown.at),
            simulated=self._host.simulated,
            signed_in=viewer if viewer is not None and viewer.session is not None else None,
            live=self._surface.live,
            assets=self._assets,
            nonce=nonce,
            data={
                **self._state(),
                "live": self._surface.live,
                "by_hand": self._surface.by_hand,
                "follows": self._surface.follows,
                "output": self._output.json(),
                "result": result,
                "at": shown.at,
            },
        )
        status = STATUS[refusal.code] if refusal else 200
        return HTMLResponse(text, status_code=status, headers=with_nonce(nonce))


def _name(viewer: Principal | None) -> str | None:
    return None if viewer is None else viewer.name


def _keep(kept: OrderedDict[str | None, T], who: str | None, value: T) -> None:
    """Keeps what belongs to a principal, and forgets who has not been here for longest."""
    kept[who] = value
    kept.move_to_end(who)
    if len(kept) > _MOST_VIEWERS:
        kept.popitem(last=False)


def _build(assets: Assets, *parts: Shape | str) -> str:
    """A name for what the page was made of, so that an open page notices a newer program."""
    told = "\n".join((assets.digest, *(repr(part) for part in parts)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def _reply(shown: Shown) -> Response:
    """The answer to the page's own script, shaped as on every other surface."""
    if shown.held is not None:
        reply = _json({"held": shown.held._asdict()}, 202)
        reply.headers["Location"] = location(shown.held.run)
        return reply
    if shown.refusal is not None:
        return _json(shown.refusal.body(run=shown.run or None), STATUS[shown.refusal.code])
    return _json(shown.result)


def _json(value: object, status: int = 200) -> Response:
    return Response(encode_json(value), status, headers=_PRIVATE, media_type="application/json")
