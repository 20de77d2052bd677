"""`decide`: arms by conditions, or by the literals that a subject is matched with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.records import dataclass, field
from kanvasc.syntax import tree
from kanvasc.types import matches, operators
from kanvasc.types.joining import joined
from kanvasc.types.matches import never_taken
from kanvasc.types.narrow import present_when
from kanvasc.types.program import TypedArm, TypedBody, TypedDecide, TypedStep
from kanvasc.types.relations import join
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Const, Symbol
from kanvasc.types.types import ANY, NULL, UNKNOWN, Type, nullable

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps


@dataclass
class _Arms:
    """The arms so far, and the steps that each leaves."""

    arms: list[TypedArm] = field(default_factory=list)
    otherwise: TypedBody | None = None
    left: list[dict[str, Symbol]] = field(default_factory=list)

    @property
    def bodies(self) -> list[TypedBody]:
        return [arm.body for arm in self.arms] + ([self.otherwise] if self.otherwise else [])


def decide(self: Steps, step: tree.Decide, scope: Scope) -> TypedStep | None:
    hint = self.hints.get(step.name.text)
    found = _Arms()
    if step.subject is not None:
        match = matches.read(self.at, step, step.subject, scope)
        for case, arm in zip(step.cases, match.arms, strict=True):
            body, after = self.body(case.body, scope.with_present(arm.present), hint)
            found.arms.append(TypedArm(arm.condition, body, case.span, arm.literals))
            found.left.append(new_steps(scope, after))
        _otherwise(self, step, found, scope, scope.with_present(match.present), hint)
        made = _made(self, step, found, exhaustive=match.exhaustive)
        if made is not None:
            made.subject, made.named = match.subject, match.named
            if match.named is not None:
                match.named.used = True
        return made
    known = scope
    _report_never_taken(self, step)
    for when in step.whens:
        condition = operators.condition(self.at, when.condition, known)
        inside = known.with_present(present_when(when.condition, True))
        body, after = self.body(when.body, inside, hint)
        found.arms.append(TypedArm(condition, body, when.span))
        found.left.append(new_steps(scope, after))
        known = known.with_present(present_when(when.condition, False))
    _otherwise(self, step, found, scope, known, hint)
    return _made(self, step, found, exhaustive=False)


def _otherwise(
    self: Steps, step: tree.Decide, found: _Arms, scope: Scope, known: Scope, hint: Type | None
) -> None:
    if step.otherwise is not None:
        found.otherwise, after = self.body(step.otherwise, known, hint)
        found.left.append(new_steps(scope, after))


def _report_never_taken(self: Steps, step: tree.Decide) -> None:
    """What stands behind `when true`, and what stands in `when false`."""
    always: tree.When | None = None
    for when in step.whens:
        if always is not None:
            never_taken(self.at, when.condition.span, always.condition.span, "this always holds")
        elif isinstance(when.condition, tree.BoolLit) and when.condition.value:
            always = when
        elif isinstance(when.condition, tree.BoolLit):
            never_taken(self.at, when.condition.span, None, "")
    if always is not None and step.otherwise is not None:
        never_taken(self.at, step.otherwise.span, always.condition.span, "this always holds")


def new_steps(before: Scope, after: Scope) -> dict[str, Symbol]:
    return {name: symbol for name, symbol in after.steps.items() if name not in before.steps}


def _made(self: Steps, step: tree.Decide, found: _Arms, *, exhaustive: bool) -> TypedDecide | None:
    nothing = Const(NULL, step.span, None)
    values = [body.value if body.value is not None else nothing for body in found.bodies]
    if not values:
        return None
    complete = found.otherwise is not None or exhaustive
    wanted = self.hints.get(step.name.text)
    fitted = joined(self.at, values, wanted, f"the arms of `{step.name.text}`", step.name.text)
    type_: Type = UNKNOWN
    if fitted is not None:
        type_, made = fitted
        for body, value in zip(found.bodies, made, strict=True):
            body.value = value
        type_ = type_ if complete else nullable(type_)
    symbol = Symbol(step.name.text, type_, step.name.span, "step")
    left = _exported(found.left, complete=complete)
    return TypedDecide(
        symbol, step.span, tuple(found.arms), found.otherwise, left, exhaustive=exhaustive
    )


def _exported(arms: list[dict[str, Symbol]], *, complete: bool) -> tuple[Symbol, ...]:
    """Steps inside arms, as those behind the decision see them: null where they did not run, and
    of any type where they have none in common."""
    found: list[Symbol] = []
    for name in dict.fromkeys(name for arm in arms for name in arm):
        symbols = [arm[name] for arm in arms if name in arm]
        type_ = symbols[0].type
        for symbol in symbols[1:]:
            type_ = join(type_, symbol.type) or ANY
        always = complete and len(symbols) == len(arms)
        found.append(Symbol(name, type_ if always else nullable(type_), symbols[0].span, "step"))
    return tuple(found)
