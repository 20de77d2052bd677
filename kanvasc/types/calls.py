"""Calls of library functions: overload by receiver, type variables, lambdas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix
from kanvasc.syntax import tree
from kanvasc.types import members
from kanvasc.types.library import FUNCTION_BY_NAME, NAMESPACES, LibraryFunction, methods_of
from kanvasc.types.no_function import no_function, no_method
from kanvasc.types.nulls import report_null
from kanvasc.types.scope import Scope
from kanvasc.types.signatures import Bindings, asked_for, bind, bounded, has_form, resolve
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
    Record,
    Type,
    without_null,
)
from kanvasc.types.wording import described, sentence

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator


def call(at: Elaborator, expr: tree.Call, scope: Scope, hint: Type | None) -> TypedExpr:
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
        return _method(at, expr, callee, scope, hint)
    if isinstance(callee, tree.Missing):
        return bad(expr.span)
    written = at.text(callee.span)
    return at.report(
        "K1010",
        callee.span,
        f"`{written}` is no function, and only functions are called",
        why="The functions are those of the library; a program has no others.",
        help=f"write `{written}` alone",
    )


def _function(
    at: Elaborator, expr: tree.Call, name: str, named: tree.Node, scope: Scope
) -> TypedExpr:
    if scope.fixed and name in ("now", "UUID.generate"):
        return members.too_early(at, expr)
    if name == "now":
        _expect_count(at, expr, "now", 0, 0, "`now()` gives datetime")
        return ContextRef(DATETIME, expr.span, "now")
    function = FUNCTION_BY_NAME.get(name)
    if function is not None:
        return _apply(at, expr, function, None, scope, None)
    return no_function(at, expr, name, named, scope)


def _method(
    at: Elaborator, expr: tree.Call, callee: tree.Member, scope: Scope, hint: Type | None
) -> TypedExpr:
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
        return no_method(at, callee, inner, searched)
    if isinstance(receiver.type, Nullable):
        return report_null(at, receiver, f"This may be null, and null has no `{name}`")
    return _apply(at, expr, function, receiver, scope, hint)


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


def _expect_count(
    at: Elaborator, expr: tree.Call, name: str, least: int, most: int, signature: str
) -> bool:
    given = len(expr.arguments)
    if least <= given <= most:
        return True
    wanted = "no" if most == 0 else str(least) if least == most else f"{least} or {most}"
    at.report(
        "K2007",
        expr.span,
        f"`{name}` takes {wanted} {'argument' if wanted == '1' else 'arguments'}",
        label=f"{given or 'none'} given",
        help=signature,
    )
    return False


def _apply(
    at: Elaborator,
    expr: tree.Call,
    function: LibraryFunction,
    receiver: TypedExpr | None,
    scope: Scope,
    hint: Type | None,
) -> TypedExpr:
    least = sum(not parameter.optional for parameter in function.parameters)
    most = len(function.parameters)
    if not _expect_count(at, expr, function.name, least, most, _signature(function)):
        return bad(expr.span)
    bindings = asked_for(function.result, hint)
    if receiver is not None:
        assert function.receiver is not None
        if not has_form(function.receiver, receiver.type):
            return _another_form(at, expr, function, receiver)
        bind(function.receiver, receiver.type, bindings)
    arguments = _arguments(at, expr, function, bindings, scope)
    if arguments is None or not _within_bounds(at, expr, function, bindings):
        return bad(expr.span)
    result = resolve(function.result, bindings)
    given = arguments if receiver is None else (receiver, *arguments)
    return CallLibrary(result, expr.span, function.python, given)


def _another_form(
    at: Elaborator, expr: tree.Call, function: LibraryFunction, receiver: TypedExpr
) -> TypedExpr:
    """A list without what the function looks for in it."""
    return at.report(
        "K2002",
        expr.span,
        f"`{function.name}` works on lists of lists only",
        label=f"it gets {described(receiver.type)}",
        help=f"every item has to be a list; of a flat list, leave `.{function.name}()` out",
    )


def _signature(function: LibraryFunction) -> str:
    call, _, result = function.signature.rpartition(" gives ")
    return f"`{call}` gives {result}"


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
    if wanted == ANY and not isinstance(value.type, Function):
        return value  # as it is: `toText` of a decimal shows it as `${…}` does
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
            f"{sentence(place)} must be a function",
            help=_lambda_of(wanted, at.text(argument.span)),
        )
    if len(argument.parameters) > len(wanted.parameters):
        return at.report(
            "K2007",
            argument.span,
            f"{sentence(place)} takes {len(argument.parameters)} values, but gets "
            f"{'only one' if len(wanted.parameters) == 1 else len(wanted.parameters)}",
            label="called once for each item",
            why="A function can use only the values that it is called with.",
            help=f"write `{_named(argument.parameters[: len(wanted.parameters)])} => …`",
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
    return at.report(
        "K2006",
        argument.span,
        f"{sentence(place)} gives a value of another type each time",
        why="The value so far is what the function gave before: its type has to stay the same.",
        help="begin with a value of the type that the function gives, and keep to that type",
    )


def _lambda_of(wanted: Function, body: str) -> str:
    names = ("item",) if len(wanted.parameters) == 1 else ("so_far", "item")
    head = names[0] if len(names) == 1 else f"({', '.join(names)})"
    return f"write a function, such as `{head} => {body}`"


def _named(parameters: tuple[tree.Name, ...]) -> str:
    names = [parameter.text for parameter in parameters]
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


def _with_result(at: Elaborator, value: LambdaOf, result: Type, place: str) -> TypedExpr:
    body = at.fit(value.body, result, f"the result of {place}")
    if isinstance(body, Bad):
        return body
    assert isinstance(value.type, Function)
    return LambdaOf(Function(value.type.parameters, result), value.span, value.parameters, body)


def _to_work(name: str, type_: Type) -> str:
    """How a function gets something that it works on."""
    if isinstance(type_, Nullable):
        return "leave the nulls out first: `.filter(item => item is not null)`"
    if name in ("sort", "min", "max") and isinstance(type_, Record) and type_.fields:
        return f"say by what: `sortBy(item => item.{type_.fields[0].name})`"
    if name == "sum":
        return "make numbers of them first: `.map(item => toNumber(item)).sum()`"
    return "convert it first, with `toNumber(…)` for example"


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
        f"`{function.name}` works on {wanted} only",
        label=f"it gets {described(type_)}",
        help=_to_work(function.name, type_),
    )
    return False
