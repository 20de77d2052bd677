"""What steps are assumed to answer: which do, what is written of it, and what it stands for."""

from __future__ import annotations

from typing import TypeAlias

from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.asking import literal_record
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.kept import MEMORY, RECALLED, TypedRecall
from kanvasc.types.program import FieldSpec, RecordSpec, TypedAsk, TypedHttp
from kanvasc.types.typed import Const, NewRecord, TypedExpr
from kanvasc.types.types import INTEGER, Record

Assumable: TypeAlias = TypedAsk | TypedHttp | TypedRecall


def assumed(at: Elaborator, written: tree.MapLit, step: TypedHttp, place: str) -> TypedExpr | None:
    """The whole answer of which `assuming` says a part: the body, where `returns` declares it,
    then with status 200; else status, headers and body."""
    span = written.span
    if not step.shaped:
        return literal_record(at, written, step.returns, place)
    (body,) = step.returns.nested
    value = literal_record(at, written, body, place)
    if value is None:
        return None
    parts = (("status", Const(INTEGER, span, 200)), ("body", value))
    return NewRecord(step.returns.type, span, parts)


def assumable(step: Assumable) -> RecordSpec:
    """What is written of an assumed answer: the body alone, where a request declares it."""
    if isinstance(step, TypedRecall):
        return _recalled(step.symbol.span)
    return step.returns.nested[0] if isinstance(step, TypedHttp) and step.shaped else step.returns


def _recalled(span: Span) -> RecordSpec:
    """What `recall` gives, as if it were declared where the step stands."""

    def spec(record: Record, *nested: RecordSpec) -> RecordSpec:
        fields = tuple(FieldSpec(field.name, span, field.type, True) for field in record.fields)
        return RecordSpec(record, fields, nested)

    return spec(RECALLED, spec(MEMORY))
