"""Scopes are words with colons between, `machines:run`: one piece each behind `scopes:`."""

from __future__ import annotations

from typing import Final

from kanvasc.syntax.scanner import WORD, Piece

_OTHER_OPTIONS: Final = ("auth", "shared")
"""Options whose values are words: behind a comma they are not the next scope."""


def join(pieces: list[Piece]) -> None:
    """Make one piece of each scope, in place."""
    at = 0
    while at + 2 < len(pieces):
        if pieces[at].kind == WORD and pieces[at].text == "scopes" and pieces[at + 1].kind == ":":
            at = _list(pieces, at + 2 + (pieces[at + 2].kind == "["))
        else:
            at += 1


def _list(pieces: list[Piece], at: int) -> int:
    """The place behind the scopes that begin here."""
    while pieces[at].kind == WORD:
        while _goes_on(pieces, at):
            last = pieces[at + 2]
            pieces[at].text += f":{last.text}"
            pieces[at].end = last.end
            del pieces[at + 1 : at + 3]
        if pieces[at + 1].kind != "," or pieces[at + 2].text in _OTHER_OPTIONS:
            return at + 1
        at += 2
    return at


def _goes_on(pieces: list[Piece], at: int) -> bool:
    colon, word = pieces[at + 1 : at + 3] if at + 2 < len(pieces) else (None, None)
    if colon is None or word is None or colon.kind != ":" or word.kind != WORD:
        return False
    return colon.joined and word.joined
