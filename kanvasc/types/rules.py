"""The rules of fields against values that are written out, however deep in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kanvasc.records import dataclass
from kanvasc.source import Span
from kanvasc.types import constants
from kanvasc.types.program import FieldSpec, RecordSpec
from kanvasc.types.typed import NewList, NewMap, NewRecord, TypedExpr


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that breaks a rule: where it is written, which rule, of which field."""

    span: Span
    problem: str
    field: FieldSpec


def broken(value: TypedExpr, field: FieldSpec, records: Mapping[str, RecordSpec]) -> Broken | None:
    """The first rule that a constant breaks as a value of `field`. `records`: those that the
    program declares, by the names of their types."""
    problem = constants.violation(constants.evaluate(value), field.constraints)
    if problem is not None:
        return Broken(value.span, problem, field)
    return broken_inside(value, records)


def broken_inside(value: TypedExpr, records: Mapping[str, RecordSpec]) -> Broken | None:
    """The same for the fields of the records in a constant."""
    match value:
        case NewRecord(fields=entries):
            spec = records.get(value.record.name or "")
            known = {field.name: field for field in spec.fields} if spec is not None else {}
            return _first(
                broken(inner, known[name], records)
                if name in known
                else broken_inside(inner, records)
                for name, inner in entries
            )
        case NewList(items=items):
            return _first(broken_inside(item, records) for item in items)
        case NewMap(entries=entries):
            return _first(broken_inside(item, records) for _, item in entries)
    return None


def _first(found: Iterable[Broken | None]) -> Broken | None:
    return next((one for one in found if one is not None), None)
