"""Characters to pieces: words, numbers, texts, signs. What a piece means is decided later."""

from __future__ import annotations

import re
from typing import Final

from kanvasc.diagnostics import Diagnostic, Edit, Fix, report
from kanvasc.records import dataclass
from kanvasc.source import Source, Span
from kanvasc.syntax import odd
from kanvasc.syntax.tree import Comment

WORD: Final = "word"
NUMBER: Final = "number"
STRING: Final = "string"
END: Final = "end"
HOLE: Final = "hole"

_PIECE: Final = re.compile(
    r"""
      (?P<space>[ \t\r\n\f\v]+)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<string>"(?:[^"\\\n$]|\\[^\n]|\$(?!\{))*"(?!"))
    | (?P<sign>===|!==|->|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?![0-9])
               |[()\[\]{},:.?+\-*%<>=!]|/(?![/*]))
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_]))
    | (?P<comment>//[^\n]*)
    """,
    re.VERBOSE,
)


class Piece:
    """One piece of the text.

    `kind` is `word`, `number`, `string`, `hole`, `end` or, for a sign, the sign itself.
    `first`: nothing but space stands before it on its line. `joined`: no space before it.
    `line`, `column`: offset and indentation of its line.
    `depth`: how many brackets are open around it.
    `inside`: for a text, the range between its quotes.
    """

    __slots__ = (
        "column",
        "depth",
        "end",
        "first",
        "inside",
        "joined",
        "kind",
        "line",
        "start",
        "text",
    )

    def __init__(self, kind: str, text: str, start: int, end: int) -> None:
        self.kind = kind
        self.text = text
        self.start = start
        self.end = end
        self.first = self.joined = False
        self.column = self.depth = self.line = 0
        self.inside = Span(start + 1, end - 1)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(slots=True)
class Scan:
    """All pieces of a text, the last one of kind `end`.

    `faulty`: ranges whose pieces cannot be trusted, because what stands there was reported.
    `torn`: where texts that are not closed had to stop.
    """

    text: str
    pieces: list[Piece]
    comments: list[Comment]
    diagnostics: list[Diagnostic]
    faulty: list[Span]
    torn: list[int]


def scan(source: Source, start: int = 0, end: int | None = None) -> Scan:
    """The pieces of `source.text[start:end]`, with offsets into the whole text."""
    return Scanner(source.text, start, len(source.text) if end is None else end).run()


class Scanner:
    """The way through one text; `odd` moves it over what the usual pattern does not take."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.line = start
        self.indent = 0
        self.first = True
        self.last_end = -1
        self.scan = Scan(text, [], [], [], [], [])

    def run(self) -> Scan:
        match, text, end = _PIECE.match, self.text, self.end
        while self.at < end:
            found = match(text, self.at, end)
            if found is None:
                odd.read(self)
                continue
            kind = found.lastgroup
            if kind == "space":
                self.skip(found.end())
            elif kind == "comment":
                self.comment(found.end())
            elif kind == "sign":
                self.sign(found.group(), found.end())
            else:
                self.add(str(kind), found.group(), found.end())
        self.first = True
        self.indent = 0
        self.add(END, "", end)
        return self.scan

    def add(self, kind: str, text: str, end: int) -> Piece:
        piece = Piece(kind, text, self.at, end)
        piece.first = self.first
        piece.joined = self.last_end == self.at
        piece.column = self.indent
        piece.line = self.line
        self.scan.pieces.append(piece)
        self.first = False
        self.at = self.last_end = end
        return piece

    def add_string(self, start: int, stop: int, end: int) -> None:
        """A text whose inside is `start:stop` and that ends, quotes included, at `end`."""
        piece = self.add(STRING, self.text[self.at : end], end)
        piece.inside = Span(start, max(start, stop))

    def sign(self, text: str, end: int) -> None:
        ours = odd.foreign_sign(self, text, end) if text in odd.FOREIGN_SIGNS else text
        self.add(ours, text, end)

    def skip(self, end: int) -> None:
        """Go on behind space, or behind what counts as space."""
        newline = self.text.rfind("\n", self.at, end)
        if newline >= 0:
            self.line = newline + 1
            self.first = True
        if self.first:
            margin = self.text[self.line : end]
            self.indent = odd.indentation(self, margin) if "\t" in margin else len(margin)
        self.at = end

    def comment(self, end: int) -> None:
        self.scan.comments.append(Comment(Span(self.at, end), self.text[self.at : end]))
        self.at = end

    def report(self, diagnostic: Diagnostic) -> None:
        self.scan.diagnostics.append(diagnostic)

    def distrust(self) -> None:
        """What else is wrong on this line is a consequence of a fault that was reported."""
        newline = self.text.find("\n", self.at, self.end)
        self.scan.faulty.append(Span(self.line, self.end if newline < 0 else newline))

    def unclosed(self, end: int) -> None:
        """Report the text that begins here and has no end before `end`."""
        long = self.text.startswith('"""', self.at)
        quote = '"""' if long else '"'
        self.report(
            report(
                "K0006",
                Span(self.at, end),
                "This text is never closed",
                label=f"no `{quote}` ends it",
                why="" if long else None,
                help=f"write `{quote}` where the text ends",
                fixes=(
                    Fix(f"Close it with `{quote}`", (Edit(Span(end, end), quote),), safe=False),
                ),
            )
        )
        self.scan.faulty.append(Span(self.line, end + 1))
        self.scan.torn.append(end)
