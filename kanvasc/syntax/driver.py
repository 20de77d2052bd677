"""From pieces to the tree: the way through them, repairs where there is none, then the nodes."""

from __future__ import annotations

from typing import Any

from kanvasc.source import Span
from kanvasc.syntax.automaton import Automaton, Reduction
from kanvasc.syntax.build import Builder, reductions
from kanvasc.syntax.reader import Reader
from kanvasc.syntax.recovery import Recovery
from kanvasc.syntax.scanner import Piece
from kanvasc.syntax.tables import Rule
from kanvasc.syntax.walk import Move, Walk


def drive(
    automaton: Automaton, builder: Builder, pieces: list[Piece], faulty: list[Span], start: str
) -> Any:
    """The value of the start symbol, whatever the pieces are."""
    walk = Walk(automaton, Reader(pieces), [automaton.table.starts[start]])
    recovery = Recovery(walk, builder, faulty)
    while not walk.done:
        if not walk.step():
            recovery.run()
    return _values(walk.moves, reductions(builder))[0]


def _values(moves: list[Move], reduce: dict[str, Reduction]) -> list[Any]:
    values: list[Any] = []
    for plan, token, keep in moves:
        for rule, _ in plan:
            if not rule.unit:
                _reduce(values, rule, reduce)
        if token is not None:
            values.append(token)
        else:
            del values[keep:]
    return values


def _reduce(values: list[Any], rule: Rule, reduce: dict[str, Reduction]) -> None:
    start = len(values) - rule.size
    taken = values[start:]
    del values[start:]
    if rule.origin[0] == "_":
        values.append(_joined(taken))
    else:
        values.append(reduce[rule.name](_flat(taken) if rule.inlined else taken))


def _joined(taken: list[Any]) -> list[Any]:
    """One list of all; a list that stands first grows in place, or long ones would be quadratic."""
    joined: list[Any] = taken[0] if taken and isinstance(taken[0], list) else taken[:1]
    for value in taken[1:]:
        if isinstance(value, list):
            joined.extend(value)
        else:
            joined.append(value)
    return joined


def _flat(taken: list[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in taken:
        if isinstance(value, list):
            flat.extend(value)
        else:
            flat.append(value)
    return flat
