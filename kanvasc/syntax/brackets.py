"""Brackets: which belong together, which are never closed, and which are nested too deeply.

Inside brackets line ends do not count, so a bracket that is never closed would take the rest of
the program with it. What cannot stand in brackets at the start of a line tells where it ends.
"""

from __future__ import annotations

from typing import Final

from kanvasc.diagnostics import Diagnostic, Edit, Fix, report
from kanvasc.source import Span
from kanvasc.syntax.scanner import END, HOLE, NUMBER, STRING, WORD, Piece, Scan
from kanvasc.syntax.words import SECTION_WORDS

MAX_OPEN: Final = 80
_NEAR: Final = 60
_CLOSER: Final = {"(": ")", "[": "]", "{": "}"}
_CLOSERS: Final = frozenset(_CLOSER.values())
_ITEM_WORDS: Final = frozenset(
    {"ask", "action", "compute", "let", "decide", "together", "retry", "remember", "recall"}
    | {"publish", "flow", "set", "push", "with", "returns", "when", "otherwise", "for", "goal"}
    | {"test", "machine", "type"}
)
_JOINING: Final = frozenset({"and", "or", "in", "is", "as", "not"})
_SIGNS_THAT_GO_ON: Final = frozenset(
    {",", ":", ".", "?", "??", "+", "-", "*", "/", "%", "=", "==", "!=", "<", "<=", ">", ">=", "=>"}
    | {"&&", "||", "!", "(", "[", "{"}
)


def match(scan: Scan) -> list[Piece]:
    """The pieces with their depths, every bracket closed; adds findings to the scan's."""
    return _Matcher(scan).run()


class _Matcher:
    def __init__(self, scan: Scan) -> None:
        self.pieces = scan.pieces
        self.text = scan.text
        self.torn = scan.torn
        self.faulty = scan.faulty
        self.diagnostics: list[Diagnostic] = scan.diagnostics
        self.open: list[Piece] = []
        self.out: list[Piece] = []
        self.at = 0
        self.reported: set[int] = set()

    def run(self) -> list[Piece]:
        while self.at < len(self.pieces):
            piece = self.pieces[self.at]
            if self.open and (piece.first or piece.kind == END):
                self._line(piece)
            if piece.kind in _CLOSER:
                self._opening(piece)
            elif piece.kind in _CLOSERS:
                self._closing(piece)
            else:
                self._keep(piece)
            self.at += 1
        return self.out

    def _keep(self, piece: Piece) -> None:
        piece.depth = len(self.open)
        self.out.append(piece)

    def _opening(self, piece: Piece) -> None:
        if len(self.open) >= MAX_OPEN:
            self._too_deep(piece)
            return
        self._keep(piece)
        self.open.append(piece)

    def _closing(self, piece: Piece) -> None:
        expected = _CLOSER[self.open[-1].kind] if self.open else None
        if piece.kind == expected:
            self.open.pop()
            self._keep(piece)
        elif expected is None:
            self._stray(piece)
        elif any(_CLOSER[opening.kind] == piece.kind for opening in self.open):
            inner = [o for o in self.open if _CLOSER[o.kind] == piece.kind][-1]
            self._close(len(self.open) - 1 - self.open.index(inner), self.out[-1].end)
            self._closing(piece)
        else:
            self._wrong(piece, expected)

    def _line(self, piece: Piece) -> None:
        """Close what cannot be open any more at the start of this line."""
        before = self.out[-1]
        if self._is_torn(before):
            started = len([o for o in self.open if o.end > self._line_start(before)])
            self._drop(started, before.end)
        elif piece.kind == END or self._begins_item(piece):
            self._close(len(self.open), before.end)

    def _is_torn(self, before: Piece) -> bool:
        return bool(self.torn) and before.end in self.torn

    def _line_start(self, piece: Piece) -> int:
        starts = (kept.start for kept in reversed(self.out) if kept.first)
        return next(starts, piece.start)

    def _begins_item(self, piece: Piece) -> bool:
        if piece.kind != WORD:
            return self._falls_back(piece)
        follower = self.pieces[self.at + 1]
        after = follower.kind
        heads = after in (STRING, NUMBER, END) or follower.first
        heads = heads or (after == WORD and follower.text not in _JOINING)
        if heads and (piece.text in SECTION_WORDS or piece.text == "responds"):
            return True
        if piece.text in _ITEM_WORDS and after == WORD and follower.text not in _JOINING:
            return True
        return self._names_item(piece, follower) or self._falls_back(piece)

    def _names_item(self, piece: Piece, follower: Piece) -> bool:
        """`name as` outside of a record, `name:` outside of a map."""
        if follower.kind == ":":
            return self.open[-1].kind != "{" and self.out[-1].kind not in ("?", ":")
        if follower.text != "as":
            return False
        return not any(o.kind == "{" for o in self.open) and self.out[-1].kind != ","

    def _falls_back(self, piece: Piece) -> bool:
        """Not deeper than the line of the bracket, and nothing joins it with the line above."""
        if piece.column > self.open[-1].column or piece.kind in _SIGNS_THAT_GO_ON - {"(", "[", "{"}:
            return False
        if piece.kind in _CLOSERS or (piece.kind == WORD and piece.text in _JOINING):
            return False
        return self.out[-1].kind not in _SIGNS_THAT_GO_ON

    def _close(self, count: int, place: int) -> None:
        """Report the innermost open brackets as never closed, and close them at `place`."""
        if not count:
            return
        opening = self.open[-1]
        if self._is_known(opening, self.out[-1]):
            self._drop(count, place)
            return
        closers = "".join(_CLOSER[o.kind] for o in reversed(self.open[-count:]))
        self.diagnostics.append(
            report(
                "K0005",
                opening.span,
                f"This `{opening.kind}` is never closed",
                label=f"`{closers}` is missing",
                help=f"write `{closers}` where it ends",
                fixes=(
                    Fix(f"Write `{closers}`", (Edit(Span(place, place), closers),), safe=False),
                ),
            )
        )
        self._distrust(opening.span, Span(place, place))
        self._drop(count, place)

    def _is_known(self, *pieces: Piece) -> bool:
        """A line on which one bracket is wrong says little about the others."""
        lines = {piece.line for piece in pieces}
        known = bool(lines & self.reported)
        self.reported |= lines
        return known

    def _distrust(self, *spans: Span) -> None:
        """What does not fit near by is a consequence of a bracket that was reported."""
        for start, end in spans:
            line = self.text.rfind("\n", 0, start) + 1
            line_end = self.text.find("\n", end)
            last = end + _NEAR if line_end < 0 else min(end + _NEAR, line_end)
            self.faulty.append(Span(max(line, start - _NEAR), last))

    def _drop(self, count: int, place: int) -> None:
        for _ in range(count):
            closer = _CLOSER[self.open.pop().kind]
            made = Piece(closer, closer, place, place)
            made.column = self.out[-1].column
            made.line = self.out[-1].line
            self._keep(made)

    def _stray(self, piece: Piece) -> None:
        self._distrust(piece.span)
        if self._is_known(piece):
            return
        self.diagnostics.append(
            report(
                "K0005",
                piece.span,
                f"This `{piece.kind}` closes nothing",
                label="no bracket is open here",
                help="delete it, or write the bracket that it closes",
                fixes=(Fix(f"Delete `{piece.kind}`", (Edit(piece.span, ""),), safe=False),),
            )
        )

    def _wrong(self, piece: Piece, expected: str) -> None:
        opening = self.open.pop()
        self._distrust(piece.span)
        if not self._is_known(piece):
            self._report_wrong(piece, opening, expected)
        piece.kind = piece.text = expected
        self._keep(piece)

    def _report_wrong(self, piece: Piece, opening: Piece, expected: str) -> None:
        self.diagnostics.append(
            report(
                "K0005",
                piece.span,
                f"`{piece.kind}` does not close `{opening.kind}`",
                label=f"expected `{expected}`",
                help=f"write `{expected}`",
                fixes=(Fix(f"Write `{expected}`", (Edit(piece.span, expected),), safe=False),),
            )
        )

    def _too_deep(self, piece: Piece) -> None:
        """One finding, and a hole for all that stands inside."""
        self.diagnostics.append(
            report(
                "K0017",
                piece.span,
                "This is nested too deeply",
                label=f"more than {MAX_OPEN} brackets are open here",
                help="take parts of it out into `let` lines, steps or flows",
            )
        )
        depth = 0
        while self.at < len(self.pieces) - 1:
            kind = self.pieces[self.at].kind
            depth += (kind in _CLOSER) - (kind in _CLOSERS)
            if depth == 0:
                break
            self.at += 1
        else:
            self.at -= 1
        hole = Piece(HOLE, "", piece.start, piece.end)
        hole.column = piece.column
        hole.line = piece.line
        self._keep(hole)
