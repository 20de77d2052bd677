"""The output contract: where every field of `responds with` comes from, on every path."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.names import closest, did_you_mean
from kanvasc.records import replace
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import coerce
from kanvasc.types.control import TypedAttempt, TypedRetry, TypedRunFlow
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.inside import bodies, giving, last_of
from kanvasc.types.misfits import mismatch
from kanvasc.types.program import (
    FieldSpec,
    RecordSpec,
    TypedBody,
    TypedCompute,
    TypedDecide,
    TypedLet,
    TypedStep,
)
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, Coalesce, Coerce, Get, Local, NewRecord, TypedExpr, bad
from kanvasc.types.types import NULL, UNKNOWN, Nullable, Record, Type, nullable, show, without_null
from kanvasc.types.wording import default_of, described


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
    last = getattr(last_of(implements.steps), "name", None)
    if by_name and isinstance(last, tree.Name):
        found[last.text] = output.type
    return found


def whole(section: tree.RespondsWith | None, output: RecordSpec) -> Type | None:
    """What the last value has to be, where all outputs come from it by name."""
    if section is None or any(source_of(field) is not None for field in section.fields):
        return None
    return output.type


class Result:
    """Finds the source of each output field; `last` is the value of the last step, or the one
    behind it, which has a name then (`answer`)."""

    def __init__(
        self,
        at: Elaborator,
        scope: Scope,
        last: TypedExpr | None,
        steps: tuple[TypedStep, ...],
        answer: TypedLet | None = None,
    ) -> None:
        self.at = at
        self.scope = scope
        self.written = last
        self.last = last
        if answer is not None:
            self.last = Local(answer.symbol.type, answer.symbol.span, answer.symbol)
        self.steps = steps

    def fields(
        self, section: tree.RespondsWith, output: RecordSpec
    ) -> tuple[tuple[str, TypedExpr], ...]:
        sources = {field.name.text: source_of(field) for field in section.fields}
        if self.last is None:
            by_name = [spec for spec in output.fields if sources.get(spec.name) is None]
            self._no_step([spec for spec in by_name if spec.required])
        found: list[tuple[str, TypedExpr]] = []
        for spec in output.fields:
            source = sources.get(spec.name)
            value = None
            if source is not None:
                value = self._from(spec, source)
            elif self.last is not None:
                value = self._by_name(spec, self.last)
            if value is not None:
                found.append((spec.name, value))
        return tuple(found)

    def _no_step(self, lacking: list[FieldSpec]) -> None:
        """One finding for all of them: they have one cause."""
        if not lacking:
            return
        names = ", ".join(f"`{spec.name}`" for spec in lacking[:3])
        more = f" and {len(lacking) - 3} more" if len(lacking) > 3 else ""
        outputs = "output" if len(lacking) == 1 else "outputs"
        example = ", ".join(f"{spec.name}: …" for spec in lacking)
        self.at.report(
            "K3001",
            lacking[0].span,
            f"Nothing supplies the {outputs} {names}{more}",
            label="none of its steps has a value" if self.steps else "this machine has no step",
            help=f"end with a line `{{{example}}}`"
            if self.steps
            else f"add `implements` with a step that ends with `{{{example}}}`",
        )

    # --- `from`

    def _from(self, spec: FieldSpec, source: tree.Expr) -> TypedExpr | None:
        if isinstance(source, tree.Missing):
            return Bad(UNKNOWN, spec.span)
        if not isinstance(source, tree.NameRef):
            value = self.at.infer(_qualified(source, self.scope), self.scope)
            return self._from_value(spec, source, value)
        symbol = self.scope.steps.get(source.text)
        if symbol is None:
            return self._from_nowhere(source)
        symbol.used = True
        value = Local(symbol.type, source.span, symbol)
        inside = symbol.type.get(spec.name) if isinstance(symbol.type, Record) else None
        if inside is not None and coerce.to(value, spec.type) is None:
            part = Get(inside.type, source.span, value, spec.name)
            return self._from_value(spec, source, part)
        return self._from_value(spec, source, value)

    def _from_nowhere(self, source: tree.NameRef) -> TypedExpr:
        near = closest(source.text, self.scope.steps)
        edits = (Edit(source.span, near),) if near else ()
        return self.at.report(
            "K1002",
            source.span,
            f"There is no step `{source.text}`",
            why="`from` names the step whose value the output is.",
            help=did_you_mean(source.text, self.scope.steps, "steps"),
            fixes=(Fix(f"Write `{near}`", edits, safe=False),) if near else (),
        )

    def _from_value(self, spec: FieldSpec, source: tree.Expr, value: TypedExpr) -> TypedExpr:
        fitted = coerce.to(value, spec.type)
        if fitted is not None:
            return fitted
        inner = without_null(value.type)
        null = isinstance(value.type, Nullable) and inner == spec.type
        written = self.at.text(source.span)
        written = written if written.startswith("state.") else f"steps.{written}"
        instead = f"{written} ?? {default_of(spec.type)}" if null else "…"
        other = "mark it `is optional`" if null else f"declare it as {show(value.type)}"
        return self.at.report(
            "K3002",
            source.span,
            f"The output `{spec.name}` must be {described(spec.type)}",
            label=f"this is {described(value.type)}",
            related=(Related(spec.span, f"declared as {show(spec.type)}"),),
            help=f"{other}, or supply it in the last step: `{{{spec.name}: {instead}}}`",
        )

    # --- by name, from the last step

    def _by_name(self, spec: FieldSpec, last: TypedExpr) -> TypedExpr | None:
        if last.type == UNKNOWN:
            return bad(spec.span)
        record = without_null(last.type)
        if not isinstance(record, Record):
            return self._no_record(spec, record)
        field = record.get(spec.name)
        if field is None:
            return self._never(spec, record)
        if isinstance(last.type, Nullable) and not spec.required:
            type_: Type = nullable(field.type)
            return self._fit(spec, Get(type_, last.span, last, spec.name, through_null=True))
        if isinstance(last.type, Nullable):
            empty = next((span for value, span in self._arms() if _is_null(value)), None)
            if empty is not None:
                return self._not_in_arm(spec, empty)
            return self._no_otherwise(spec, last)
        if spec.required and isinstance(field.type, Nullable):
            arm = next((span for value, span in self._arms() if _lacks(value, spec.name)), None)
            if arm is not None:
                return self._not_in_arm(spec, arm)
        return self._fit(spec, Get(field.type, last.span, last, spec.name))

    def _fit(self, spec: FieldSpec, value: TypedExpr) -> TypedExpr:
        if spec.default is not None and isinstance(value.type, Nullable):
            given = coerce.to(value, nullable(spec.type))
            if given is not None:
                return Coalesce(spec.type, value.span, given, spec.default)
        fitted = coerce.to(value, spec.type)
        if fitted is not None:
            return fitted
        declared = (Related(spec.span, f"`{spec.name}` is declared as {show(spec.type)}"),)
        part = self._written(spec)
        if part is not None:
            place = f"the output `{spec.name}`"
            found = mismatch(part, spec.type, place, self.at.text, "K3002")
            self.at.diagnostics.append(replace(found, related=declared))
            return bad(part.span)
        return self.at.report(
            "K3002",
            value.span,
            f"The output `{spec.name}` must be {described(spec.type)}",
            label=f"here `{spec.name}` is {described(value.type)}",
            related=declared,
            help=f"declare it as {show(value.type)}, or end the last step with "
            f"`{{{spec.name}: …}}`",
        )

    def _written(self, spec: FieldSpec) -> TypedExpr | None:
        """Where the last step writes an output that does not fit."""
        for value, _ in self._arms():
            part = _part(value, spec.name)
            if part is not None and coerce.to(part, spec.type) is None:
                return part
        return None

    def _arms(self) -> Iterator[tuple[TypedExpr | None, Span]]:
        """The values that the machine may end with, and where each comes about."""
        if self.written is not None:
            yield from _ends(self.written, self.steps)

    # --- findings

    def _never(self, spec: FieldSpec, record: Record) -> TypedExpr | None:
        if not spec.required:
            return None
        near = closest(spec.name, [known.name for known in record.fields])
        part = self._named(near) if near else None
        related = (Related(part.span, f"is `{near}` meant?"),) if part is not None else ()
        return self.at.report(
            "K3001",
            spec.span,
            f"Nothing supplies the output `{spec.name}`",
            label=f"the last step's value has no `{spec.name}`",
            related=related,
            help=f"add it in the last step (`{spec.name}: …`), take it `from` another step, "
            "or mark it `is optional`",
        )

    def _named(self, name: str) -> TypedExpr | None:
        parts = (_part(value, name) for value, _ in self._arms())
        return next((part for part in parts if part is not None), None)

    def _no_record(self, spec: FieldSpec, found: Type) -> TypedExpr | None:
        if not spec.required:
            return None
        giver = giving(self.steps)
        name = giver.symbol.name if giver is not None else "…"
        ends = [span for _, span in self._arms()]
        if found == NULL:
            return self._no_value(spec, ends[0])
        return self.at.report(
            "K3001",
            spec.span,
            f"Nothing supplies the output `{spec.name}`",
            related=tuple(Related(span, "the machine ends with a bare value") for span in ends[:1]),
            label=f"the last step gives {described(found)}, which has no fields",
            help=f"end the step with `{{{spec.name}: …}}`, or write `from {name}` behind the field",
        )

    def _no_value(self, spec: FieldSpec, end: Span) -> TypedExpr:
        return self.at.report(
            "K3001",
            spec.span,
            f"Nothing supplies the output `{spec.name}`",
            related=(Related(end, "the machine ends here, and this has no value"),),
            help=f"end with a line `{{{spec.name}: …}}`, or write `from …` behind the field",
        )

    def _not_in_arm(self, spec: FieldSpec, arm: Span) -> TypedExpr:
        return self.at.report(
            "K3002",
            spec.span,
            f"The output `{spec.name}` is not supplied on every path",
            label="every answer needs it",
            related=(Related(arm, f"this has no `{spec.name}`"),),
            help=f"add `{spec.name}: …` there, or mark `{spec.name}` `is optional`",
        )

    def _no_otherwise(self, spec: FieldSpec, last: TypedExpr) -> TypedExpr:
        return self.at.report(
            "K3002",
            spec.span,
            f"The output `{spec.name}` is not supplied on every path",
            label="every answer needs it",
            related=(Related(last.span, "where no `when` holds, this has no value"),),
            help=f"add `otherwise` with `{{{spec.name}: …}}`, or mark `{spec.name}` `is optional`",
        )


def _ends(
    value: TypedExpr, steps: tuple[TypedStep, ...]
) -> Iterator[tuple[TypedExpr | None, Span]]:
    """The values that `value`, of the last of `steps`, may be, and where each is written."""
    last = giving(steps)
    named = _bare(value)
    if last is None or not (isinstance(named, Local) and named.symbol is last.symbol):
        yield value, value.span
    elif isinstance(last, TypedCompute):
        yield last.value, last.value.span
    elif isinstance(last, TypedRunFlow):
        yield from _body_ends(last.flow.body, last.span)
    elif isinstance(last, TypedDecide | TypedRetry | TypedAttempt):
        for body in bodies(last):
            yield from _body_ends(body, last.span)


def _body_ends(body: TypedBody, span: Span) -> Iterator[tuple[TypedExpr | None, Span]]:
    if body.value is None:
        yield None, span
    else:
        yield from _ends(body.value, body.steps)


def _qualified(source: tree.Expr, scope: Scope) -> tree.Expr:
    """`from sums.total` names a step, as `from sums` does: no `steps.` is missing there."""
    if isinstance(source, tree.Member):
        return replace(source, object=_qualified(source.object, scope))
    kept = isinstance(source, tree.NameRef) and source.text == "state" and scope.state is not None
    if isinstance(source, tree.NameRef) and source.text in scope.steps and not kept:
        root = tree.NameRef(source.span, "steps")
        return tree.Member(source.span, root, tree.Name(source.span, source.text))
    return source


def _bare(value: TypedExpr | None) -> TypedExpr | None:
    """The value as it was written, before it was brought to another type."""
    while isinstance(value, Coerce):
        value = value.operand
    return value


def _part(value: TypedExpr | None, name: str) -> TypedExpr | None:
    record = _bare(value)
    return _bare(dict(record.fields).get(name)) if isinstance(record, NewRecord) else None


def _is_null(value: TypedExpr | None) -> bool:
    inner = _bare(value)
    return inner is None or inner.type == NULL


def _lacks(value: TypedExpr | None, name: str) -> bool:
    inner = _bare(value)
    if isinstance(inner, NewRecord):
        return name not in dict(inner.fields)
    return inner is not None and isinstance(inner.type, Record) and inner.type.get(name) is None
