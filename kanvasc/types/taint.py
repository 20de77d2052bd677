"""What is secret in a value: the whole of it, single fields, or the items of a list or map."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from kanvasc.records import dataclass, field, replace
from kanvasc.source import Source, Span

Kind: TypeAlias = Literal["secret", "field"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something secret comes from, as the program says it: `secrets.token`, `input.pin`.

    A `secret` is the machine's own, which the environment supplies; a `field` is marked
    `is secret`. `inputs`: the fields of the machine's input that it is made of.
    """

    kind: Kind
    shown: str
    span: Span = field(compare=False)
    source: Source = field(compare=False, repr=False)
    inputs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Taint:
    """`own`: why the whole value is secret. `fields`: what is secret in it, by name; `items`: what
    is secret in each item of a list or map."""

    own: tuple[Origin, ...] = ()
    fields: tuple[tuple[str, Taint], ...] = ()
    items: Taint | None = None

    def origins(self) -> Iterator[Origin]:
        """All that is secret in it, the outermost first."""
        yield from self.own
        for _, inside in self.fields:
            yield from inside.origins()
        if self.items is not None:
            yield from self.items.origins()

    def part(self, name: str) -> Taint:
        """That of a field; a field of something secret is secret, too."""
        inside = next((found for known, found in self.fields if known == name), CLEAN)
        return union((Taint(self.own), inside, self.items or CLEAN))

    def item(self) -> Taint:
        """That of whichever item."""
        inside = [found for _, found in self.fields]
        return union((Taint(self.own), self.items or CLEAN, *inside))

    def only(self, names: Iterable[str]) -> Taint:
        """Without the fields that a narrower record leaves out."""
        kept = frozenset(names)
        return replace(self, fields=tuple(pair for pair in self.fields if pair[0] in kept))

    def relabelled(self, kind: Kind, inputs: frozenset[str]) -> Taint:
        """The same, come another way."""
        return Taint(
            tuple(replace(origin, kind=kind, inputs=inputs) for origin in self.own),
            tuple((name, part.relabelled(kind, inputs)) for name, part in self.fields),
            None if self.items is None else self.items.relabelled(kind, inputs),
        )


CLEAN = Taint()


def union(taints: Iterable[Taint]) -> Taint:
    """What is secret in any of the values, of a value that may be any of them."""
    found = [taint for taint in taints if taint != CLEAN]
    if len(found) < 2:
        return found[0] if found else CLEAN
    names = dict.fromkeys(name for taint in found for name, _ in taint.fields)
    items = [taint.items for taint in found if taint.items is not None]
    parts = [dict(taint.fields) for taint in found]
    return Taint(
        _distinct(origin for taint in found for origin in taint.own),
        tuple((name, union(known.get(name, CLEAN) for known in parts)) for name in names),
        union(items) if items else None,
    )


def whole(taints: Iterable[Taint]) -> Taint:
    """That of a value which was worked out from all that is in others."""
    return Taint(_distinct(origin for taint in taints for origin in taint.origins()))


def _distinct(origins: Iterable[Origin]) -> tuple[Origin, ...]:
    """Each once, by what it is; the first one counts."""
    return tuple(dict.fromkeys(origins))
