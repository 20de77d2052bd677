"""What the grammar could take at a place, for whoever completes what is being written there."""

from __future__ import annotations

from typing import Final

from kanvasc.source import Source
from kanvasc.syntax import brackets
from kanvasc.syntax.build import Builder
from kanvasc.syntax.parse import automaton
from kanvasc.syntax.reader import Reader
from kanvasc.syntax.recovery import Recovery
from kanvasc.syntax.repairs import expected_at
from kanvasc.syntax.scanner import scan
from kanvasc.syntax.tree import Missing
from kanvasc.syntax.walk import Walk

_ANY_WORD: Final = "word"


def ahead(source: Source, offset: int) -> frozenset[str]:
    """The terminals that could stand at a place; what stands behind it is not looked at."""
    found = scan(Source(source.path, f"{source.text[:offset]}{_ANY_WORD}"))
    pieces = brackets.match(found)
    goal = next(at for at, piece in enumerate(pieces) if piece.end > offset)
    machine = automaton()
    walk = Walk(machine, Reader(pieces), [machine.table.starts["file"]])
    recovery = Recovery(walk, Builder(source, Missing), found.faulty)
    while walk.at < goal and not walk.done:
        if not walk.step():
            recovery.run()
    return frozenset(expected_at(walk))
