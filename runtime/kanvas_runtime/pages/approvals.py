"""For a browser: what waits for a person, with two buttons, and what became of a run."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from starlette.responses import HTMLResponse, Response

from kanvas_runtime.approvals.hold import LONGEST_REASON, Hold
from kanvas_runtime.approvals.runs import HeldRun
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.machine import Machine
from kanvas_runtime.pages.assets import assets_of
from kanvas_runtime.pages.headers import PAGE
from kanvas_runtime.pages.host import PageHost
from kanvas_runtime.pages.shape import Shape, record_shape
from kanvas_runtime.pages.templates import template
from kanvas_runtime.pages.view import View, moment, tiles, view


@dataclass(frozen=True, slots=True)
class Waiting:
    """A hold as the template lays it out. `own`: the viewer may not decide about it.

    `arguments`: what is in them, however deep, in the open: nobody approves what is folded away.
    """

    hold: Hold
    arguments: tuple[View, ...]
    since: str
    until: str
    own: bool


class ApprovalViews:
    """See `approvals.requests.Views`."""

    def __init__(self, host: PageHost) -> None:
        self._host = host
        self._assets = assets_of(host.app, host.directory)
        self._approvals = template(host.directory, "approvals.html.jinja")
        self._run = template(host.directory, "run.html.jinja")

    def approvals(
        self, viewer: Principal, waiting: Sequence[Hold], problem: Refusal | None
    ) -> Response:
        """All that waits, the oldest first."""
        text = self._approvals.render(
            title=self._host.name,
            css=self._assets.url("page.css"),
            simulated=self._host.simulated,
            own_css=self._assets.url("approvals.css"),
            viewer=viewer,
            problem=problem,
            longest=LONGEST_REASON,
            waiting=[_shown(hold, viewer) for hold in waiting],
        )
        return HTMLResponse(text, headers=PAGE)

    def run(
        self, run: HeldRun, machine: Machine[Any, Any], output: bytes | None, waits: bool
    ) -> Response:
        """It goes on, perhaps waiting for a person, or has come to this."""
        result = None if output is None else msgspec.json.decode(output, type=dict[str, object])
        text = self._run.render(
            title=machine.title or machine.name,
            css=self._assets.url("page.css"),
            simulated=self._host.simulated,
            run=run,
            waits=waits,
            back=run.path if run.surface == "page" else None,
            tiles=None if result is None else tiles(record_shape(machine.output), result),
        )
        code = 200 if run.has_ended else 202
        status = STATUS[run.refusal.code] if run.refusal else code
        return HTMLResponse(text, status_code=status, headers=PAGE)


def _shown(hold: Hold, viewer: Principal) -> Waiting:
    own = hold.principal == viewer.name and not hold.by_self
    return Waiting(hold, tuple(_open(hold.said)), _moment(hold.at), _moment(hold.until), own)


def _open(value: object, path: str = "") -> Iterator[View]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _open(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        text = json.dumps(value, indent=2, ensure_ascii=False)
        yield View("json", title=text, label=path)
    else:
        yield replace(view(Shape("any"), value), label=path)


def _moment(seconds: float) -> str:
    return moment(datetime.datetime.fromtimestamp(seconds, datetime.UTC).isoformat())
