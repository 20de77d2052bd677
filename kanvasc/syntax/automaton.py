"""The LALR(1) machine: what a stack of states can take, exactly, and how it takes it.

After an expression a merged look-ahead set names four times as many terminals as can really
follow. So a terminal is tried on the states alone before any value is touched: at a fault the
stack is still what it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from kanvasc.syntax.tables import Rule, Table

_BRACKETS: Final = (
    "CALL", "LPAR", "LAMBDA_OPEN", "INDEX", "LBRACK", "LBRACE", "TBRACE", "TYPE_OPEN",
)  # fmt: skip
Value: TypeAlias = Any
Reduction: TypeAlias = Callable[[list[Value]], Value]


class Automaton:
    """The table, ready to run."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows = table.rows
        self.gotos = table.gotos
        self.rules = table.rules
        self.indents = {row["INDENT"] - 1 for row in table.rows if row.get("INDENT", 0) > 0}
        """States behind the start of a body."""

        self.brackets = {
            row[terminal] - 1
            for row in table.rows
            for terminal in _BRACKETS
            if row.get(terminal, 0) > 0
        }
        """States behind a bracket that is still open while they are on the stack."""

    def expected(self, states: Sequence[int]) -> list[str]:
        """All terminals that can really follow."""
        return [terminal for terminal in self.rows[states[-1]] if self.accepts(states, terminal)]

    def plan(self, states: Sequence[int], terminal: str) -> Sequence[Rule] | None:
        """The reductions before `terminal` is shifted; None when it cannot be."""
        rows = self.rows
        action = rows[states[-1]].get(terminal)
        if action is None:
            return None
        if action > 0:
            return ()
        return self._reductions(states, terminal, action)

    def _reductions(self, states: Sequence[int], terminal: str, action: int) -> list[Rule] | None:
        rows, gotos, rules = self.rows, self.gotos, self.rules
        planned: list[Rule] = []
        kept = len(states)
        above: list[int] = []
        next_action: int | None = action
        while next_action is not None and next_action < 0:
            rule = rules[-next_action - 1]
            planned.append(rule)
            size = rule.size
            if size < len(above):
                del above[len(above) - size :]
            else:
                kept -= size - len(above)
                above.clear()
            state = gotos[above[-1] if above else states[kept - 1]][rule.origin]
            above.append(state)
            next_action = rows[state].get(terminal)
        return None if next_action is None else planned

    def before_shift(self, states: Sequence[int], terminal: str) -> int:
        """The state in which an acceptable terminal is shifted, its reductions done."""
        reduced = list(states)
        for rule in self.plan(states, terminal) or ():
            if rule.size:
                del reduced[len(reduced) - rule.size :]
            reduced.append(self.gotos[reduced[-1]][rule.origin])
        return reduced[-1]

    def accepts(self, states: Sequence[int], terminal: str) -> bool:
        action = self.rows[states[-1]].get(terminal)
        if action is None:
            return False
        return action > 0 or self._reductions(states, terminal, action) is not None
