"""What the README of an app says of its events."""

from __future__ import annotations

from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.emit.test_golden_apps import APPS


def readme(name: str) -> str:
    text = (APPS / name / "app.kanvas").read_text(encoding="utf-8")
    return Compilation(Source("app.kanvas", text)).files["README.md"].decode()


def test_each_event_is_listed_with_whom_it_runs() -> None:
    section = readme("pipeline").partition("## Events\n\n")[2]
    assert section.splitlines()[2:5] == [
        "| `order.taken` | `take_order` | `pack` |",
        "| `audit` | `take_order` | nothing here |",
        "| `parcel.packed` | `pack` | `tell_customer` |",
    ]


def test_an_app_without_events_says_nothing_of_them() -> None:
    assert "## Events" not in readme("tone")
    assert "\n\n\n" not in readme("tone") + readme("pipeline")
