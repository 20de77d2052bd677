"""Repairs worth a trial at a fault, the likeliest first. The one that works is the message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from kanvasc.syntax import messages
from kanvasc.syntax.expected import spelt
from kanvasc.syntax.habits import habits
from kanvasc.syntax.messages import Place
from kanvasc.syntax.repair import Repair, insert
from kanvasc.syntax.scanner import END, NUMBER, STRING, WORD
from kanvasc.syntax.spelling import nearest
from kanvasc.syntax.walk import Mark, Walk
from kanvasc.syntax.words import KEYWORDS, PHRASES, SECTION_WORDS, STEP_TERMINALS

_SINGLES: Final = (
    "COMMA", "COMMA_KEY", "COLON", "AS", "EQUALS", "IN", "CASE_ARROW", "ARROW", "NAME", "STRING",
    "HOLE",
)  # fmt: skip
_PAIRS: Final = (
    ("HOLE", "HOLE"),
    ("NAME", "HOLE"),
    ("EQUALS", "HOLE"),
    ("COLON", "HOLE"),
    ("IN", "HOLE"),
    ("AS", "NAME"),
    ("DOT", "NAME"),
    ("HOLE", "COMMA"),
    ("NAME", "NAME"),
)
_PHRASES: Final = [
    ((first, *rest), terminal)
    for first, phrases in PHRASES.items()
    for rest, terminal in phrases
    if terminal != "RUN_FLOW"
]


_MEANT: Final = {
    "assume": "assuming",
    "assumes": "assuming",
    "mock": "assuming",
    "elif": "when",
    "case": "when",
    "default": "otherwise",
    "calculate": "compute",
    "calc": "compute",
    "choose": "decide",
    "switch": "decide",
    "verify": "verifies",
    "tests": "verifies",
    "inputs": "accepts",
    "steps": "implements",
    "fetch": "action",
    "returning": "returns",
}
"""What people write who come from other languages, and the word that they mean."""
_HEADINGS: Final = (
    ("MACHINE", "NAME"),
    ("VERIFIES",),
    ("ACHIEVES",),
    ("ENSURES",),
    ("IMPLEMENTS",),
    ("COMPUTE", "NAME"),
)


def repairs(walk: Walk, place: Place) -> Iterator[Repair]:
    """All that may be tried where `walk` cannot go on."""
    yield from _layout(walk, place)
    yield from _reserved(walk, place)
    yield from _lone_word(walk, place)
    yield from habits(walk, place)
    yield from _signs(walk, place)
    yield from _headings(walk, place)
    yield from _misspelt(walk, place, None)
    if walk.last_mark is not None and place.before is not None:
        yield from _misspelt(walk, place.back(), walk.last_mark)
    yield from _names(walk, place, None)
    if walk.last_mark is not None and place.before is not None:
        yield from _names(walk, place.back(), walk.last_mark)
    yield from _insertions(walk, place)
    yield from _deletions(walk, place)


# --- layout of bodies


def _layout(walk: Walk, place: Place) -> Iterator[Repair]:
    if walk.layout.pending is None:
        return
    column = walk.layout.pending
    piece = place.piece
    if not piece.first and walk.accepts("INDENT") and _is_step(walk, place):

        def broken(trial: Walk) -> bool:
            return trial.open_block(column + 1) and trial.step()

        yield Repair(broken, lambda: messages.step_on_openers_line(place))
    elif piece.first and walk.accepts("INDENT"):

        def empty(trial: Walk) -> bool:
            return insert(trial, place, "HOLE") and trial.step()

        yield Repair(empty, lambda: messages.no_body(place))
    elif piece.first and piece.column > column and _is_complete(walk):
        yield Repair(_skip_deeper(column), lambda: messages.second_body(place))


def _is_complete(walk: Walk) -> bool:
    """A step or arm could end here."""
    return walk.accepts("DEDENT") or walk.accepts("EXPRESSES")


def _is_step(walk: Walk, place: Place) -> bool:
    return any(t in STEP_TERMINALS for t, _ in walk.reader.candidates(place.at))


def _skip_deeper(column: int) -> Callable[[Walk], bool]:
    def skip(trial: Walk) -> bool:
        pieces = trial.reader.pieces
        while pieces[trial.at].kind != END:
            piece = pieces[trial.at]
            if piece.first and piece.depth == 0 and piece.column <= column:
                break
            trial.skip()
        return trial.step()

    return skip


# --- words


def _reserved(walk: Walk, place: Place) -> Iterator[Repair]:
    """A word of the language where a name is due."""
    piece = place.piece
    section = piece.kind == WORD and not piece.first and piece.text in SECTION_WORDS
    if section and walk.accepts("NAME") and not walk.accepts("HOLE"):
        yield Repair(lambda trial: trial.step("NAME"), lambda: messages.reserved(place))


def _headings(walk: Walk, place: Place) -> Iterator[Repair]:
    """A section, step or machine whose first line is missing."""
    if not place.piece.first:
        return
    if walk.reader.begins_item(place.at):
        for terminals in _HEADINGS:
            if walk.accepts(terminals[0]):
                yield _headed(place, terminals)
    elif walk.accepts("MACHINE") and place.piece.column < 2:
        for heading in ("MACHINE", "TYPE"):
            yield _headed(place, (heading,), 0)
            yield _headed(place, (heading,), 1)


def _lone_word(walk: Walk, place: Place) -> Iterator[Repair]:
    """A heading that was misspelt, so that what stands below it does not fit."""
    before, mark = place.before, walk.last_mark
    if place.piece.first and before is not None and before.first and mark is not None:
        yield from _misspelt(walk, place.back(), mark)


def _headed(place: Place, terminals: tuple[str, ...], skipped: int | None = None) -> Repair:
    def apply(trial: Walk) -> bool:
        trial.skip(skipped or 0)
        if not trial.close_lines():
            return False
        return all(insert(trial, place, terminal) for terminal in terminals) and trial.step()

    if skipped is not None:
        named = _machine_name(place, skipped)
        return Repair(apply, lambda: messages.no_machine(place, spelt(terminals[0]), named))
    return Repair(apply, lambda: messages.no_heading(place, terminals[0]))


def _machine_name(place: Place, skipped: int) -> str:
    return place.follower.text if skipped else place.piece.text


def _misspelt(walk: Walk, place: Place, mark: Mark | None) -> Iterator[Repair]:
    piece = place.piece
    if piece.kind != WORD:
        return
    trial = walk.fork(mark)
    if not trial.enter():
        return
    expected = {t for t in trial.automaton.expected(trial.states) if not t.startswith("UNS_")}
    for words, terminal in _PHRASES:
        if terminal in expected and piece.text == words[0] and len(words) == 2:
            yield Repair(
                partial(Walk.step, terminal=terminal),
                partial(messages.half_phrase, place, words),
                mark,
            )
        if terminal in expected and _almost(walk, place.at, words):
            yield _respelt(place, mark, terminal, " ".join(words), len(words))
    singles = {w: t for w, found in KEYWORDS.items() for t in found if t in expected}
    # A word of the language that stands in a wrong place is not a slip of the pen.
    known = piece.text in KEYWORDS or piece.text in PHRASES
    word = None if known else _MEANT.get(piece.text) or nearest(piece.text, singles)
    if word in singles:
        yield _respelt(place, mark, singles[word], word, 1)


def _almost(walk: Walk, at: int, words: tuple[str, ...]) -> bool:
    pieces = walk.reader.pieces[at : at + len(words)]
    written = [piece.text for piece in pieces]
    if any(piece.kind != WORD or piece.first for piece in pieces[1:]) or tuple(written) == words:
        return False
    if len(written) < len(words):
        return False
    return all(w == g or nearest(g, (w,)) == w for w, g in zip(words, written, strict=True))


def _respelt(place: Place, mark: Mark | None, terminal: str, word: str, size: int) -> Repair:
    return Repair(
        lambda trial: trial.step(terminal, size),
        lambda: messages.misspelt(place, word, size),
        mark,
    )


def _names(walk: Walk, place: Place, mark: Mark | None) -> Iterator[Repair]:
    """A name whose `as` or `:` is missing."""
    piece = place.piece
    if piece.kind != WORD or piece.text == "as" or walk.reader.begins_item(place.at):
        return
    follower = place.follower
    if follower.kind == ":":
        yield Repair(_field_with_colon(place), lambda: messages.colon_for_as(place), mark)
        return
    alone = follower.first or follower.kind == END
    if piece.first or follower.kind == WORD or alone:
        yield Repair(_as_field(place, alone), lambda: messages.no_as(place, alone), mark)
    if follower.kind == "=":
        yield Repair(_as_key(place, 1), lambda: messages.equals_for_colon(place), mark)
    elif follower.kind in (WORD, STRING, NUMBER, "[", "{") and not follower.first:
        yield Repair(_as_key(place, 0), lambda: messages.no_colon(place), mark)


def _field_with_colon(place: Place) -> Callable[[Walk], bool]:
    def apply(trial: Walk) -> bool:
        if not trial.step("FIELD"):
            return False
        trial.skip()
        return insert(trial, place, "AS") and trial.step()

    return apply


def _as_field(place: Place, alone: bool) -> Callable[[Walk], bool]:
    def apply(trial: Walk) -> bool:
        if not (trial.step("FIELD") and insert(trial, place, "AS")):
            return False
        return insert(trial, place, "NAME") if alone else trial.step()

    return apply


def _as_key(place: Place, skipped: int) -> Callable[[Walk], bool]:
    def apply(trial: Walk) -> bool:
        if not trial.step("KEY"):
            return False
        trial.skip(skipped)
        return insert(trial, place, "COLON") and trial.step()

    return apply


# --- signs


def _signs(walk: Walk, place: Place) -> Iterator[Repair]:
    """A sign that stands for another one, or a word in the wrong place."""
    kind, text = place.piece.kind, place.piece.text
    if kind == "=":
        yield _exchange(place, "EQUAL", "==", "`=` gives a value to a name; `==` compares")
        yield _exchange(place, "COLON", ":", "Write `:` here, not `=`")
    elif kind == ":":
        yield _exchange(place, "AS", " as", "Write `as` here, not `:`")
        yield _exchange(place, "EQUALS", " =", "Write `=` here, not `:`")
    elif kind == "==":
        yield _exchange(place, "EQUALS", "=", "`==` compares; `=` gives a value to a name")
    elif text == "as":
        yield _exchange(place, "COLON", ":", "Write `:` here, not `as`")
    elif text == "in" and place.before and place.before.text == "not" and walk.last_mark:

        def drop_not(trial: Walk) -> bool:
            trial.skip()
            return trial.step()

        yield Repair(drop_not, lambda: messages.not_in(place.back()), walk.last_mark)
    elif text == "not" and place.follower.text == "in":

        def skip_not(trial: Walk) -> bool:
            trial.skip()
            return trial.step()

        yield Repair(skip_not, lambda: messages.not_in(place))
    elif text in ("if", "when", "match"):

        def decide(trial: Walk) -> bool:
            return (
                trial.enter()
                and insert(trial, place, "DECIDE")
                and insert(trial, place, "NAME")
                and trial.step()
            )

        yield Repair(decide, lambda: messages.no_decide(place))
    elif text in ("to", "of") and kind == WORD:
        yield _exchange(place, "AS", "as", f"Write `as` here, not `{text}`")


def _exchange(place: Place, terminal: str, ours: str, title: str) -> Repair:
    return Repair(
        lambda trial: trial.step(terminal),
        lambda: messages.other_sign(place, ours, title),
    )


# --- insertions, deletions


def _insertions(walk: Walk, place: Place) -> Iterator[Repair]:
    value = walk.accepts("HOLE")
    if place.piece.first:
        # The line ends before its value: the next line is not that value.
        for sign in ("EQUALS", "COLON", "IN"):
            if walk.accepts(sign):
                yield _inserted(place, (sign, "HOLE"))
    for terminal in _SINGLES:
        if value and terminal in ("NAME", "STRING"):
            continue
        # `in` is due in `for each`; between two values it would be a guess.
        if terminal == "IN" and walk.automaton.rows[walk.states[-1]].get("IN", 0) < 0:
            continue
        if walk.accepts(terminal):
            yield _inserted(place, (terminal,))
    for pair in _PAIRS:
        if walk.accepts(pair[0]):
            yield _inserted(place, pair)


def _inserted(place: Place, terminals: tuple[str, ...]) -> Repair:
    def apply(trial: Walk) -> bool:
        return all(insert(trial, place, terminal) for terminal in terminals) and trial.step()

    return Repair(apply, lambda: messages.missing(place, terminals))


def _deletions(walk: Walk, place: Place) -> Iterator[Repair]:
    if place.piece.kind == END:
        return

    def drop(trial: Walk) -> bool:
        trial.skip()
        return trial.step()

    yield Repair(drop, lambda: messages.unexpected(place, expected_at(walk)), sure=False)
    if walk.last_mark is not None and place.before is not None:
        back = place.back()
        mark = walk.last_mark
        if back.piece.kind == ",":
            yield from _after_comma(walk, place, mark)
        yield Repair(
            drop,
            lambda: messages.unexpected(back, expected_at(walk.fork(mark))),
            mark,
            sure=False,
        )


def _after_comma(walk: Walk, place: Place, mark: Mark) -> Iterator[Repair]:
    """Drop the piece; what the comma before it means depends on what stands behind."""
    for terminal in ("COMMA_FIELD", "COMMA_KEY", "COMMA", "COMMA_END"):

        def drop(trial: Walk, terminal: str = terminal) -> bool:
            if not trial.step(terminal):
                return False
            trial.skip()
            return trial.step()

        yield Repair(drop, lambda: messages.unexpected(place, expected_at(walk)), mark, sure=False)


def expected_at(walk: Walk) -> list[str]:
    """What could stand at a fault, once what has no sign of its own is taken."""
    entered = walk.fork()
    states = entered.states if entered.enter() else walk.states
    return walk.automaton.expected(states)
