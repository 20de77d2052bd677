"""How secrets flow through expressions: what is secret in a value, by what it is made of.

What chooses a value is in the value: a condition, an index, what `filter` looks at. A list of
secrets is as long as a list of anything else, so that its length says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from kanvasc.records import dataclass, field
from kanvasc.source import Source
from kanvasc.types import typed
from kanvasc.types.program import RecordSpec
from kanvasc.types.taint import CLEAN, Origin, Taint, union, whole
from kanvasc.types.typed import LambdaOf, Symbol, TypedExpr
from kanvasc.types.types import ListOf, MapOf, Record, Type, without_null


@dataclass
class Flows:
    """What is secret in the values of one machine. `records`: what the program declares;
    `input`: what is secret in what comes in."""

    source: Source
    records: dict[str, RecordSpec]
    input: Taint = CLEAN
    symbols: dict[Symbol, Taint] = field(default_factory=dict)
    seen: Callable[[TypedExpr, Taint, str], None] = lambda _, __, ___: None
    """Told of values that a failure could name."""

    def of(self, value: TypedExpr | None) -> Taint:
        """What is secret in the value of an expression."""
        return CLEAN if value is None else HANDLERS.get(type(value), _worked_out)(self, value)

    def held(self, type_: Type, path: str, *, rooted: bool = False) -> Taint:
        """What is secret in a value by the fields of its type that are. `path` is how the program
        refers to it; `rooted`: it is the machine's input."""
        inner = without_null(type_)
        if isinstance(inner, ListOf | MapOf):
            item = self.held(inner.item, path)
            return CLEAN if item == CLEAN else Taint(items=item)
        spec = self.records.get(inner.name or "") if isinstance(inner, Record) else None
        if spec is None:
            return CLEAN
        found = []
        for one in spec.fields:
            below = f"{path}.{one.name}"
            inside = self.held(one.type, below)
            if one.secret:
                origin = Origin("field", below, one.span, one.source or self.source)
                inside = union((Taint((origin,)), inside))
            if inside != CLEAN:
                here = frozenset((one.name,))
                found.append((one.name, inside.relabelled("field", here) if rooted else inside))
        return Taint(fields=tuple(found))


def _clean(_: Flows, __: TypedExpr) -> Taint:
    return CLEAN


def _input(at: Flows, _: typed.InputRef) -> Taint:
    return at.input


def _secret(at: Flows, value: typed.SecretRef) -> Taint:
    return Taint((Origin("secret", f"secrets.{value.name}", value.span, at.source),))


def _local(at: Flows, value: typed.Local) -> Taint:
    return at.symbols.get(value.symbol, CLEAN)


def _part(at: Flows, value: typed.Get | typed.GetAny) -> Taint:
    return at.of(value.object).part(value.name)


def _key(at: Flows, value: typed.Key) -> Taint:
    return union((at.of(value.object).item(), whole((at.of(value.key),))))


def _at(at: Flows, value: typed.At) -> Taint:
    index = at.of(value.index)
    at.seen(value.index, index, "an index")
    return union((at.of(value.object).item(), whole((index,))))


def _outside(at: Flows, value: typed.Length | typed.IsNull) -> Taint:
    inner = value.object if isinstance(value, typed.Length) else value.operand
    return Taint(at.of(inner).own)


def _either(at: Flows, value: typed.Coalesce) -> Taint:
    left = at.of(value.left)
    return union((left, at.of(value.right)))


def _chosen(at: Flows, value: typed.If) -> Taint:
    condition = whole((at.of(value.condition),))
    return union((condition, at.of(value.then), at.of(value.otherwise)))


def _record(at: Flows, value: typed.NewRecord) -> Taint:
    return _named(at, value.fields)


def _map(at: Flows, value: typed.NewMap) -> Taint:
    return _named(at, value.entries)


def _named(at: Flows, parts: Iterable[tuple[str, TypedExpr]]) -> Taint:
    found = ((name, at.of(part)) for name, part in parts)
    return Taint(fields=tuple(pair for pair in found if pair[1] != CLEAN))


def _list(at: Flows, value: typed.NewList) -> Taint:
    items = union(map(at.of, value.items))
    return CLEAN if items == CLEAN else Taint(items=items)


def _same(at: Flows, value: typed.Present) -> Taint:
    return at.of(value.operand)


def _coerced(at: Flows, value: typed.Coerce) -> Taint:
    taint, target = at.of(value.operand), without_null(value.type)
    if isinstance(target, Record) and taint.fields:
        return taint.only(known.name for known in target.fields)
    return taint


def _function(at: Flows, value: LambdaOf) -> Taint:
    return at.of(value.body)


def _worked_out(at: Flows, value: Any) -> Taint:
    """Operators: nothing is left of how their operands were made."""
    return whole(map(at.of, _OPERANDS[type(value)](value)))


_OPERANDS: Final[dict[type[Any], Callable[[Any], Iterable[TypedExpr]]]] = {
    typed.Operate: lambda value: (value.left, value.right),
    typed.Logic: lambda value: (value.left, value.right),
    typed.Negate: lambda value: (value.operand,),
    typed.Not: lambda value: (value.operand,),
    typed.Truth: lambda value: (value.operand,),
    typed.JoinText: lambda value: value.parts,
}

HANDLERS: Final[dict[type[Any], Callable[[Flows, Any], Taint]]] = {
    typed.Bad: _clean,
    typed.Const: _clean,
    typed.ContextRef: _clean,
    typed.StateRef: _clean,
    typed.InputRef: _input,
    typed.SecretRef: _secret,
    typed.Local: _local,
    typed.Get: _part,
    typed.GetAny: _part,
    typed.Key: _key,
    typed.At: _at,
    typed.Length: _outside,
    typed.IsNull: _outside,
    typed.Coalesce: _either,
    typed.If: _chosen,
    typed.NewRecord: _record,
    typed.NewMap: _map,
    typed.NewList: _list,
    typed.Present: _same,
    typed.Coerce: _coerced,
    typed.LambdaOf: _function,
}


# --- the library


def _called(at: Flows, value: typed.CallLibrary) -> Taint:
    given, functions = _values(value), _functions(value)
    taints = [at.of(one) for one in given]
    handler = LIBRARY.get(value.python)
    if handler is not None:
        return handler(at, taints, functions)
    for one in functions:
        _bind(at, one, whole(taints))
    return whole((*taints, *(at.of(one.body) for one in functions)))


def _values(value: typed.CallLibrary) -> list[TypedExpr]:
    return [one for one in value.arguments if not isinstance(one, LambdaOf)]


def _functions(value: typed.CallLibrary) -> list[LambdaOf]:
    return [one for one in value.arguments if isinstance(one, LambdaOf)]


def _bind(at: Flows, function: LambdaOf, *parameters: Taint) -> Taint:
    """What is secret in what a function gives for these; the last one stands for all others."""
    for position, symbol in enumerate(function.parameters):
        at.symbols[symbol] = parameters[min(position, len(parameters) - 1)]
    return at.of(function.body)


def _of_items(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    """What a function says of the items, as far as it chooses among them."""
    items = taints[0].item()
    return whole(_bind(at, one, items) for one in functions)


def _each(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    made = union(_bind(at, one, taints[0].item()) for one in functions)
    return Taint(taints[0].own, items=None if made == CLEAN else made)


def _some_items(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    """A list of items as they are; what chooses or orders them is in the list."""
    return union((taints[0], whole(taints[1:]), _of_items(at, taints, functions)))


def _ordered(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    """The same, where the items themselves decide."""
    chosen = _of_items(at, taints, functions) if functions else whole(taints)
    return union((taints[0], chosen))


def _one_item(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    chosen = _of_items(at, taints, functions)
    return union((taints[0].item(), chosen))


def _tested(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    return union((Taint(taints[0].own), _of_items(at, taints, functions)))


def _reduced(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    """What was so far goes in again: the second turn sees all that there is to see."""
    items, made = taints[0].item(), taints[1]
    for _ in range(2):
        made = union((made, *(_bind(at, one, made, items) for one in functions)))
    return union((Taint(taints[0].own), made))


def _grouped(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    return union((Taint(items=taints[0]), _of_items(at, taints, functions), Taint(taints[0].own)))


def _mapped(at: Flows, taints: list[Taint], functions: list[LambdaOf]) -> Taint:
    """Which keys there are depends on the items, whatever the values are made of."""
    chosen = _of_items(at, taints, functions[:1])
    return union((_each(at, taints, functions[1:]), chosen))


def _listed(_: Flows, taints: list[Taint], __: list[LambdaOf]) -> Taint:
    return Taint(taints[0].own, items=taints[0].item())


def _entry(_: Flows, taints: list[Taint], __: list[LambdaOf]) -> Taint:
    return union((taints[0].item(), whole(taints[1:])))


def _names(_: Flows, taints: list[Taint], __: list[LambdaOf]) -> Taint:
    return union((Taint(taints[0].own), whole(taints[1:])))


def _both(_: Flows, taints: list[Taint], __: list[LambdaOf]) -> Taint:
    return union(taints)


def _flat(_: Flows, taints: list[Taint], __: list[LambdaOf]) -> Taint:
    return union((Taint(taints[0].own), taints[0].item()))


LIBRARY: Final[dict[str, Callable[[Flows, list[Taint], list[LambdaOf]], Taint]]] = {
    "map_": _each,
    "filter_": _some_items,
    "reverse": _some_items,
    "list_slice": _some_items,
    "sort": _ordered,
    "sort_by": _ordered,
    "unique": _ordered,
    "find": _one_item,
    "first": _one_item,
    "last": _one_item,
    "some": _tested,
    "every": _tested,
    "count": _tested,
    "reduce": _reduced,
    "group_by": _grouped,
    "to_map": _mapped,
    "flat": _flat,
    "keys": _names,
    "has": _names,
    "values": _listed,
    "get": _entry,
    "merge": _both,
}
"""Functions that keep something of how their values are made; of all others, what they give is
worked out from all that they get."""

HANDLERS[typed.CallLibrary] = _called
