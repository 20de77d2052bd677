"""Repairs of what other languages have taught: names without `let`, keys that are worked out, …"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from kanvasc.source import Span
from kanvasc.syntax import messages
from kanvasc.syntax.messages import Place
from kanvasc.syntax.repair import Repair, insert
from kanvasc.syntax.scanner import END, WORD, Piece
from kanvasc.syntax.walk import Walk


def habits(walk: Walk, place: Place) -> Iterator[Repair]:
    """All that may be tried before a sign is taken for another one."""
    yield from _assigned(walk, place)
    yield from _for_in_list(place)
    yield from _let_alone(place)
    yield from _computed_key(walk, place)


def _for_in_list(place: Place) -> Iterator[Repair]:
    """`[x + 1 for x in items]`"""
    if place.piece.text != "for" or not place.piece.depth:
        return

    def apply(trial: Walk) -> bool:
        while trial.reader.pieces[trial.at].depth >= place.piece.depth:
            trial.skip()
        return trial.step()

    yield Repair(apply, lambda: messages.for_in_list(place), guessed=True)


def _assigned(walk: Walk, place: Place) -> Iterator[Repair]:
    """`x = …` and `state.x = …` as lines of their own."""
    pieces, begin = place.pieces, place.at
    if place.piece.kind != "=" or place.piece.depth:
        return
    while begin and not pieces[begin].first:
        begin -= 1
    if not pieces[begin].first:
        return  # inside of a text there are no lines
    state = pieces[begin].text == "state" and place.at - begin == 3
    if not state and place.at - begin != 1:
        return

    def apply(trial: Walk) -> bool:
        trial.skip()
        while trial.reader.pieces[trial.at].kind != END and not trial.reader.pieces[trial.at].first:
            trial.skip()
        return trial.step()

    def name(trial: Walk) -> bool:
        if not (trial.close_lines() and insert(trial, place.back(), "LET")):
            return False
        return trial.step("NAME") and trial.step()

    span = Span(pieces[begin].start, place.piece.end)
    message = partial(messages.assigned, span, "set" if state else "let")
    if not state and walk.last_mark is not None:
        yield Repair(name, message, walk.last_mark)
    yield Repair(apply, message)


def _let_alone(place: Place) -> Iterator[Repair]:
    """A `let` that no `compute` holds: as if one stood above it, and a value below it."""
    if place.piece.text != "let" or not place.piece.first:
        return

    def apply(trial: Walk) -> bool:
        if not trial.close_lines():
            return False
        if not all(insert(trial, place, terminal) for terminal in ("COMPUTE", "NAME")):
            return False
        while not _ends_lets(trial):
            if not trial.step():
                trial.skip()
        for terminal in ("NAME", "EQUALS", "HOLE", "HOLE"):  # the rest of the `let`, and the value
            due = trial.accepts(terminal) and (terminal == "HOLE" or not trial.accepts("HOLE"))
            if due and not trial.fork().step():
                insert(trial, Place(place.pieces, trial.at), terminal)
        return True

    yield Repair(apply, lambda: messages.let_alone(place), guessed=True)


def _ends_lets(trial: Walk) -> bool:
    """The next line is no `let`, and no more of one."""
    piece = trial.reader.pieces[trial.at]
    if piece.kind == END:
        return True
    goes_on = not piece.first or piece.depth or trial.layout.goes_on(trial.reader, trial.at)
    return not goes_on and piece.text != "let"


def _computed_key(walk: Walk, place: Place) -> Iterator[Repair]:
    """`{[x]: 1}`, `{(x): 1}`, `{x.y: 1}`: a key that the run is to work out."""
    comma = place.piece.kind == ","
    if not place.piece.depth or not walk.accepts("COMMA_KEY" if comma else "KEY"):
        return
    pieces, begin, depth = place.pieces, place.at + comma, place.piece.depth
    end = next((at for at in range(begin, len(pieces)) if _ends_key(pieces[at], depth)), begin)
    member = pieces[begin].kind == WORD and pieces[begin + 1].kind in (".", "[")
    worked_out = member or pieces[begin].kind in ("[", "(")
    if pieces[end].kind != ":" or not worked_out:
        return

    def apply(trial: Walk) -> bool:
        if comma and not trial.step("COMMA_KEY"):
            return False
        trial.skip(end - begin)
        return insert(trial, place, "KEY") and trial.step()

    span = Span(pieces[begin].start, pieces[end - 1].end)
    yield Repair(apply, lambda: messages.computed_key(span))


def _ends_key(piece: Piece, depth: int) -> bool:
    return piece.depth <= depth and piece.kind in (":", ",", "}", END)
