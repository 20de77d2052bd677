"""Line starts: where bodies of steps begin and end. Everything else is told by the words."""

from __future__ import annotations

from typing import Final, NamedTuple

from kanvasc.syntax.reader import Reader
from kanvasc.syntax.scanner import END, WORD, Piece
from kanvasc.syntax.words import OPENERS

INDENT: Final = "INDENT"
DEDENT: Final = "DEDENT"
_GOES_ON_AFTER: Final = frozenset(
    {"COMMA", "COMMA_KEY", "COMMA_FIELD", "AND", "OR", "NOT", "EQUAL", "NOT_EQUAL", "IN"}
    | {"COMPARE", "COALESCE", "QUESTION", "COLON", "PLUS", "MINUS", "STAR", "SLASH", "PERCENT"}
    | {"DOT", "EQUALS", "UMINUS", "BANG", "ARROW"}
)
_GOES_ON_WITH: Final = frozenset(
    {".", "?", "??", "&&", "||", "+", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", ",", ":"}
    | {"=", "=>", ")", "]", "}"}
)
_OPERATOR_WORDS: Final = frozenset({"and", "or", "in", "is"})


class Layout(NamedTuple):
    """What indentation means at one place; a value, so that trials can go their own way.

    `blocks`: columns of the open bodies, outermost first. `pending`: column of the line whose
    opener waits for its body. `last`: the terminal before. `compute` and
    `implements`: the lines of the last of these words.
    """

    blocks: tuple[int, ...] = ()
    pending: int | None = None
    last: str = ""
    compute: int = -1
    implements: int = -1

    def after(self, terminal: str, piece: Piece) -> Layout:
        """The layout behind a terminal that ends with `piece`."""
        pending = piece.column if terminal in OPENERS else self.pending
        compute = piece.line if terminal == "COMPUTE" else self.compute
        implements = piece.line if terminal == "IMPLEMENTS" else self.implements
        return Layout(self.blocks, pending, terminal, compute, implements)

    def _within(self, blocks: tuple[int, ...]) -> Layout:
        return Layout(blocks, None, self.last, self.compute, self.implements)

    def before(self, reader: Reader, at: int) -> tuple[tuple[str, ...], Layout]:
        """INDENT and DEDENTs that stand before a piece."""
        piece = reader.pieces[at]
        if piece.kind == END or reader.section_at(at) or reader.file_item_at(at):
            return (DEDENT,) * len(self.blocks), self._within(())
        if not piece.first or piece.depth or self.goes_on(reader, at):
            return (), self
        if self.pending is not None and piece.column > self.pending:
            return (INDENT,), self._within((*self.blocks, piece.column))
        left = tuple(column for column in self.blocks if column <= piece.column)
        return (DEDENT,) * (len(self.blocks) - len(left)), self._within(left)

    def goes_on(self, reader: Reader, at: int) -> bool:
        """The line of this piece goes on with the line above."""
        piece = reader.pieces[at]
        if self.last in _GOES_ON_AFTER or piece.kind in _GOES_ON_WITH:
            return True
        if piece.kind != WORD or piece.text not in _OPERATOR_WORDS:
            return False
        return not reader.is_field(at) and not reader.is_entry(at)
