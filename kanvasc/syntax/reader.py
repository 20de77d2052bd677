"""From pieces to terminals: what stands behind a word, and what the parser can take, decide."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

from kanvasc.syntax import unsupported
from kanvasc.syntax.scanner import END, HOLE, NUMBER, STRING, WORD, Piece
from kanvasc.syntax.spelling import nearest
from kanvasc.syntax.tables import END as END_TERMINAL
from kanvasc.syntax.words import (
    ARM_TERMINALS,
    FILE_TERMINALS,
    FLAG_WORDS,
    KEYWORDS,
    MODIFIER_KEYS,
    NEEDS_TEXT,
    NEEDS_WORD,
    NOT_BEFORE_DOT,
    PHRASES,
    RESERVED_LOCALS,
    SECTION_TERMINALS,
    SECTION_WORDS,
    STEP_TERMINALS,
)

_SIGNS: Final = {
    "=>": ("CASE_ARROW", "ARROW"),
    "==": ("EQUAL",),
    "!=": ("NOT_EQUAL",),
    "<=": ("COMPARE",),
    ">=": ("COMPARE",),
    "<": ("COMPARE",),
    ">": ("COMPARE",),
    "&&": ("AND",),
    "||": ("OR",),
    "??": ("COALESCE",),
    "?": ("QUESTION",),
    ":": ("COLON",),
    ".": ("DOT",),
    "+": ("PLUS",),
    "*": ("STAR",),
    "/": ("SLASH",),
    "%": ("PERCENT",),
    "=": ("EQUALS",),
    "!": ("BANG",),
    ")": ("RPAR",),
    "]": ("RBRACK",),
    "}": ("RBRACE",),
    NUMBER: ("NUMBER",),
    HOLE: ("HOLE",),
    END: (END_TERMINAL,),
}
_HEADINGS: Final = SECTION_WORDS | {"responds"}
_NEVER_NAMES: Final = SECTION_TERMINALS | STEP_TERMINALS | ARM_TERMINALS | FILE_TERMINALS
_OPERATORS: Final = frozenset({"and", "or", "in", "is"})
_JOINING: Final = frozenset({"and", "or", "in", "is", "not", "given", "expect", "assuming", "test"})
_LITERAL_WORDS: Final = frozenset({"true", "false", "null", "nil"})


class Accepts(Protocol):
    """Whether the parser can take a terminal now."""

    def __call__(self, terminal: str, /) -> bool: ...


class Reading(NamedTuple):
    """The terminal of `size` pieces; `fits`: the parser can take it."""

    terminal: str
    size: int
    fits: bool


class Reader:
    """Terminals for the pieces of one text."""

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    def read(self, at: int, accepts: Accepts) -> Reading:
        """The first terminal of the piece that the parser can take, else the likeliest one."""
        first: Reading | None = None
        for terminal, count in self.candidates(at):
            if accepts(terminal) and self._allowed(at, terminal, accepts):
                return Reading(terminal, count, True)
            if first is None:
                first = Reading(terminal, count, False)
        assert first is not None
        return first

    def _allowed(self, at: int, terminal: str, accepts: Accepts) -> bool:
        """Not a word of the language in the place of a value, nor `name: type` among fields."""
        piece = self.pieces[at]
        if terminal == "NAME":
            return piece.text not in RESERVED_LOCALS or not accepts("HOLE")
        if terminal != "KEY" or not piece.first or piece.depth or piece.text in MODIFIER_KEYS:
            return True
        return self.kind(at + 2) != WORD or not accepts("FIELD")

    def candidates(self, at: int) -> Iterator[tuple[str, int]]:
        """Terminals with the number of pieces that they take, the likeliest first."""
        piece = self.pieces[at]
        if piece.kind == WORD:
            yield from self._word(at, piece)
        elif piece.kind == STRING:
            yield from self._text(at)
        elif piece.kind == ",":
            yield self._comma(at), 1
        elif piece.kind in "([{-":
            for terminal in self._bracket_or_minus(at, piece):
                yield terminal, 1
        else:
            for terminal in _SIGNS[piece.kind]:
                yield terminal, 1

    def kind(self, at: int) -> str:
        """The kind of a piece; `end` behind the last one."""
        return self.pieces[at].kind if at < len(self.pieces) else END

    def is_word(self, at: int, text: str) -> bool:
        return self.kind(at) == WORD and self.pieces[at].text == text

    def is_field(self, at: int) -> bool:
        """A word before `as`."""
        if not self.is_word(at + 1, "as") or self.pieces[at + 1].first:
            return False
        return self.kind(at + 2) != ":"

    def is_entry(self, at: int) -> bool:
        return self.kind(at + 1) == ":" and not self.pieces[at + 1].first

    def section_at(self, at: int) -> str | None:
        """The section whose word stands here, outside brackets and not as a name."""
        piece = self.pieces[at]
        if (
            piece.text not in _HEADINGS
            or piece.kind != WORD
            or piece.depth
            or self.kind(at - 1 if at else len(self.pieces)) == "."
        ):
            return None
        if piece.text == "responds":
            heading = self.is_word(at + 1, "with") and not self.is_field(at + 1)
            return "RESPONDS_WITH" if heading or self._with_as(at) else None
        if self.is_field(at) or self.is_entry(at):
            # `accepts as as text`: a section with a field called `as`.
            named_as = self.is_word(at + 1, "as") and self.is_word(at + 2, "as")
            return piece.text.upper() if named_as else None
        return piece.text.upper()

    def _with_as(self, at: int) -> bool:
        return self.is_word(at + 2, "as") and self.is_word(at + 3, "as")

    def file_item_at(self, at: int) -> bool:
        """`machine name`, `type name` or `uses "…"` at the start of a line."""
        piece = self.pieces[at]
        if piece.kind != WORD or not piece.first or piece.depth:
            return False
        if piece.text == "uses":
            return self.kind(at + 1) == STRING
        return piece.text in ("machine", "type") and self._name_follows(at)

    def _name_follows(self, at: int) -> bool:
        follows = self.kind(at + 1) == WORD and not self.pieces[at + 1].first
        return follows and not (self.is_word(at + 1, "as") and not self.is_field(at + 1))

    def case_at(self, at: int) -> bool:
        """Literals by commas stand before `=>` here."""
        while True:
            at += self.kind(at) == "-"
            if self.kind(at) not in (NUMBER, STRING) and not self._literal_word(at):
                return False
            if self.kind(at + 1) == "=>":
                return True
            if self.kind(at + 1) != ",":
                return False
            at += 2

    def _literal_word(self, at: int) -> bool:
        return self.kind(at) == WORD and self.pieces[at].text in _LITERAL_WORDS

    # --- words

    def _word(self, at: int, piece: Piece) -> Iterator[tuple[str, int]]:
        member = at > 0 and self.pieces[at - 1].kind == "."
        if member and (piece.joined or piece.text not in _OPERATORS):
            yield "NAME", 1
            return
        section = self.section_at(at)
        if section:
            yield section, 2 if section == "RESPONDS_WITH" else 1
            return
        yield from self._named(at, piece)
        if not piece.first and self._before_value(at):
            yield "SUBJECT", 1
        found = unsupported.at(self, at)
        if found:
            for terminal in found.terminals:
                yield terminal, found.size
        keyword = False
        for terminal, count in self._keywords(at, piece):
            keyword = keyword or terminal in _NEVER_NAMES or self._heads(at)
            yield terminal, count
        if self.kind(at + 1) == "=>":
            yield "PARAMETER", 1
        begins = piece.first and piece.depth == 0 and not self.is_word(at - 1, "in")
        entry = self.is_entry(at) and self.kind(at - 1) != "?"
        if not (begins and (keyword or entry or self.is_field(at))):
            yield "NAME", 1
        if piece.text in FLAG_WORDS or (not piece.first and nearest(piece.text, FLAG_WORDS)):
            yield "MOD_WORD", 1

    def _named(self, at: int, piece: Piece) -> Iterator[tuple[str, int]]:
        if self.is_field(at):
            yield "FIELD", 1
        elif self.is_entry(at):
            if piece.text not in MODIFIER_KEYS and self.kind(at + 2) == WORD:
                yield "STATE_KEY", 1
            yield "KEY", 1

    def _keywords(self, at: int, piece: Piece) -> Iterator[tuple[str, int]]:
        if piece.text == "is" and self._state_word(at + 1):
            yield "MOD_IS", 1
        for rest, terminal in PHRASES.get(piece.text, ()):
            if self._phrase(at, rest) and (terminal != "RUN_FLOW" or self.kind(at + 2) == "("):
                yield terminal, 1 + len(rest)
        for terminal in KEYWORDS.get(piece.text, ()):
            if self._keyword_fits(at, terminal):
                yield terminal, 1

    def _state_word(self, at: int) -> bool:
        return self.kind(at) == WORD and self.pieces[at].text in FLAG_WORDS

    def _phrase(self, at: int, rest: tuple[str, ...]) -> bool:
        return all(self.is_word(at + 1 + place, word) for place, word in enumerate(rest))

    def _before_value(self, at: int) -> bool:
        follower = self.pieces[min(at + 1, len(self.pieces) - 1)]
        if follower.kind in ("{", STRING, NUMBER):
            return True
        if follower.kind == "[":
            return not follower.joined
        return follower.kind == WORD and not follower.first and follower.text not in _JOINING

    def _heads(self, at: int) -> bool:
        """Something stands behind the word, or indented below it, that only a keyword has."""
        follower = self.pieces[min(at + 1, len(self.pieces) - 1)]
        deeper = follower.first and follower.column > self.pieces[at].column
        return deeper or self._before_value(at)

    def begins_item(self, at: int) -> bool:
        """A section, a step or the like begins here, at the start of a line."""
        piece = self.pieces[at]
        if piece.kind != WORD or not piece.first or piece.depth:
            return False
        known = piece.text in KEYWORDS or piece.text in PHRASES
        return self.section_at(at) is not None or (known and self._heads(at))

    def _keyword_fits(self, at: int, terminal: str) -> bool:
        if terminal in NEEDS_WORD:
            alone = self.pieces[at].first and self.pieces[at + 1].first
            titled = terminal == "MACHINE" and self.kind(at + 1) == STRING
            return alone or (titled and self.pieces[at].first) or self._name_follows(at)
        if terminal in NEEDS_TEXT:
            return self.kind(at + 1) == STRING
        if terminal == "FLOWS":
            return self.is_word(at + 1, "flow")
        if terminal in NOT_BEFORE_DOT:
            return self.kind(at + 1) in (WORD, STRING, END)
        return True

    # --- signs

    def _text(self, at: int) -> Iterator[tuple[str, int]]:
        if self.is_entry(at):
            yield "KEY", 1
        yield "EVENT", 1
        yield "STRING", 1

    def _comma(self, at: int) -> str:
        after = self.kind(at + 1)
        if after in (")", "]", "}"):
            return "COMMA_END"
        if after in (WORD, STRING) and self.is_entry(at + 1):
            return "COMMA_KEY"
        if after == WORD and self.is_field(at + 1):
            return "COMMA_FIELD"
        return "COMMA"

    def _bracket_or_minus(self, at: int, piece: Piece) -> tuple[str, ...]:
        if piece.kind == "-":
            begins = piece.first and piece.depth == 0
            return ("UMINUS",) if begins else ("MINUS", "UMINUS")
        if piece.kind == "{":
            return ("LBRACE",) if piece.first else ("TBRACE", "LBRACE")
        if piece.kind == "[":
            return ("INDEX",) if piece.joined and self._ends_value(at - 1) else ("LBRACK",)
        return self._parenthesis(at, piece)

    def _parenthesis(self, at: int, piece: Piece) -> tuple[str, ...]:
        typed: tuple[str, ...] = () if piece.first else ("TYPE_OPEN",)
        if piece.joined and self._ends_value(at - 1):
            return (*typed, "CALL", "LPAR")
        if self._lambda_at(at):
            return ("LAMBDA_OPEN", "LPAR")
        return (*typed, "LPAR")

    def _ends_value(self, at: int) -> bool:
        return self.kind(at) in (WORD, ")", "]", "}", STRING, NUMBER)

    def _lambda_at(self, at: int) -> bool:
        """`(a, b) =>`"""
        at += 1
        while self.kind(at) == WORD and self.kind(at + 1) == ",":
            at += 2
        return self.kind(at) == WORD and self.kind(at + 1) == ")" and self.kind(at + 2) == "=>"
