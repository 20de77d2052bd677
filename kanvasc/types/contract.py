"""The output contract: where every field of `responds with` comes from, on every path."""

from __future__ import annotations

from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types import coerce
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import FieldSpec, RecordSpec, TypedDecide, TypedStep
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, Coerce, Get, Local, NewRecord, TypedExpr
from kanvasc.types.types import UNKNOWN, Nullable, Record, Type, show, without_null


def source_of(field: tree.Field) -> tree.Expr | None:
    """What stands behind `from`, when the field has it."""
    for modifier in field.modifiers:
        if modifier.word.text == "from":
            return modifier.value
    return None


def hints(
    section: tree.RespondsWith | None, output: RecordSpec, implements: tree.Implements | None
) -> dict[str, Type]:
    """What the output asks of the steps that it names, and of the last one."""
    if section is None or implements is None:
        return {}
    found: dict[str, Type] = {}
    by_name = True
    for field in section.fields:
        source = source_of(field)
        declared = output.type.get(field.name.text)
        if isinstance(source, tree.NameRef) and declared is not None:
            found[source.text] = declared.type
            by_name = False
    last = getattr(implements.steps[-1], "name", None) if implements.steps else None
    if by_name and isinstance(last, tree.Name):
        found[last.text] = output.type
    return found


class Result:
    """Finds the source of each output field; `last` is the value of the last step."""

    def __init__(
        self, at: Elaborator, scope: Scope, last: TypedExpr | None, steps: tuple[TypedStep, ...]
    ) -> None:
        self.at = at
        self.scope = scope
        self.last = last
        self.steps = steps

    def fields(
        self, section: tree.RespondsWith, output: RecordSpec
    ) -> tuple[tuple[str, TypedExpr], ...]:
        sources = {field.name.text: source_of(field) for field in section.fields}
        found: list[tuple[str, TypedExpr]] = []
        for spec in output.fields:
            source = sources.get(spec.name)
            value = self._by_name(spec) if source is None else self._from(spec, source)
            if value is not None:
                found.append((spec.name, value))
        return tuple(found)

    def _from(self, spec: FieldSpec, source: tree.Expr) -> TypedExpr | None:
        if isinstance(source, tree.Missing):
            return Bad(UNKNOWN, spec.span)
        if isinstance(source, tree.NameRef) and source.text not in self.scope.steps:
            return self.at.report(
                "K1002",
                source.span,
                f"There is no step `{source.text}`",
                help=did_you_mean(source.text, self.scope.steps, "steps"),
            )
        if not isinstance(source, tree.NameRef):
            value = self.at.infer(source, self.scope)
            return self.at.fit(value, spec.type, f"`{spec.name}`")
        symbol = self.scope.steps[source.text]
        symbol.used = True
        value = Local(symbol.type, source.span, symbol)
        inside = symbol.type.get(spec.name) if isinstance(symbol.type, Record) else None
        if inside is not None and coerce.to(value, spec.type) is None:
            return self._fit(spec, Get(inside.type, source.span, value, spec.name))
        return self.at.fit(value, spec.type, f"`{spec.name}`")

    def _by_name(self, spec: FieldSpec) -> TypedExpr | None:
        if self.last is None:
            return self._never(spec, "there is no step that could supply it")
        type_ = self.last.type
        if type_ == UNKNOWN:
            return Bad(UNKNOWN, spec.span)
        record = without_null(type_)
        if not isinstance(record, Record):
            return self._no_record(spec, record)
        field = record.get(spec.name)
        if field is None:
            near = closest(spec.name, [known.name for known in record.fields])
            there = f" (it has `{near}`)" if near else ""
            return self._never(spec, f"the last step's value has no `{spec.name}`{there}")
        if isinstance(type_, Nullable):
            return self._not_always(spec, "no arm may be taken: it has no `otherwise`")
        if isinstance(field.type, Nullable) and not isinstance(spec.type, Nullable):
            return self._maybe_missing(spec, field.type)
        return self._fit(spec, Get(field.type, self.last.span, self.last, spec.name))

    def _fit(self, spec: FieldSpec, value: TypedExpr) -> TypedExpr:
        fitted = coerce.to(value, spec.type)
        if fitted is not None:
            return fitted
        return self.at.report(
            "K3002",
            spec.span,
            f"`{spec.name}` is declared as {show(spec.type)}, but gets {show(value.type)}",
            label=f"declared as {show(spec.type)}",
            help="change the declaration, or convert the value",
        )

    def _never(self, spec: FieldSpec, reason: str) -> TypedExpr | None:
        if not spec.required:
            return None
        return self.at.report(
            "K3001",
            spec.span,
            f"Nothing supplies the output `{spec.name}`",
            label=reason,
            help=f"supply it in the last step (`{{{spec.name}: …}}`), take it `from` a step, "
            "or mark it `is optional`",
        )

    def _no_record(self, spec: FieldSpec, found: Type) -> TypedExpr | None:
        if not spec.required:
            return None
        name = self.steps[-1].symbol.name if self.steps else "…"
        return self.at.report(
            "K3001",
            spec.span,
            f"Nothing supplies the output `{spec.name}`",
            label=f"the last step gives {show(found)}, which has no fields",
            help=f"end the step with `{{{spec.name}: …}}`, or write `from {name}` behind the field",
        )

    def _maybe_missing(self, spec: FieldSpec, found: Type) -> TypedExpr | None:
        arms = self._arms_without(spec.name)
        if arms:
            return self._not_always(spec, f"{arms} does not supply it")
        return self.at.report(
            "K3002",
            spec.span,
            f"The output `{spec.name}` may be null",
            label=f"the last step gives {show(found)}",
            help=f"say what to use instead of null (`?? …`), or mark `{spec.name}` `is optional`",
        )

    def _arms_without(self, name: str) -> str:
        """Which arm of a last `decide` lacks a field, in words."""
        last = self.steps[-1] if self.steps else None
        if not isinstance(last, TypedDecide):
            return ""
        bodies = [(arm.body, arm.span) for arm in last.arms]
        for body, span in bodies:
            if _lacks(body.value, name):
                return f"the arm in line {self.at.source.line_of(span.start)}"
        if last.otherwise is not None and _lacks(last.otherwise.value, name):
            return "`otherwise`"
        return ""

    def _not_always(self, spec: FieldSpec, reason: str) -> TypedExpr | None:
        if not spec.required:
            return None
        return self.at.report(
            "K3002",
            spec.span,
            f"The output `{spec.name}` is not supplied on every path",
            label=reason,
            help=f"supply it there too, or mark `{spec.name}` `is optional`",
        )


def _lacks(value: TypedExpr | None, name: str) -> bool:
    inner = value.operand if isinstance(value, Coerce) else value
    if isinstance(inner, NewRecord):
        return name not in dict(inner.fields)
    return inner is not None and isinstance(inner.type, Record) and inner.type.get(name) is None
