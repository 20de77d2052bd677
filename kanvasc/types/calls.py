"""Calls of library functions: overload by receiver, type variables, lambdas."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kanvasc.diagnostics import Diagnostic, Edit, Fix
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types import members
from kanvasc.types.library import (
    FUNCTION_BY_NAME,
    FUNCTIONS,
    METHODS,
    NAMESPACES,
    LibraryFunction,
    methods_of,
)
from kanvasc.types.scope import Scope
from kanvasc.types.signatures import Bindings, bind, bounded, resolve
from kanvasc.types.typed import (
    Bad,
    CallLibrary,
    ContextRef,
    LambdaOf,
    TypedExpr,
    bad,
    faulty,
)
from kanvasc.types.types import (
    ANY,
    DATETIME,
    TEXT,
    Enum,
    Function,
    Nullable,
    Type,
    show,
    without_null,
)

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator


def call(at: Elaborator, expr: tree.Call, scope: Scope, _: Type | None) -> TypedExpr:
    callee = expr.callee
    if isinstance(callee, tree.NameRef):
        return _function(at, expr, callee.text, callee, scope)
    if isinstance(callee, tree.Member):
        inner = callee.object
        if (
            isinstance(inner, tree.NameRef)
            and inner.text in NAMESPACES
            and inner.text not in scope.locals
        ):
            return _function(at, expr, f"{inner.text}.{callee.name.text}", callee.name, scope)
        return _method(at, expr, callee, scope)
    if isinstance(callee, tree.Missing):
        return bad(expr.span)
    return at.report("K1010", callee.span, "Only functions can be called")


def _function(
    at: Elaborator, expr: tree.Call, name: str, named: tree.Node, scope: Scope
) -> TypedExpr:
    if name == "now":
        _expect_count(at, expr, "now", 0, 0)
        return ContextRef(DATETIME, expr.span, "now")
    function = FUNCTION_BY_NAME.get(name)
    if function is not None:
        return _apply(at, expr, function, None, scope)
    for argument in expr.arguments:
        if not isinstance(argument, tree.Lambda):
            at.infer(argument, scope)
    known = [entry.name for entry in FUNCTIONS]
    near = closest(name, known)
    return at.report(
        "K1008",
        named.span,
        f"There is no function `{name}`",
        help=f"did you mean `{near}`?" if near else _as_method(name),
    )


def _as_method(name: str) -> str:
    owners = [entry for entry in METHODS if entry.name == name]
    if owners:
        return f"`{name}` is written behind a value: `….{name}()`"
    return did_you_mean(name, FUNCTION_BY_NAME, "functions")


def _method(at: Elaborator, expr: tree.Call, callee: tree.Member, scope: Scope) -> TypedExpr:
    receiver = at.infer(callee.object, scope)
    if faulty(receiver):
        return receiver
    inner = without_null(receiver.type)
    searched = TEXT if isinstance(inner, Enum) else inner
    name = callee.name.text
    if name == "length" and methods_of(searched):
        return _called_length(at, expr, callee, receiver)
    function = methods_of(searched).get(name)
    if function is None:
        return _no_method(at, callee, inner, searched)
    if isinstance(receiver.type, Nullable):
        default = members.coerce_default(inner)
        written = at.text(callee.object.span)
        return at.report(
            "K2003",
            callee.object.span,
            f"This may be null, and null has no `{name}`",
            label=f"this is {show(receiver.type)}",
            help=f"say what to use instead of null, for example `({written} ?? {default})`",
        )
    return _apply(at, expr, function, receiver, scope)


def _called_length(
    at: Elaborator, expr: tree.Call, callee: tree.Member, receiver: TypedExpr
) -> TypedExpr:
    after = type(expr.span)(callee.name.span.end, expr.span.end)
    at.report(
        "K1011",
        after,
        "`length` is written without brackets",
        help="write `.length`",
        fixes=(Fix("Remove the brackets", (Edit(after, ""),)),),
    )
    return members.of_value(at, callee, receiver)


def _no_method(at: Elaborator, callee: tree.Member, inner: Type, searched: Type) -> Bad:
    name = callee.name.text
    if inner == ANY:
        help_ = "a value of type any has no functions: convert it first, with `toText(…)`"
    elif methods_of(searched):
        help_ = did_you_mean(name, methods_of(searched), "functions")
    else:
        help_ = f"convert it first: `toText({at.text(callee.object.span)}).{name}(…)`"
    return at.report(
        "K1008",
        callee.name.span,
        f"{show(inner).capitalize()} has no function `{name}`",
        help=help_,
    )


def _expect_count(at: Elaborator, expr: tree.Call, name: str, least: int, most: int) -> bool:
    given = len(expr.arguments)
    if least <= given <= most:
        return True
    wanted = "no" if most == 0 else str(least) if least == most else f"{least} to {most}"
    at.report(
        "K2007",
        expr.span,
        f"`{name}` takes {wanted} {'argument' if wanted == '1' else 'arguments'}",
        label=f"{given} given",
    )
    return False


def _apply(
    at: Elaborator,
    expr: tree.Call,
    function: LibraryFunction,
    receiver: TypedExpr | None,
    scope: Scope,
) -> TypedExpr:
    least = sum(not parameter.optional for parameter in function.parameters)
    if not _expect_count(at, expr, function.name, least, len(function.parameters)):
        at.diagnostics[-1] = _with_signature(at, function)
        return bad(expr.span)
    bindings: Bindings = {}
    if receiver is not None:
        assert function.receiver is not None
        bind(function.receiver, receiver.type, bindings)
    arguments = _arguments(at, expr, function, bindings, scope)
    if arguments is None or not _within_bounds(at, expr, function, bindings):
        return bad(expr.span)
    result = resolve(function.result, bindings)
    given = arguments if receiver is None else (receiver, *arguments)
    return CallLibrary(result, expr.span, function.python, given)


def _with_signature(at: Elaborator, function: LibraryFunction) -> Diagnostic:
    return replace(at.diagnostics[-1], help=function.signature)


def _arguments(
    at: Elaborator,
    expr: tree.Call,
    function: LibraryFunction,
    bindings: Bindings,
    scope: Scope,
) -> tuple[TypedExpr, ...] | None:
    """Values first, then lambdas: their parameters may depend on what values were bound."""
    found: dict[int, TypedExpr] = {}
    pairs = list(zip(expr.arguments, function.parameters, strict=False))
    for turn in (False, True):
        for position, (argument, parameter) in enumerate(pairs):
            if isinstance(parameter.type, Function) is not turn:
                continue
            place = f"`{parameter.name}` of `{function.name}`"
            if isinstance(parameter.type, Function):
                value = _lambda(at, argument, parameter.type, bindings, scope, place)
            else:
                value = _value(at, argument, parameter.type, bindings, scope, place)
            found[position] = value
    arguments = tuple(found[position] for position in sorted(found))
    return None if any(faulty(argument) for argument in arguments) else arguments


def _value(
    at: Elaborator,
    argument: tree.Expr,
    wanted: Type,
    bindings: Bindings,
    scope: Scope,
    place: str,
) -> TypedExpr:
    value = at.infer(argument, scope, resolve(wanted, bindings))
    if faulty(value):
        return value
    bind(wanted, value.type, bindings)
    return at.fit(value, resolve(wanted, bindings), place)


def _lambda(
    at: Elaborator,
    argument: tree.Expr,
    wanted: Function,
    bindings: Bindings,
    scope: Scope,
    place: str,
) -> TypedExpr:
    if not isinstance(argument, tree.Lambda):
        at.infer(argument, scope)
        return at.report(
            "K2012",
            argument.span,
            f"{place[0].upper()}{place[1:]} must be a function",
            help="write `item => …`",
        )
    if len(argument.parameters) > len(wanted.parameters):
        return at.report(
            "K2007",
            argument.span,
            f"{place[0].upper()}{place[1:]} gets {len(wanted.parameters)} at a time",
            label=f"this takes {len(argument.parameters)}",
        )
    return _fit_lambda(at, argument, wanted, bindings, scope, place)


def _fit_lambda(
    at: Elaborator,
    argument: tree.Lambda,
    wanted: Function,
    bindings: Bindings,
    scope: Scope,
    place: str,
) -> TypedExpr:
    """Types the body until its result no longer widens a variable that its parameters use.

    Four rounds are enough: null, integer, number, decimal and enum each widen at most once.
    """
    for _ in range(4):
        mark = len(at.diagnostics)
        parameters = tuple(resolve(parameter, bindings) for parameter in wanted.parameters)
        value = at.infer(argument, scope, Function(parameters, resolve(wanted.result, bindings)))
        if not isinstance(value, LambdaOf) or isinstance(value.body, Bad):
            return bad(argument.span)
        bind(wanted.result, value.body.type, bindings)
        if parameters == tuple(resolve(parameter, bindings) for parameter in wanted.parameters):
            return _with_result(at, value, resolve(wanted.result, bindings), place)
        del at.diagnostics[mark:]
    return at.report("K2006", argument.span, f"The type of {place} cannot be settled")


def _with_result(at: Elaborator, value: LambdaOf, result: Type, place: str) -> TypedExpr:
    body = at.fit(value.body, result, f"the result of {place}")
    if isinstance(body, Bad):
        return body
    assert isinstance(value.type, Function)
    return LambdaOf(Function(value.type.parameters, result), value.span, value.parameters, body)


def _within_bounds(
    at: Elaborator, expr: tree.Call, function: LibraryFunction, bindings: Bindings
) -> bool:
    fault = bounded(bindings)
    if fault is None:
        return True
    type_, wanted = fault
    at.report(
        "K2002",
        expr.span,
        f"`{function.name}` works on {wanted}",
        label=f"these are {show(type_)}",
    )
    return False
