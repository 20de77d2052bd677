"""Items on lines of their own, and the comments and blank lines between them.

Whatever is printed is asked for in the order of the source: so the next comment always belongs
to what is printed next, and none is lost or taken twice. Where the canonical order is another
one, items are put into it afterwards, each with its comments.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from kanvasc.format.doc import (
    BLANK,
    COMMA,
    HARD,
    SOFT,
    SPACE,
    SPACE_OR_BLANK,
    TRIM,
    Doc,
    Group,
    Line,
    Nest,
    Remark,
)
from kanvasc.format.written import Written
from kanvasc.records import dataclass, field
from kanvasc.source import Span
from kanvasc.syntax import tree

_NEVER: Final = 1 << 60


class Part(NamedTuple):
    """An item of a block: where it stands in the source, and how it is printed.

    `rank`: its place in the canonical order. `apart`: a blank line always stands before it.
    `opened`: behind the word that opens it; a comment between the two would make what follows its
    body, so it stands above instead.
    """

    span: Span
    print: Callable[[], Doc]
    rank: int = 0
    apart: bool = False
    opened: int = 0


class Placed(NamedTuple):
    """An item that was printed, for those who format only some: its range and its own text."""

    span: Span
    doc: Doc
    children: list[Placed]


@dataclass(slots=True)
class _Item:
    part: Part
    leading: list[tuple[bool, str]] = field(default_factory=list)
    """Comments above it, with whether a blank line stands before each."""
    blank: bool = False
    doc: Doc = ""
    trailing: str = ""


@dataclass(slots=True)
class Block:
    """The items of a block in canonical order, and the comments that belong to no item."""

    items: list[_Item]
    heading: str = ""
    """A comment on the line of the heading."""
    last: list[tuple[bool, str]] = field(default_factory=list)

    @property
    def lone(self) -> tuple[Doc, Doc] | None:
        """The only item and the comment behind it, if nothing else stands in the block."""
        if len(self.items) != 1 or self.heading or self.last or self.items[0].leading:
            return None
        item = self.items[0]
        return item.doc, Remark(" " + item.trailing) if item.trailing else ""


class Printer:
    """What printing one program needs to know at each place.

    `depth`: how many brackets are open. Inside of them line ends mean nothing.
    """

    def __init__(self, written: Written, comments: tuple[tree.Comment, ...] = ()) -> None:
        self.written = written
        self.depth = 0
        self.kept = written.commented_parentheses(comments)
        self.placed: list[Placed] = []
        self._comments = comments
        self._at = 0
        self.next_comment = comments[0].span.start if comments else _NEVER

    # --- comments

    def take(self, until: int) -> list[tree.Comment]:
        """The comments before a place that nobody has taken yet."""
        taken: list[tree.Comment] = []
        while self.next_comment < until:
            taken.append(self._comments[self._at])
            self._at += 1
            more = self._at < len(self._comments)
            self.next_comment = self._comments[self._at].span.start if more else _NEVER
        return taken

    def before(self, offset: int, line: Doc = "") -> Doc:
        """`line`, or where there are comments before a place: these, each on its line."""
        if offset <= self.next_comment:
            return line
        lines = self._remarks(self.take(offset), first=line is SOFT)
        lines.append(BLANK if self.written.blank_before(offset) else HARD)
        return (TRIM, lines) if isinstance(line, Line) else (TRIM, Nest(lines))

    def last_before(self, offset: int) -> Doc:
        """The comments between the last item and the closing bracket at `offset`."""
        if offset <= self.next_comment:
            return ""
        return self._remarks(self.take(offset))

    def closing(self, offset: int) -> Doc:
        """The comments before a closing parenthesis that no line is broken before."""
        return (self.last_before(offset), HARD) if self.next_comment < offset else ""

    def _remarks(self, comments: list[tree.Comment], first: bool = False) -> list[Doc]:
        """Comments, each on its line; `first`: a bracket was opened just before."""
        lines: list[Doc] = []
        for comment in comments:
            place = comment.span.start
            if not lines and not self.written.stands_alone(place):
                lines.append(" ")
            elif self.written.blank_before(place) and (lines or not first):
                lines.append(BLANK)
            else:
                lines.append(HARD)
            lines.append(Remark(_text(comment)))
        return lines

    # --- blocks

    def block(self, head: Doc, start: int, end: int, parts: Sequence[Part]) -> Doc:
        """A heading, which stands at `start` and ends at `end`, and its items below it."""
        return self.lay_out(head, self.collect(start, end, parts))

    def lay_out(self, head: Doc, block: Block) -> Doc:
        heading: Doc = (head, Remark(" " + block.heading)) if block.heading else head
        lines = self.lines(block)
        return (heading, Nest((HARD, lines))) if lines else heading

    def collect(self, start: int, end: int, parts: Sequence[Part]) -> Block:
        """The items of a block with the comments that belong to each.

        `start`: where what the block belongs to begins; -1 for the file. `end`: where its
        heading ends.
        """
        block = Block([])
        around, placed = self.placed, []
        for part in sorted(parts, key=lambda part: part.span.start):
            item = _Item(part)
            self._between(block, item, end)
            self.placed = []
            item.doc = part.print()
            placed.append(Placed(part.span, item.doc, self.placed))
            block.items.append(item)
            end = part.span.end
        self.placed = around
        around.extend(placed)
        self._after(block, end, self._floor(start, block))
        block.items.sort(key=lambda item: item.part.rank)
        return block

    def _floor(self, start: int, block: Block) -> int:
        """How deep a comment below the last item has to stand to belong to the block."""
        if start < 0:
            return 0
        floor = self.written.column(start) + 1
        if block.items:
            first = block.items[0].part.span.start
            if self.written.begins_line(first):
                return max(floor, self.written.column(first))
        return floor

    def _between(self, block: Block, item: _Item, end: int) -> None:
        """What stands between the end of the item above, or of the heading, and an item."""
        item.blank = self.written.blank_before(item.part.span.start)
        start = max(item.part.span.start, item.part.opened)
        if self.next_comment >= start:
            return
        for comment in self.take(start):
            if not item.leading and self._trails(block, end, comment):
                continue
            blank = self.written.blank_before(comment.span.start)
            item.leading.append((blank, _text(comment)))

    def _trails(self, block: Block, end: int, comment: tree.Comment) -> bool:
        """Put a comment on the line that it stands on, if there is no other yet."""
        place = comment.span.start
        here = self.written.same_line(end, place) and not self.written.stands_alone(place)
        if place >= end and not here:
            return False
        if block.items:
            if not block.items[-1].trailing:
                block.items[-1].trailing = _text(comment)
                return True
        elif not block.heading:
            block.heading = _text(comment)
            return True
        return False

    def _after(self, block: Block, end: int, floor: int) -> None:
        """The comments behind the last item that belong to it or to its block."""
        if self.next_comment == _NEVER:
            return
        limit = self.written.next_code(end)
        while self.next_comment < limit:
            comment = self._comments[self._at]
            place = comment.span.start
            if not block.last and self._trails(block, end, comment):
                self.take(place + 1)
                continue
            if self.written.column(place) < floor:
                break
            self.take(place + 1)
            block.last.append((self.written.blank_before(place), _text(comment)))

    def lines(self, block: Block) -> list[Doc]:
        """The lines of a block without its heading, separated, not begun, by line ends."""
        lines: list[Doc] = []
        for item in block.items:
            blank = item.blank
            for number, (above, text) in enumerate(item.leading):
                apart = number == 0 and item.part.apart
                lines += [BLANK if above or apart else HARD, Remark(text)]
            apart = item.part.apart and not item.leading
            lines += [BLANK if blank or apart else HARD, item.doc]
            if item.trailing:
                lines.append(Remark(" " + item.trailing))
        for blank, text in block.last:
            lines += [BLANK if blank else HARD, Remark(text)]
        return lines[1:]

    # --- brackets

    def bracketed(
        self, opening: str, parts: Sequence[Part], closing: str, end: int
    ) -> tuple[Doc, ...]:
        """Items between brackets, on one line or each on its own; `end`: behind the closer."""
        self.depth += 1
        inside: list[Doc] = []
        for number, part in enumerate(parts):
            if number:
                inside.append(",")
                blank = self.written.blank_before(part.span.start)
                inside.append(self.before(part.span.start, SPACE_OR_BLANK if blank else SPACE))
            else:
                inside.append(self.before(part.span.start, SOFT))
            inside.append(part.print())
        if parts:
            inside.append(COMMA)
        inside.append(self.last_before(end - 1))
        self.depth -= 1
        if not parts and inside == [""]:
            return (opening, closing)
        return (opening, Nest(inside), SOFT, closing)

    def separated(self, parts: Sequence[Part]) -> list[Doc]:
        """Items with commas between them, outside of brackets."""
        out: list[Doc] = []
        for number, part in enumerate(parts):
            if number:
                out += [",", self.before(part.span.start, SPACE)]
            out.append(part.print())
        return out

    # --- names

    def name(self, name: tree.Name) -> Doc:
        comments = self.before(name.span.start)
        return (comments, name.text) if comments else name.text

    def grouped(self, content: Doc) -> Doc:
        return content if isinstance(content, str) else Group(content)


def _text(comment: tree.Comment) -> str:
    return comment.text.rstrip()
