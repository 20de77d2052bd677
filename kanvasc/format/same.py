"""Whether two texts are one program: the safety net under the formatter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from kanvasc.format.order import same
from kanvasc.format.written import Written
from kanvasc.source import Source
from kanvasc.syntax import Parsed
from kanvasc.syntax.scanner import NUMBER, STRING, WORD, Piece, scan

_LOOSE: Final = re.compile(r"[\s(),]+")
_FREE: Final = frozenset({"is"})
"""Words that a sign may take the place of."""


class Unfaithful(Exception):
    """The formatter would have changed a program: a bug in it, which the text describes."""


def tokens(pieces: Iterable[Piece]) -> Counter[str]:
    """Words, numbers and texts, however they are laid out."""
    return Counter(
        _LOOSE.sub("", piece.text) if piece.kind == STRING else piece.text
        for piece in pieces
        if piece.kind in (WORD, NUMBER, STRING) and piece.text not in _FREE
    )


def difference(
    before: Parsed, after: Parsed, old: Written, new: Source, *, spelling: bool = True
) -> str | None:
    """What a text lost or changed; None when both are the same program.

    `spelling`: both are in today's spelling, so each word has to be there again.
    """
    lost = _comments(before) - _comments(after)
    gained = _comments(after) - _comments(before)
    if lost or gained:
        return f"comments lost: {sorted(lost)}, comments gained: {sorted(gained)}"
    one, other = tokens(old.pieces), tokens(scan(new).pieces)
    if spelling and one != other:
        return f"lost: {sorted(one - other)}, gained: {sorted(other - one)}"
    if not same(before.tree, after.tree):
        return "the trees differ"
    return None


def _comments(parsed: Parsed) -> Counter[str]:
    return Counter(comment.text.rstrip() for comment in parsed.tree.comments)
