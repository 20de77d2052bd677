"""Constructs that this version does not support yet: recognised, named, and swallowed whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kanvasc.source import Span
from kanvasc.syntax.scanner import END, STRING, WORD, Piece

if TYPE_CHECKING:
    from kanvasc.syntax.reader import Reader


class Found(NamedTuple):
    """`terminals`: what it can be, by its place; `size`: the pieces of its whole block."""

    terminals: tuple[str, ...]
    size: int


_ANYWHERE: Final = ("UNS_ENSURES", "UNS_STEP", "UNS_SECTION", "UNS_FILE")
_BLOCKS: Final[dict[str, tuple[str, ...]]] = {
    "stores": _ANYWHERE,
    "has": _ANYWHERE,
    "authority": _ANYWHERE,
    "shortcut": ("UNS_SURFACE", *_ANYWHERE),
    "a2a": ("UNS_SURFACE", *_ANYWHERE),
    "publishes": ("UNS_SURFACE",),
    "subscribes": ("UNS_SURFACE",),
    "locale": ("UNS_FILE", "UNS_SECTION"),
    "launch": ("UNS_STEP",),
    "launch_many": ("UNS_STEP",),
    "goto": ("UNS_STEP",),
}
BLOCKS: Final = frozenset(
    {"stores", "has", "authority", "shortcut", "a2a", "publishes", "subscribes", "locale"}
)
ACTIONS: Final = frozenset({"exec", "file", "db", "dataframe", "call"})
_OPERATORS: Final = frozenset({"and", "or", "in", "is", "as"})


def at(reader: Reader, place: int) -> Found | None:
    """The unsupported construct that begins at a word."""
    terminals = _terminals(reader, place)
    return Found(terminals, _extent(reader, place)) if terminals else None


def _terminals(reader: Reader, place: int) -> tuple[str, ...]:
    word = reader.pieces[place].text
    if word in _BLOCKS:
        return _BLOCKS[word] if _heads_block(reader, place) else ()
    if word == "wait" and reader.is_word(place + 1, "for"):
        return ("UNS_STEP",)
    if word == "with" and reader.is_word(place + 1, "tools"):
        return ("UNS_WITH",)
    if word == "ask" and _is_ask_of(reader, place):
        return ("UNS_STEP",)
    if word == "action" and reader.kind(place + 2) == WORD:
        kind = reader.pieces[place + 2]
        return ("UNS_STEP",) if kind.text in ACTIONS and not kind.first else ()
    return ()


def _heads_block(reader: Reader, place: int) -> bool:
    follower = reader.kind(place + 1)
    if reader.pieces[place].text == "locale" and follower == ":":
        return True
    if reader.is_word(place + 1, "as") or follower == ":":
        return False
    if follower in (WORD, STRING):
        return reader.pieces[place + 1].text not in _OPERATORS
    return follower in (END, "{", "[")


def _is_ask_of(reader: Reader, place: int) -> bool:
    follower = place + 2 + (reader.kind(place + 2) == ",")
    return reader.kind(place + 1) == WORD and reader.is_word(follower, "of")


def _extent(reader: Reader, place: int) -> int:
    """Pieces up to the next section, item or line that does not belong to the block."""
    pieces = reader.pieces
    head = pieces[place]
    end = place + 1
    while pieces[end].kind != END:
        piece = pieces[end]
        if piece.first and piece.depth == 0 and piece.column <= head.column:
            break
        if reader.section_at(end) or reader.file_item_at(end):
            break
        end += 1
    return end - place


class Heading(NamedTuple):
    """What a construct is called, and where that is written."""

    text: str
    span: Span


def heading(reader: Reader, place: int, count: int) -> tuple[Heading, Piece | None]:
    """The construct's own words, and the name of the step if it has one."""
    words = [piece for piece in reader.pieces[place : place + min(count, 4)] if piece.kind == WORD]
    first = words[0]
    if first.text in ("wait", "with") and len(words) > 1:
        span = Span(first.start, words[1].end)
        return Heading(f"{first.text} {words[1].text}", span), None
    named = words[1] if len(words) > 1 else None
    if first.text == "ask":
        return Heading("ask … of", first.span), named
    if first.text == "action" and len(words) > 2:
        return Heading(f"action … {words[2].text}", first.span), named
    return Heading(first.text, first.span), named
