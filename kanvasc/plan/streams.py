"""Which texts of an answer are the machine's output as they are, so that they can be told early."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.types.control import TypedAttempt, TypedRetry, TypedRunFlow
from kanvasc.types.inside import every, outermost
from kanvasc.types.program import (
    Constraints,
    FieldSpec,
    RecordSpec,
    TypedAsk,
    TypedBody,
    TypedCompute,
    TypedDecide,
    TypedMachine,
    TypedStep,
)
from kanvasc.types.typed import Coerce, Get, Local, NewRecord, Present, TypedExpr
from kanvasc.types.types import TEXT, Nullable

Streams = dict[int, tuple[tuple[str, str], ...]]
"""By the id of an `ask`: fields of its answer, each with the field of the output that it is."""


def streams(machine: TypedMachine) -> Streams:
    """Of all `ask` steps of a machine that feed a text of its output."""
    guards = [guard for guard in machine.guards if guard.over == "output"]
    if any(guard.action == "block" for guard in guards):
        return {}  # what may have to stay inside is not told before it is whole
    held = {name for guard in guards for name in (*guard.reads, *dict(guard.fields))}
    steps = tuple(every(outermost(machine.steps, machine.flows)))
    lets = [let for step in steps if isinstance(step, TypedCompute) for let in step.lets]
    if machine.answer is not None:
        lets.append(machine.answer)
    origins = _Origins(
        {id(step.symbol): step for step in steps if hasattr(step, "symbol")},
        {id(let.symbol): let.value for let in lets},
    )
    found: dict[int, dict[tuple[str, str], None]] = {}
    outputs = {field.name: field for field in machine.output.fields}
    for name, value in machine.result:
        if name in held or name not in outputs or not _free(outputs[name]):
            continue
        for ask, field in origins.of(value, None):
            if _free(_field(ask.returns, field)):
                found.setdefault(id(ask), {})[field, name] = None
    return {ask: tuple(pairs) for ask, pairs in found.items()}


class _Origins:
    """Follows a value back to the answers that it may be a part of."""

    def __init__(self, steps: dict[int, TypedStep], lets: dict[int, TypedExpr]) -> None:
        self._steps = steps
        self._lets = lets

    def of(self, value: TypedExpr, field: str | None) -> Iterator[tuple[TypedAsk, str]]:
        """`field` of the value, or the value itself."""
        match value:
            case Coerce(operand=operand) | Present(operand=operand):
                yield from self.of(operand, field)
            case Get(object=whole, name=name) if field is None:
                yield from self.of(whole, name)
            case NewRecord(fields=fields) if field is not None:
                for name, part in fields:
                    if name == field:
                        yield from self.of(part, None)
            case Local(symbol=symbol) if id(symbol) in self._steps:
                yield from self._of_step(self._steps[id(symbol)], field)
            case Local(symbol=symbol) if id(symbol) in self._lets:
                yield from self.of(self._lets[id(symbol)], field)

    def _of_step(self, step: TypedStep, field: str | None) -> Iterator[tuple[TypedAsk, str]]:
        if isinstance(step, TypedAsk):
            if field is not None:
                yield step, field
            return
        if isinstance(step, TypedCompute):
            yield from self.of(step.value, field)
            return
        for body in _values(step):
            if body.value is not None:
                yield from self.of(body.value, field)


def _values(step: TypedStep) -> tuple[TypedBody, ...]:
    """The bodies one of whose values is the step's own."""
    match step:
        case TypedDecide(arms=arms, otherwise=otherwise):
            last = () if otherwise is None else (otherwise,)
            return (*(arm.body for arm in arms), *last)
        case TypedRetry(body=body):
            return (body,)
        case TypedAttempt(body=body, recovery=recovery):
            return (body, recovery)
        case TypedRunFlow(flow=flow):
            return (flow.body,)
    return ()


def _field(record: RecordSpec, name: str) -> FieldSpec | None:
    return next((field for field in record.fields if field.name == name), None)


def _free(field: FieldSpec | None) -> bool:
    """Whether every beginning of a text that fits is one that fits."""
    if field is None or field.secret or field.constraints != Constraints():
        return False
    kind = field.type.of if isinstance(field.type, Nullable) else field.type
    return kind == TEXT
