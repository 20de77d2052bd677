"""What a place in the program can see."""

from __future__ import annotations

from kanvasc.records import dataclass, field, replace
from kanvasc.source import Span
from kanvasc.types.typed import Symbol
from kanvasc.types.types import Record


@dataclass(frozen=True, slots=True)
class Scope:
    """Names visible at a place. `present`: paths (`input.a`) that the conditions around the
    place say are not null. `later`: steps and lets that exist but come after it; `open`: steps
    that the place is inside of. `fixed`: a place that is read before any message comes. `state`:
    what the machine keeps between runs; None when it keeps nothing. `loop`: the index of
    the `for each` around the place; `beside`: steps that run at the same time as the place;
    `secrets`: the names under `needs`."""

    input: Record
    steps: dict[str, Symbol] = field(default_factory=dict)
    locals: dict[str, Symbol] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    later: dict[str, Span] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    fixed: bool = False
    state: Record | None = None
    loop: Symbol | None = None
    beside: dict[str, Span] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()

    def with_local(self, symbol: Symbol) -> Scope:
        return replace(self, locals={**self.locals, symbol.name: symbol})

    def with_steps(self, *symbols: Symbol) -> Scope:
        return replace(self, steps={**self.steps, **{s.name: s for s in symbols}})

    def with_present(self, paths: frozenset[str]) -> Scope:
        return self if not paths else replace(self, present=self.present | paths)
