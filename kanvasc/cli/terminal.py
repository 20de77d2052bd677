"""What a stream can show: colour, and how wide it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from kanvasc.diagnostics.text import Style

_WIDEST_PROSE = 100
_IN_A_PIPE = 80


def has_colour(stream: TextIO) -> bool:
    """On a terminal, unless it cannot or should not; `FORCE_COLOR` asks for it in a pipe, too.

    `NO_COLOR` wins, as its convention says, with any value but an empty one.
    """
    if os.environ.get("NO_COLOR"):
        return False
    forced = os.environ.get("FORCE_COLOR")
    if forced is not None:
        return forced not in ("", "0")
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def style_of(stream: TextIO) -> Style:
    """How findings are written to `stream`."""
    from kanvasc.diagnostics.text import Style

    colour = has_colour(stream)
    if not stream.isatty():
        return Style(colour, _IN_A_PIPE)
    # Imported here because it brings all kinds of archives with it.
    import shutil

    window = shutil.get_terminal_size().columns
    return Style(colour, min(window, _WIDEST_PROSE), window)
