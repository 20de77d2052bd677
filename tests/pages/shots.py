"""Pictures of the examples' pages: `python -m tests.pages.shots` writes them to `docs/screenshots`.

Each example is built and served as a user does, with assumed answers where it asks somebody, and
then looked at in Chromium. `python -m tests.pages.shots counter` makes those of one example only.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser import Browser, Page
from tests.e2e.apps import EXAMPLES, ROOT, App, build

FOLDER = ROOT / "docs" / "screenshots"
PHONE, DESK, WALL = 360, 1200, 1680
Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Shot:
    """One page of an example: what is sent to sockets before, and what is filled in.

    `simulated`: its steps ask a model or another host.
    """

    path: str
    before: Mapping[str, Messages] = field(default_factory=dict)
    fill: Mapping[str, str | bool] = field(default_factory=dict)
    runs: int = 1
    simulated: bool = False


TICKETS: Messages = (
    {"open": "The printer on the second floor is out of toner", "urgent": False},
    {"open": "Nobody can sign in", "urgent": True},
    {"open": "A new keyboard for Ines", "urgent": False},
    {"open": "The backup of Tuesday is missing", "urgent": True},
    {"close": 1},
    {"open": "The projector shows green only", "urgent": False},
)
ESSAYS = [
    {"student": "Ada", "text": "Leaves fall because the tree rests in winter."},
    {"student": "Ben", "text": ""},
    {"student": "Zoe", "text": "They fall because it gets cold and dark."},
]
REFERENCE = Shot("/docs", simulated=True)
"""Where an example has no page: what every app says of itself."""

SHOTS: Mapping[str, Shot] = {
    "chat_memory": Shot(
        "/", fill={"message": "My cat is called Miso. What should I feed her?"}, simulated=True
    ),
    "counter": Shot("/", fill={"step": "3"}, runs=4),
    "export_job": REFERENCE,
    "essay_grading": Shot(
        "/",
        fill={"question": "Why do leaves fall?", "essays": json.dumps(ESSAYS, indent=2)},
        simulated=True,
    ),
    "exchange_rates": Shot("/", fill={"amount": "1284.50", "currency": "CHF"}, simulated=True),
    "live_metrics": REFERENCE,
    "order_pipeline": Shot(
        "/",
        fill={"customer": "Ada Berg", "lines": '[{"sku": "tea", "amount": 2}]', "country": "AT"},
    ),
    "parcel_api": REFERENCE,
    "partner_report": Shot(
        "/report", fill={"account": "AB1234", "pin": "246810", "month": "2026-04"}, simulated=True
    ),
    "press_desk": Shot(
        "/",
        fill={"note": "Version 2 is out.", "contact": "ada@example.com"},
        simulated=True,
    ),
    "price_ticker": REFERENCE,
    "refunds": Shot("/refunds", fill={"order": "A-8", "amount": "250"}),
    "shipping": Shot(
        "/", fill={"country": "at", "weight": "4.5", "express": True, "code": "ABC123"}
    ),
    "support_chat": REFERENCE,
    "support_dashboard": Shot("/dashboard", before={"/ws/desk": TICKETS}),
    "system_dashboard": Shot("/dashboard", before={"/ws/metrics": [{}] * 60}),
    "temperature_alarm": Shot(
        "/alarms",
        before={
            "/ws/readings": [{"room": "attic", "celsius": 34.5}, {"room": "cellar", "celsius": 31}]
        },
    ),
    "translation_desk": Shot("/", fill={"text": "Good day"}, simulated=True),
    "ticket_triage": Shot(
        "/",
        fill={
            "subject": "How do I export?",
            "message": "We are moving to another tool and need all of our data by Friday.",
            "plan": "team",
        },
        simulated=True,
    ),
}
SIZES: Mapping[str, Sequence[tuple[int, str]]] = {
    "system_dashboard": [(w, s) for w in (PHONE, DESK, WALL) for s in ("light", "dark")],
    "ticket_triage": [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")],
}
"""Examples that are shown in other sizes and themes than the one of all."""


_LIVE = "document.getElementById('status').dataset.state === 'live'"
_READY = {REFERENCE.path: "document.querySelector('.console, #contents a')"}


def name_of(example: str, width: int, scheme: str) -> str:
    """The picture's file name; the plain one is that of a desk by day."""
    size = {PHONE: "-phone", WALL: "-wall"}.get(width, "")
    return f"{example}{size}{'-dark' if scheme == 'dark' else ''}.png"


def names(example: str) -> list[str]:
    """The names of an example's pictures."""
    return [name_of(example, *look) for look in SIZES.get(example, [(DESK, "light")])]


def make(browser: Browser, example: str, folder: Path) -> None:
    """Builds and serves an example, and writes its pictures."""
    shot = SHOTS[example]
    with tempfile.TemporaryDirectory() as place:
        built = build(EXAMPLES / example / "app.kanvas", Path(place) / "app")
        options = ["--simulate"] if shot.simulated else []
        with App(built, Path(place) / "data", *options) as app:
            _talk(app, shot.before)
            for number, (width, scheme) in enumerate(SIZES.get(example, [(DESK, "light")])):
                with browser.page() as page:
                    page.size(width, 760)
                    page.scheme(scheme)
                    page.goto(app.page(shot.path))
                    page.wait(_READY.get(shot.path, _LIVE))
                    _use(page, shot, 1 if number else shot.runs)
                    _whole(page, width)
                    page.screenshot(folder / name_of(example, width, scheme))


def _talk(app: App, before: Mapping[str, Messages]) -> None:
    for path, messages in before.items():
        with app.connect(path) as socket:
            for message in messages:
                socket.send(json.dumps(message))
                socket.recv(timeout=60)


def _use(page: Page, shot: Shot, runs: int) -> None:
    """Fills the form and runs; without one, waits for a few results."""
    if shot is REFERENCE:
        return
    if not shot.fill:
        page.evaluate("new Promise((done) => setTimeout(done, 5000))")
        return
    for name, value in shot.fill.items():
        page.fill(name, value)
    for _ in range(runs):
        page.click(".run")
        page.wait("document.querySelector('.tile, #held:not([hidden])')")
        page.wait("document.querySelector('.run').textContent === 'Run'")
    page.evaluate("void (document.activeElement.blur(), scrollTo(0, 0))")


def _whole(page: Page, width: int) -> None:
    """As high as the page is."""
    height = page.evaluate("document.documentElement.scrollHeight")
    page.size(width, max(640, min(int(height), 1600)))
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")


def main(wanted: Sequence[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    with Browser() as browser:
        for example in wanted or SHOTS:
            make(browser, example, FOLDER)
            print(*names(example))


if __name__ == "__main__":
    main(sys.argv[1:])
