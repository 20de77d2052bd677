"""Typing a program that was typed before, but for a part of it.

What comes of a machine rests on its own text, and on what stands around it: the types and names of
the program, and the contracts of the machines that it calls. As long as these are the same, so is
what came of it. They are known by identity: it is the parser that keeps the trees of declarations
which nobody touched (`syntax/chunks.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from kanvasc.diagnostics import Diagnostic
from kanvasc.link import Unit
from kanvasc.records import dataclass, field, replace
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.check import Typing
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations, Signature
from kanvasc.types.program import RecordSpec, TypedMachine
from kanvasc.types.surface_paths import Place
from kanvasc.types.surfaces import Surfaces
from kanvasc.types.watch import Watch

T = TypeVar("T")

_ONE_FOR_ALL: Final = "K0017"
"""Said once for operations in each other, so whether it is said depends on what was said last."""


@dataclass(eq=False, slots=True)
class Told:
    """What is left beside a result: findings, declared records, and what a watch saw."""

    findings: tuple[Diagnostic, ...]
    records: tuple[RecordSpec, ...]
    seen: Watch | None

    def again(self, at: Elaborator) -> None:
        """Tell it once more."""
        at.diagnostics += self.findings
        at.made += self.records
        for spec in self.records:
            assert spec.type.name is not None
            at.records[spec.type.name] = spec
        if at.watch is not None and self.seen is not None:
            at.watch.absorb(self.seen, at.source)


def _told(at: Elaborator, work: Callable[[], T]) -> tuple[T, Told]:
    watch, found, made = at.watch, len(at.diagnostics), len(at.made)
    at.watch = seen = None if watch is None else watch.part()
    try:
        result = work()
    finally:
        at.watch = watch
    if watch is not None and seen is not None:
        watch.absorb(seen, at.source)
    return result, Told(tuple(at.diagnostics[found:]), tuple(at.made[made:]), seen)


@dataclass(eq=False, slots=True)
class _Types:
    """The declared types of a file."""

    resolved: dict[str, RecordSpec]
    told: Told


@dataclass(eq=False, slots=True)
class _Contract:
    written: tree.Machine
    signature: Signature
    told: Told


@dataclass(eq=False, slots=True)
class _Machine:
    """A machine, and what it rests on: `faults` in its text, the contracts of machines that it
    `asked` for, and the `paths` that were free for its surfaces."""

    written: tree.Machine
    faults: tuple[Span, ...]
    asked: dict[str, Signature | None]
    paths: tuple[tuple[str, Place], ...]
    typed: TypedMachine
    told: Told

    def holds(self, declarations: Declarations, surfaces: Surfaces) -> bool:
        return all(
            declarations.machine(name) == contract for name, contract in self.asked.items()
        ) and all(surfaces.paths.owner(path, place) is None for path, place in self.paths)


@dataclass(eq=False, slots=True)
class _Ground:
    """What stands around all machines. `rest` is compared by value, the trees by identity."""

    types: tuple[tree.TypeDecl, ...]
    rest: tuple[object, ...]

    def same(self, other: _Ground) -> bool:
        return (
            len(self.types) == len(other.types)
            and all(a is b for a, b in zip(self.types, other.types, strict=True))
            and self.rest == other.rest
        )


@dataclass(eq=False, slots=True)
class _Pass:
    """What typing a program once came to: types by file, the rest by the ids of trees."""

    ground: _Ground
    types: dict[str, _Types] = field(default_factory=dict)
    contracts: dict[int, _Contract] = field(default_factory=dict)
    machines: dict[int, _Machine] = field(default_factory=dict)


class _Again(Typing):
    """`before`: what is known of a program with the same ground; `now` is filled."""

    def __init__(self, before: _Pass, now: _Pass) -> None:
        self._before = before
        self._now = now
        self._heads: dict[int, list[int]] = {}

    def types(self, unit: Unit, declarations: Declarations) -> None:
        known = self._before.types.get(unit.name)
        if known is None:
            _, told = _told(declarations.at, lambda: Typing.types(self, unit, declarations))
            known = _Types(dict(declarations.resolved), told)
        else:
            declarations.resolved.update(known.resolved)
            known.told.again(declarations.at)
        self._now.types[unit.name] = known

    def contract(self, declarations: Declarations, machine: tree.Machine) -> None:
        known = self._before.contracts.get(id(machine))
        if known is None:
            _, told = _told(declarations.at, lambda: Typing.contract(self, declarations, machine))
            known = _Contract(machine, declarations.signature(machine), told)
        else:
            declarations.signatures[id(machine)] = known.signature
            known.told.again(declarations.at)
        self._now.contracts[id(machine)] = known

    def machine(
        self, declarations: Declarations, surfaces: Surfaces, machine: tree.Machine
    ) -> TypedMachine:
        at = declarations.at
        if at.diagnostics and at.diagnostics[-1].code == _ONE_FOR_ALL:
            return super().machine(declarations, surfaces, machine)
        faults = self._faults(declarations, machine)
        known = self._before.machines.get(id(machine))
        if known is None or known.faults != faults or not known.holds(declarations, surfaces):
            return self._anew(declarations, surfaces, machine, faults)
        for path, place in known.paths:
            surfaces.paths.take(path, replace(place, source=at.source))
        known.told.again(at)
        self._now.machines[id(machine)] = known
        # What follows from calls is found out anew each time.
        return replace(known.typed, source=at.source, needs=())

    def _anew(
        self,
        declarations: Declarations,
        surfaces: Surfaces,
        machine: tree.Machine,
        faults: tuple[Span, ...],
    ) -> TypedMachine:
        declarations.asked.clear()
        first = len(surfaces.paths.asked)
        typed, told = _told(
            declarations.at,
            lambda: Typing.machine(self, declarations, surfaces, machine),
        )
        asked = surfaces.paths.asked[first:]
        if all(owner is None for _, _, owner in asked):
            paths = tuple((path, place) for path, place, _ in asked)
            self._now.machines[id(machine)] = _Machine(
                machine, faults, dict(declarations.asked), paths, typed, told
            )
        return typed

    def _faults(self, declarations: Declarations, machine: tree.Machine) -> tuple[Span, ...]:
        """Those between the machine's beginning and the next declaration."""
        at = declarations.at
        if not at.faults:
            return ()
        heads = self._heads.get(id(declarations))
        if heads is None:
            nodes = (*declarations.types.values(), *declarations.machines.values())
            heads = self._heads[id(declarations)] = sorted(node.span.start for node in nodes)
        start = machine.span.start
        behind = bisect_left(heads, start + 1)
        end = heads[behind] if behind < len(heads) else None
        behind_start = (fault for fault in at.faults if start <= fault.start)
        return tuple(fault for fault in behind_start if end is None or fault.start < end)


class Memory:
    """What is known of one program from when it was typed last."""

    def __init__(self) -> None:
        self._last: _Pass | None = None

    def typing(
        self, units: Sequence[Unit], declared: dict[int, Declarations], *, keep: bool
    ) -> Typing:
        """How to type the program as it is now. `keep`: that is what is to be remembered."""
        ground = _ground(units, declared)
        if ground is None:
            return Typing()
        now = _Pass(ground)
        before = self._last if self._last is not None and self._last.ground.same(ground) else None
        if keep:
            self._last = now
        return _Again(before or _Pass(ground), now)


def _ground(units: Sequence[Unit], declared: dict[int, Declarations]) -> _Ground | None:
    """None where a name stands twice: which one is meant depends on the order then."""
    rest: list[object] = []
    names: set[str] = set()
    for number, unit in enumerate(units):
        own = declared[id(unit)]
        written = [one.name.text for one in unit.file.types]
        written += [one.name.text for one in unit.file.machines]
        if len(names) + len(written) > len(names.union(written)):
            return None
        names.update(written)
        text = unit.source if number else unit.source.path
        seen = [(name, other.at.source.path) for name, other in own.seen.items()]
        rest += (unit.name, text, written, seen, list(own.hidden.items()))
        rest += (own.place, own.lost, own.broken)
    return _Ground(tuple(one for unit in units for one in unit.file.types), tuple(rest))
