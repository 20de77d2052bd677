"""`ask … from "machine"`: which machine is meant, and its inputs by name."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean, misspelt
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import coerce, constants, options, rules
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations, Signature
from kanvasc.types.program import FieldSpec, TypedCall
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, Symbol, TypedExpr
from kanvasc.types.types import show
from kanvasc.types.wording import default_of


def call(
    at: Elaborator, declarations: Declarations, step: tree.Ask, name: str, scope: Scope
) -> TypedCall | None:
    """The typed step, or None where there is no such machine or its inputs do not fit."""
    assert step.target is not None
    signature = declarations.machine(name)
    if signature is None:
        if not declarations.may_exist(name):
            _no_machine(at, declarations, step.target.span, name)
        for option in step.inputs:
            for value in option.values:
                at.infer(value, scope)
        return None
    _no_clauses(at, step, signature)
    values = _inputs(at, step, signature, scope)
    made = coerce.into_record(values, signature.input.type, step.span)
    if made is None:
        return None
    symbol = Symbol(step.name.text, signature.output.type, step.name.span, "step")
    return TypedCall(symbol, step.span, name, step.target.span, made)


def _no_machine(at: Elaborator, declarations: Declarations, span: Span, name: str) -> None:
    known = declarations.machine_names()
    near = closest(name, known)
    help_, fixes = declarations.elsewhere(name)
    if near and not fixes:
        fixes = (Fix(f"Ask `{near}`", (Edit(span, f'"{near}"'),), safe=False),)
    at.report(
        "K1030",
        span,
        f"There is no machine `{name}`",
        help=help_ or did_you_mean(name, known, "machines"),
        fixes=fixes,
    )


def _no_clauses(at: Elaborator, step: tree.Ask, callee: Signature) -> None:
    """What only a model or a request takes: the callee's own contract says what it gives."""
    clauses: list[tuple[tree.Node, str, str]] = [
        (clause, f"with {clause.word.text}", "give it as an input by name, `name: …`")
        for clause in step.withs
    ]
    if step.returns is not None:
        gives = "what it gives stands under its own `responds with`"
        clauses.append((step.returns, "returns", gives))
    if step.assuming is not None:
        runs = "it runs in tests too; put `assuming` into its own steps"
        clauses.append((step.assuming, "assuming", runs))
    for node, word, help_ in clauses:
        at.report(
            "K3007",
            Span(node.span.start, node.span.start + len(word.split()[0])),
            f"A call of a machine takes no `{word}`",
            help=help_,
            fixes=(Fix("Remove it", (removal(at.source.text, node.span),), safe=False),),
        )


def _inputs(
    at: Elaborator, step: tree.Ask, callee: Signature, scope: Scope
) -> dict[str, TypedExpr]:
    known = {field.name: field for field in callee.input.fields}
    values: dict[str, TypedExpr] = {}
    written: dict[str, tree.Option] = {}
    for option in step.inputs:
        name = option.name.text
        field = known.get(name)
        if name in written:
            _twice(at, option, written[name])
        elif field is None:
            _no_input(at, option, callee, known)
        else:
            values[name] = _input(at, option, field, callee, scope)
        written.setdefault(name, option)
    meant = misspelt(written, known)
    for field in callee.input.fields:
        if field.required and field.name not in values:
            if field.name not in meant:
                _missing(at, step, field, callee)
            values[field.name] = Bad(field.type, step.span)
    return values


def _input(
    at: Elaborator, option: tree.Option, field: FieldSpec, callee: Signature, scope: Scope
) -> TypedExpr:
    place = f"the input `{field.name}` of `{callee.name}`"
    given = options.single(at, option, "The input", lists=True)
    value = at.check(given, scope, field.type, place)
    if isinstance(value, Bad):
        return Bad(field.type, value.span)
    if constants.is_constant(value):
        found = rules.broken(value, field, at.records)
        if found is not None:
            at.report(
                "K3004",
                found.span,
                f"`{found.field.name}` breaks a rule of `{callee.name}`",
                label=found.problem,
                related=(Related(found.field.span, "the rule stands here", found.field.source),),
                help="give a value that it accepts",
            )
    return value


def _twice(at: Elaborator, option: tree.Option, first: tree.Option) -> None:
    at.report(
        "K1004",
        option.span,
        f"The input `{option.name.text}` stands twice",
        related=(Related(first.span, "the first one"),),
        help="remove one of the two",
        fixes=(Fix("Remove it", (removal(at.source.text, option.span),), safe=False),),
    )


def _no_input(
    at: Elaborator, option: tree.Option, callee: Signature, known: dict[str, FieldSpec]
) -> None:
    name = option.name
    near = closest(name.text, known)
    at.report(
        "K3007",
        name.span,
        f"`{callee.name}` accepts no `{name.text}`",
        help=did_you_mean(name.text, known, "inputs"),
        fixes=(Fix(f"Write `{near}`", (Edit(name.span, near),), safe=False),) if near else (),
    )


def _missing(at: Elaborator, step: tree.Ask, field: FieldSpec, callee: Signature) -> None:
    at.report(
        "K3006",
        step.target.span if step.target is not None else step.name.span,
        f"`{callee.name}` needs the input `{field.name}`",
        related=(Related(field.span, f"required here, as {show(field.type)}", field.source),),
        help=f"add a line `{field.name}: {default_of(field.type)}`, with the value to hand over",
    )
