"""Documents: text that knows where it may be broken, and the choice of where it is.

A group stands on one line if it fits there; if not, each of its own lines is broken and the
groups inside of it choose for themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

WIDTH: Final = 100
INDENT: Final = 2


class Line:
    """A place to break: `flat` is what stands there otherwise, None: it is always broken.

    `blank`: broken, it leaves a blank line.
    """

    __slots__ = ("blank", "flat")

    def __init__(self, flat: str | None, blank: bool = False) -> None:
        self.flat = flat
        self.blank = blank


class Remark:
    """A comment: what follows it stands on a new line, and its length breaks nothing."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Trim:
    """Takes the spaces away that were written last."""

    __slots__ = ()


class IfBroken:
    """`text` in a group that is broken, nothing in one that is not."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Raw:
    """Lines of the source as they are.

    `column`: the indentation that they had; they move as one to the indentation of their place.
    None: they stay where they are, but for the first if it did not begin its line.
    """

    __slots__ = ("begins", "column", "lines")

    def __init__(self, text: str, column: int | None, begins: bool = True) -> None:
        self.lines = text.split("\n")
        self.column = column
        self.begins = begins


class Nest:
    """Lines that are broken inside stand deeper."""

    __slots__ = ("content",)

    def __init__(self, content: Doc) -> None:
        self.content = content


class Group:
    """All on one line, or each of its lines broken."""

    __slots__ = ("content", "hard")

    def __init__(self, content: Doc) -> None:
        self.content = content
        self.hard = _is_hard(content)


Doc: TypeAlias = "str | Line | Remark | Trim | IfBroken | Raw | Nest | Group | Sequence[Doc]"

SPACE: Final = Line(" ")
SPACE_OR_BLANK: Final = Line(" ", blank=True)
SOFT: Final = Line("")
HARD: Final = Line(None)
BLANK: Final = Line(None, blank=True)
TRIM: Final = Trim()
COMMA: Final = IfBroken(",")


def _is_hard(content: Doc) -> bool:
    """Whether something in it is always broken."""
    pending: list[Doc] = [content]
    while pending:
        doc = pending.pop()
        if isinstance(doc, (str, IfBroken, Trim)):
            continue
        if isinstance(doc, Group):
            if doc.hard:
                return True
        elif isinstance(doc, Nest):
            pending.append(doc.content)
        elif isinstance(doc, Line):
            if doc.flat is None:
                return True
        elif isinstance(doc, (Remark, Raw)):
            return True
        else:
            pending.extend(doc)
    return False


def render(doc: Doc, width: float = WIDTH, indent: int = 0) -> str:
    """The text of a document whose lines begin at `indent`."""
    return _Renderer(width).run(doc, indent)


_Pending: TypeAlias = "tuple[int, bool, Doc]"
"""Indentation, whether lines are broken here, and what is to be written."""


class _Renderer:
    def __init__(self, width: float) -> None:
        self.width = width
        self.out: list[str] = []
        self.column = 0
        # A line's indentation is written with its first text, so blank lines stay empty.
        self.margin = 0
        self.stack: list[_Pending] = []

    def run(self, doc: Doc, indent: int) -> str:
        self.margin = indent
        self.column = indent
        stack = self.stack
        stack.append((indent, True, doc))
        while stack:
            indent, broken, doc = stack.pop()
            if isinstance(doc, str):
                if doc:
                    self._write(doc)
            elif isinstance(doc, Line):
                if not broken and doc.flat is not None:
                    self._write(doc.flat)
                else:
                    self._newline(indent, doc.blank)
            elif isinstance(doc, Group):
                breaks = doc.hard or not self._fits(doc.content)
                stack.append((indent, breaks, doc.content))
            elif isinstance(doc, Nest):
                stack.append((indent + INDENT, broken, doc.content))
            elif isinstance(doc, (Remark, Trim, IfBroken, Raw)):
                self._other(doc, broken)
            else:
                stack.extend([(indent, broken, part) for part in reversed(doc)])
        return "".join(self.out)

    def _write(self, text: str) -> None:
        if self.margin:
            self.out.append(" " * self.margin)
            self.margin = 0
        self.out.append(text)
        self.column += len(text)

    def _newline(self, indent: int, blank: bool) -> None:
        self.out.append("\n\n" if blank else "\n")
        self.margin = self.column = indent

    def _other(self, doc: Remark | Trim | IfBroken | Raw, broken: bool) -> None:
        if isinstance(doc, Remark):
            self._write(doc.text)
        elif isinstance(doc, Trim):
            while self.out and self.out[-1].endswith(" "):
                self.out[-1] = self.out[-1].rstrip(" ")
                if self.out[-1]:
                    break
                self.out.pop()
        elif isinstance(doc, IfBroken):
            if broken:
                self._write(doc.text)
        else:
            self._raw(doc)

    def _raw(self, doc: Raw) -> None:
        shift = 0 if doc.column is None else self.margin - doc.column
        if doc.column is None and doc.begins:
            self.margin = 0
        first, *rest = doc.lines
        self._write(first)
        # What stands further left than it could move stays, as a whole.
        if shift < 0 and any(line[:-shift].strip() for line in rest):
            shift = 0
        for line in rest:
            moved = " " * shift + line if shift > 0 and line else line[max(-shift, 0) :]
            self.out.append("\n" + moved)

    def _fits(self, content: Doc) -> bool:
        """Whether all up to the next place that is surely broken has room, `content` unbroken."""
        room = self.width - self.column
        pending: list[tuple[bool, Doc]] = [(False, content)]
        rest = len(self.stack)
        while room >= 0:
            if not pending:
                if rest == 0:
                    return True
                rest -= 1
                _, broken, doc = self.stack[rest]
                pending.append((broken, doc))
            broken, doc = pending.pop()
            if isinstance(doc, str):
                room -= len(doc)
            elif isinstance(doc, Line):
                if broken or doc.flat is None:
                    return True
                room -= len(doc.flat)
            elif isinstance(doc, Group):
                pending.append((doc.hard, doc.content))
            elif isinstance(doc, Nest):
                pending.append((broken, doc.content))
            elif isinstance(doc, (Remark, Raw)):
                return True
            elif isinstance(doc, IfBroken):
                room -= len(doc.text) if broken else 0
            elif not isinstance(doc, Trim):
                pending.extend([(broken, part) for part in reversed(doc)])
        return False
