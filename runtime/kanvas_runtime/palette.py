"""The colours that every style sheet of the runtime and of an app is served with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

SHEETS = frozenset({"page.css", "docs.css", "play.css", "overlay.css"})
"""The first sheet of each kind of page; others stand beside one of them."""


def in_colour(name: str, content: str) -> str:
    """A file as it is served: a sheet with the colours before it."""
    return f"{_palette()}\n{content}" if name in SHEETS else content


@cache
def _palette() -> str:
    return Path(__file__).with_name("palette.css").read_text(encoding="utf-8")
