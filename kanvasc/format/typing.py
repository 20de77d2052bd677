"""Where the next line begins, while a program is being typed."""

from __future__ import annotations

import re
from typing import Final

from kanvasc.format.doc import INDENT
from kanvasc.source import Source
from kanvasc.syntax.scanner import Piece, scan

_OPENS_ALONE: Final = frozenset(
    {"accepts", "achieves", "ensures", "implements", "expresses", "verifies", "permissions"}
    | {"guards", "needs", "limits", "state", "runtime", "schedules", "subscribes", "publishes"}
    | {"schema", "returns", "assuming", "otherwise"}
)
"""Words whose block is below them when they stand alone."""
_OPENS: Final = re.compile(
    r"(?:machine|type|ask|action|compute|decide|match|when|together|retry|remember|recall|flow"
    r"|test|for each|for example|on failure|responds with|allowed to|not allowed to"
    r"|requires approval for)\b(?!\s*(?:as\b|:))"
)
_SURFACES: Final = frozenset({"page", "websocket", "api", "mcp", "webhook"})
_GOES_ON: Final = frozenset(
    {"=", "=>", "?", "??", "+", "-", "*", "/", "%", "&&", "||", "==", "!=", "<", "<=", ">", ">="}
)
_OPENERS: Final = {"(": ")", "[": "]", "{": "}"}


def indentation(source: Source, line: int) -> int:
    """The columns by which a new line behind the 1-based `line` is indented.

    It is read from the words of the lines above alone, so the program may be half typed.
    """
    end = source.line_starts[line] - 1 if line < len(source.line_starts) else len(source.text)
    pieces = [piece for piece in scan(Source("", source.text[:end])).pieces if piece.kind != "end"]
    if not pieces:
        return 0
    open_ = _open(pieces)
    if open_ is not None:
        return open_.column + INDENT
    last = pieces[-1]
    first = next(piece for piece in reversed(pieces) if piece.first)
    if "\n" in last.text:
        # Behind a text of several lines goes on what the line of its beginning belongs to.
        return last.column
    written = source.text[first.start : last.end]
    alone = first is last
    deeper = last.kind in _GOES_ON or bool(_OPENS.match(written))
    deeper = deeper or (alone and (first.text in _OPENS_ALONE or first.text in _SURFACES))
    return first.column + (INDENT if deeper else 0)


def _open(pieces: list[Piece]) -> Piece | None:
    """The innermost bracket that is not closed yet; a section or a step closes all."""
    open_: list[Piece] = []
    for piece in pieces:
        if piece.first and open_ and piece.column <= open_[0].column and piece.kind == "word":
            open_.clear()
        if piece.kind in _OPENERS:
            open_.append(piece)
        elif open_ and piece.kind == _OPENERS[open_[-1].kind]:
            open_.pop()
    return open_[-1] if open_ else None
