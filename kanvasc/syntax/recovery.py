"""On at a fault: by the repair that lets the line go through, else at the next sound place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kanvasc.diagnostics import Diagnostic
from kanvasc.source import Span
from kanvasc.syntax import messages
from kanvasc.syntax.build import Builder
from kanvasc.syntax.messages import Place
from kanvasc.syntax.repair import Repair, insert
from kanvasc.syntax.repairs import expected_at, repairs
from kanvasc.syntax.scanner import END, WORD
from kanvasc.syntax.walk import Walk
from kanvasc.syntax.words import KEYWORDS, STEP_TERMINALS

MAX_FAULTS: Final = 60
"""Repairs of one file; whoever mends so many will run the compiler again."""
_FAR: Final = 14
"""Pieces that a repair has to get through at most."""
_NEAR: Final = 6
"""Pieces behind a repair, on its line, whose faults are its consequences."""
_ABOUT_BODIES: Final = frozenset({"K0013", "K0014", "K0015"})
_UNDOUBTED: Final = frozenset({"K0010", "K0012", "K0013", "K0016", "K0020", "K0022"})
"""Faults that leave no doubt about what was meant."""
_PLACES: Final = 80
"""Places at which to look for a way on."""


class _Trial(NamedTuple):
    repair: Repair
    walk: Walk
    reached: int


class Recovery:
    """Brings one walk over its faults, and reports each once."""

    def __init__(self, walk: Walk, builder: Builder, faulty: list[Span]) -> None:
        self.walk = walk
        self.builder = builder
        self.faulty = faulty
        self.pieces = walk.reader.pieces
        self.faults = 0
        self.quiet_until = self.quiet_line = -1
        self.line = -1
        self.sure = True

    def run(self) -> None:
        """Bring the walk over the fault at its place."""
        self.faults += 1
        place = Place(self.pieces, self.walk.at)
        if self.faults > MAX_FAULTS:
            self._give_up()
        elif self._enters_too_deep():
            self.builder.too_deep(place.piece.span)
            self._synchronise(place)
        else:
            self._repair(place)

    def _enters_too_deep(self) -> bool:
        trial = self.walk.fork()
        trial.enter()
        return trial.too_deep

    def _repair(self, place: Place) -> None:
        best = self._best(place)
        if best is None:
            self._doubt(place)
            self._report(messages.unexpected(place, expected_at(self.walk)), place)
            self.sure = False
            self._synchronise(place)
            return
        diagnostic = best.repair.message()
        if diagnostic.code not in _UNDOUBTED:
            self._doubt(place)
            said = diagnostic.span.start
            end = self.pieces[best.walk.at - 1].end if best.repair.guessed else said
            self.builder.doubts.append(Span(said, end))
        self._report(diagnostic, place)
        self.sure = best.repair.sure
        self.quiet_until = self._line_end(place.at) if not best.repair.sure else place.at + _NEAR
        self.quiet_line = place.piece.line
        self.walk.adopt(best.walk, best.repair.mark)

    def _doubt(self, place: Place, end: int | None = None) -> None:
        """The fault itself or, with `end`, all that is skipped up to there."""
        start = place.piece.start
        if place.piece.first and place.before is not None and end is None:
            start = place.before.start  # What is missing is missing at the end of the line above.
        self.builder.doubts.append(Span(start, start if end is None else end))

    def _best(self, place: Place) -> _Trial | None:
        """The first repair after which this line and the next one's start go through; else the
        first after which this line does."""
        second: _Trial | None = None
        for repair in repairs(self.walk, place):
            trial = self.walk.fork(repair.mark)
            if not repair.apply(trial):
                continue
            line = self._line_end(max(place.at, trial.at - 1))
            reached = self._reach(trial.fork(), line)
            if reached > line:
                return _Trial(repair, trial, reached)
            far = reached if repair.sure else 0
            if far >= place.at + 2 and (second is None or far > second.reached):
                second = _Trial(repair, trial, reached)
        return second

    def _reach(self, trial: Walk, line: int) -> int:
        while not trial.done and trial.at <= line and trial.step():
            pass
        return line + 1 if trial.done else trial.at

    def _line_end(self, at: int) -> int:
        """Number of the next line's first piece, or of one far enough away."""
        end = at + 1
        while end < len(self.pieces) - 1 and not self.pieces[end].first and end - at < _FAR:
            end += 1
        return min(end, len(self.pieces) - 1)

    def _report(self, diagnostic: Diagnostic, place: Place) -> None:
        start = place.piece.start
        if place.at <= self.quiet_until and place.piece.line == self.quiet_line:
            return
        if self._follows(diagnostic, place):
            return
        near = place.before.end if place.before else start
        if any(
            span.start <= start <= span.end or span.start <= near <= span.end
            for span in self.faulty
        ):
            return
        self.builder.report(diagnostic)
        self.line = place.piece.line

    def _follows(self, diagnostic: Diagnostic, place: Place) -> bool:
        """The line above was repaired, and this fault is about how the two hang together."""
        if place.before is None or not place.piece.first or place.before.line != self.line:
            return False
        return diagnostic.code in _ABOUT_BODIES or not self.sure

    # --- no repair

    def _synchronise(self, place: Place) -> None:
        """Go on at the next place that some prefix of the stack can take."""
        self.builder.torn = True
        for at in self._sound_places(place.at):
            for depth in self._prefixes():
                trial = self.walk.fork()
                trial.cut(depth)
                trial.at = at
                if self._resumes(trial):
                    self._doubt(place, self.pieces[at - 1].end)
                    self._cut(depth, at)
                    return
        self._give_up()

    def _resumes(self, trial: Walk) -> bool:
        return trial.step() and (trial.done or trial.step())

    def _prefixes(self) -> Iterator[int]:
        deepest = len(self.walk.states)
        brackets = self.walk.automaton.brackets
        for depth, state in enumerate(self.walk.states):
            if state in brackets:
                deepest = depth
                break
        yield from range(deepest, max(deepest - 60, 0), -1)
        yield from range(min(10, max(deepest - 60, 0)), 0, -1)

    def _sound_places(self, fault: int) -> Iterator[int]:
        """Starts of lines not deeper than the faulty one, sections; in a line, items."""
        column = self.pieces[fault].column
        found = 0
        for at in range(fault + 1, len(self.pieces)):
            if self._is_sound(at, column):
                yield at
                found += 1
            if found > _PLACES:
                return

    def _is_sound(self, at: int, column: int) -> bool:
        piece = self.pieces[at]
        if piece.kind == END:
            return True
        if piece.depth:
            return False
        if piece.first:
            return piece.column <= column or self.walk.reader.section_at(at) is not None
        reader = self.walk.reader
        if piece.kind != WORD:
            return False
        step = any(terminal in STEP_TERMINALS for terminal in KEYWORDS.get(piece.text, ()))
        return bool(reader.section_at(at)) or step or reader.is_field(at) or reader.is_entry(at)

    def _cut(self, depth: int, at: int) -> None:
        self.walk.cut(depth)
        self.walk.at = at
        self.walk.last_mark = None
        self.quiet_until = -1

    def _give_up(self) -> None:
        """Close the file here; what was whole until now stays in the tree."""
        last = len(self.pieces) - 1
        self._doubt(Place(self.pieces, self.walk.at), self.pieces[last].start)
        for depth in range(len(self.walk.states), 0, -1):
            trial = self.walk.fork()
            trial.cut(depth)
            trial.at = last
            if trial.step():
                self._cut(depth, last)
                return
        self._cut(1, last)
        insert(self.walk, Place(self.pieces, last), "HOLE")
