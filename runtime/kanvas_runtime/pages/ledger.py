"""For a browser: the end of the ledger, and the story of one run."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, Response

from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.ledger import story
from kanvas_runtime.ledger.choice import content
from kanvas_runtime.ledger.glance import Glance
from kanvas_runtime.ledger.line import printable
from kanvas_runtime.ledger.record import Row
from kanvas_runtime.ledger_live import Place
from kanvas_runtime.ledger_requests import PATH, TEMPLATE, Asked
from kanvas_runtime.pages.assets import assets_of
from kanvas_runtime.pages.headers import PAGE
from kanvas_runtime.pages.host import PageHost
from kanvas_runtime.pages.templates import template

KINDS = (
    "SurfaceAccess",
    "RunStarted",
    "StepRun",
    "Decision",
    "GuardVerdict",
    "ConnectionOpened",
    "ConnectionClosed",
    "ServerStarted",
    "SegmentSealed",
)
_IN_RUNS = frozenset({"RunStarted", "StepRun", "Decision", "GuardVerdict"})
_NAMES = {
    "ServerStarted": "the server starts",
    "SurfaceAccess": "",
    "ConnectionOpened": "opened",
    "ConnectionClosed": "closed",
    "SegmentSealed": "a segment is sealed",
}
_WHERE = ("machine", "surface", "path", "app", "mode")
_HOW = ("close_code", "reason", "count")
_LAST = ("chain", "prev", "hash")
_SHOWN_ANYWAY = frozenset({"schema", "seq"})


@dataclass(frozen=True, slots=True)
class Line:
    """A record as the template lays it out. `depth`: of machines that call each other."""

    seq: int
    at: str
    clock: str
    kind: str
    what: str
    outcome: str
    run: str
    fields: Mapping[str, str]
    depth: int = 0


class LedgerViews:
    """See `ledger_requests.Views`."""

    def __init__(self, host: PageHost) -> None:
        self._host = host
        self._assets = assets_of(host.app, host.directory)
        self._template = template(host.directory, TEMPLATE)

    def ledger(self, viewer: Principal | None, asked: Asked, seen: Glance) -> Response:
        """The newest records, by what somebody asked for."""
        older = None
        if seen.before is not None:
            older = f"{PATH}?{urlencode({**asked.written, 'before': seen.before})}"
        turned = asked.written if asked.live else {**asked.written, "live": "1"}
        return self._page(
            viewer,
            run=None,
            lines=[_line(row) for row in seen.rows],
            end=seen.end,
            asked=asked,
            kinds=KINDS,
            older=older,
            turned=f"{PATH}?{urlencode(turned)}",
            script=self._assets.url("ledger.js") if asked.live and seen.end else None,
            follows=f"{PATH}/live?{urlencode({**asked.written, 'as': 'lines'})}",
            after=None if seen.end is None else _after(seen),
        )

    def lines(self, rows: list[Row]) -> list[dict[str, Any]]:
        """See `ledger_requests.Views`."""
        return [asdict(_line(row)) for row in rows]

    def run(self, viewer: Principal | None, run: str, rows: list[Row]) -> Response:
        """All that happened in it."""
        records = list(map(content, rows))
        told = story.told(records)
        lines = [
            _line(row, each.sentence, each.moment, each.depth)
            for row, each in zip(rows, told, strict=True)
        ]
        return self._page(viewer, run=run, title=story.title(records), lines=lines)

    def _page(self, viewer: Principal | None, **values: Any) -> Response:
        text = self._template.render(
            name=self._host.name,
            css=self._assets.url("page.css"),
            simulated=self._host.simulated,
            viewer=viewer,
            path=PATH,
            **values,
        )
        return HTMLResponse(text, headers=PAGE)


def _after(seen: Glance) -> Place:
    """Where what comes begins: a record may have come between the look at the end and the rest."""
    assert seen.end is not None
    newest = seen.rows[0].seq if seen.rows else 0
    return Place(seen.end.chain, max(seen.end.head.seq, newest))


def _line(row: Row, what: str | None = None, clock: str | None = None, depth: int = 0) -> Line:
    record = content(row)

    def text(name: str) -> str:
        return printable(str(record.get(name, "")))

    return Line(
        seq=row.seq,
        at=text("at"),
        clock=_clock(str(record.get("at", ""))) if clock is None else clock,
        kind=text("kind"),
        what=_what(record) if what is None else what,
        outcome=text("outcome") or text("verdict") or text("action"),
        run=text("run"),
        fields={printable(name): text(name) for name in _ordered(record)},
        depth=depth,
    )


def _what(record: Mapping[str, Any]) -> str:
    if record.get("kind") in _IN_RUNS:
        return story.sentence(record)
    where, how = (
        [str(record[name]) for name in names if record.get(name) not in (None, "")]
        for names in (_WHERE, _HOW)
    )
    name = _NAMES.get(str(record.get("kind")), str(record.get("kind", "")))
    return printable(" ".join([*where, *([name] if name else []), *how]))


def _ordered(record: Mapping[str, Any]) -> list[str]:
    """What a record says first, then its place in the chain."""
    last = [name for name in _LAST if name in record]
    return [*sorted(record.keys() - _SHOWN_ANYWAY - {*last}), *last]


def _clock(at: str) -> str:
    """The time of the day; the date, too, when it is another one."""
    try:
        moment = datetime.datetime.fromisoformat(at)
    except ValueError:
        return printable(at)
    today = datetime.datetime.now(datetime.UTC).date()
    return moment.strftime("%H:%M:%S" if moment.date() == today else "%Y-%m-%d %H:%M:%S")
