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


Reduce: TypeAlias = tuple[Rule, int]
"""A reduction and the state behind it and the unit reductions that follow."""


class Automaton:
    """The table, ready to run."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.rows = table.rows
        self.gotos = table.gotos
        self.rules = table.rules
        self._landings: dict[tuple[int, str, str], tuple[int, int | None]] = {}
        entered = enumerate(table.entered)
        self.indents = {state for state, terminal in entered if terminal == "INDENT"}
        """States behind the start of a body."""

        entered = enumerate(table.entered)
        self.brackets = {state for state, terminal in entered if terminal in _BRACKETS}
        """States behind a bracket that is still open while they are on the stack."""

    def expected(self, states: Sequence[int]) -> list[str]:
        """All terminals that can really follow."""
        return [terminal for terminal in self.rows[states[-1]] if self.accepts(states, terminal)]

    def plan(self, states: Sequence[int], terminal: str) -> Sequence[Reduce] | None:
        """The reductions before `terminal` is shifted; None when it cannot be."""
        action = self.rows[states[-1]].get(terminal)
        if action is None:
            return None
        return () if action > 0 else self._reductions(states, terminal, action)

    def _reductions(self, states: Sequence[int], terminal: str, first: int) -> list[Reduce] | None:
        rules = self.rules
        planned: list[Reduce] = []
        kept = len(states)
        above: list[int] = []
        action: int | None = first
        while action is not None and action < 0:
            rule = rules[-action - 1]
            size = rule.size
            if size < len(above):
                del above[len(above) - size :]
            else:
                kept -= size - len(above)
                above.clear()
            below = above[-1] if above else states[kept - 1]
            state, action = self._landing(below, rule.origin, terminal)
            planned.append((rule, state))
            above.append(state)
        return None if action is None else planned

    def _landing(self, below: int, origin: str, terminal: str) -> tuple[int, int | None]:
        """The state above `below` for an `origin`, its unit reductions done, and what is next."""
        key = (below, origin, terminal)
        known = self._landings.get(key)
        if known is None:
            state = self.gotos[below][origin]
            action = self.rows[state].get(terminal)
            while action is not None and action < 0 and self.rules[-action - 1].unit:
                state = self.gotos[below][self.rules[-action - 1].origin]
                action = self.rows[state].get(terminal)
            known = self._landings[key] = (state, action)
        return known

    def before_shift(self, states: Sequence[int], terminal: str) -> int:
        """The state in which an acceptable terminal is shifted, its reductions done."""
        planned = self.plan(states, terminal)
        return planned[-1][1] if planned else states[-1]

    def accepts(self, states: Sequence[int], terminal: str) -> bool:
        action = self.rows[states[-1]].get(terminal)
        if action is None:
            return False
        return action > 0 or self._reductions(states, terminal, action) is not None
