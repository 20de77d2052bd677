"""`together`: steps that run at the same time, and the record of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.records import replace
from kanvasc.syntax import tree
from kanvasc.types import attempts, enclosed
from kanvasc.types.control import TypedTogether
from kanvasc.types.program import TypedStep
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Symbol
from kanvasc.types.types import UNKNOWN, Record, RecordField, Type

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps


def together(self: Steps, step: tree.Together, scope: Scope) -> TypedStep | None:
    """The children see what stands before all of them, and not each other."""
    from kanvasc.types.steps import name_of

    _report_value(self, step)
    names = [name for name in map(name_of, step.body.steps) if name is not None]
    beside = {name.text: name.span for name in names}
    children: list[TypedStep] = []
    behind = scope
    fields: list[Symbol] = []
    for child in step.body.steps:
        own = name_of(child)
        others = {name: span for name, span in beside.items() if own is None or name != own.text}
        with self.unasked():
            made, after = self.sequence((child,), replace(scope, beside={**scope.beside, **others}))
        children.extend(made)
        if own is not None:
            fields.append(after.steps[own.text])
            self.report_twice(after.steps[own.text], behind)
            behind = behind.with_steps(after.steps[own.text])
    for field in fields:
        field.used = True
    known = len(children) == len(step.body.steps) and all(f.type != UNKNOWN for f in fields)
    record = Record(tuple(RecordField(field.name, field.type) for field in fields))
    type_: Type = record if known else UNKNOWN
    symbol = Symbol(step.name.text, type_, step.name.span, "step")
    made_ = TypedTogether(symbol, step.span, tuple(children), tuple(fields))
    if step.body.on_failure is None:
        return made_
    hint = self.hints.get(step.name.text)
    enclosed.note(self.at, step)
    return attempts.around(self, step.body.on_failure, made_, scope, hint)


def _report_value(self: Steps, step: tree.Together) -> None:
    value = step.body.value
    if value is not None and not isinstance(value, tree.Missing):
        self.at.report(
            "K3022",
            value.span,
            "`together` has no value of its own at its end",
            why="Its value holds the values of its steps by name, and all of them run at once.",
            help=f"write it in a step behind: `steps.{step.name.text}.…` are the values",
        )
