"""Names, members and indexes: what they refer to, and null that flows through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.library import CONSTANTS, FUNCTION_BY_NAME, NAMESPACES, methods_of
from kanvasc.types.narrow import path_of
from kanvasc.types.scope import Scope
from kanvasc.types.typed import (
    At,
    Bad,
    Const,
    ContextRef,
    Get,
    GetAny,
    InputRef,
    Key,
    Length,
    Local,
    Present,
    Symbol,
    TypedExpr,
    bad,
    faulty,
)
from kanvasc.types.types import (
    ANY,
    DATETIME,
    INTEGER,
    NUMBER,
    TEXT,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
    nullable,
    show,
    without_null,
)

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator

ROOTS = ("input", "steps", "context")
LATER_ROOTS = ("state", "loop", "error", "secrets")
CONTEXT: dict[str, Type] = {"principal": Nullable(TEXT), "surface": TEXT, "now": DATETIME}


def name(at: Elaborator, expr: tree.NameRef, scope: Scope, _: Type | None) -> TypedExpr:
    word = expr.text
    if word in scope.locals:
        return _known(expr, scope, _refer(scope.locals[word], expr.span))
    if word == "input":
        return InputRef(scope.input, expr.span)
    if word in scope.steps:
        return _bare_step(at, expr, scope)
    if word in ("steps", "context", *LATER_ROOTS, *NAMESPACES):
        return at.report(
            "K1010",
            expr.span,
            f"`{word}` is not a value by itself",
            help=f"say which one: `{word}.…`",
        )
    if word in FUNCTION_BY_NAME or word == "now":
        return at.report(
            "K1010", expr.span, f"`{word}` is a function", help=f"call it: `{word}(…)`"
        )
    return _unknown(at, expr, scope)


def _refer(symbol: Symbol, span: Span) -> TypedExpr:
    symbol.used = True
    return Local(symbol.type, span, symbol)


def _known(expr: tree.Expr, scope: Scope, value: TypedExpr) -> TypedExpr:
    """Null is ruled out where the conditions around the place say so."""
    if isinstance(value.type, Nullable) and path_of(expr) in scope.present:
        return Present(value.type.of, value.span, value)
    return value


def _bare_step(at: Elaborator, expr: tree.NameRef, scope: Scope) -> TypedExpr:
    insert = Edit(Span(expr.span.start, expr.span.start), "steps.")
    at.report(
        "K1009",
        expr.span,
        f"A step's value is written `steps.{expr.text}`",
        help=f"write `steps.{expr.text}`",
        fixes=(Fix("Write `steps.` before it", (insert,)),),
    )
    return _known(expr, scope, _refer(scope.steps[expr.text], expr.span))


def _unknown(at: Elaborator, expr: tree.NameRef, scope: Scope) -> Bad:
    word = expr.text
    qualified = {field.name: f"input.{field.name}" for field in scope.input.fields}
    qualified.update({step: f"steps.{step}" for step in scope.steps})
    fixes: tuple[Fix, ...] = ()
    if word in qualified:
        help_ = f"write `{qualified[word]}`"
        fixes = (Fix(f"Write `{qualified[word]}`", (Edit(expr.span, qualified[word]),)),)
    elif word in scope.later:
        help_ = f"the step `{word}` comes later: move it before this place"
    else:
        words = [*scope.locals, *ROOTS, *FUNCTION_BY_NAME, "now", *NAMESPACES, "true", "false"]
        near = closest(word, [*words, *qualified])
        near = qualified.get(near, near) if near else None
        help_ = (
            f"did you mean `{near}`?"
            if near
            else "names in use here begin with `input.` or `steps.`"
        )
        if near:
            fixes = (Fix(f"Write `{near}`", (Edit(expr.span, near),), safe=False),)
    return at.report("K1001", expr.span, f"There is no `{word}` here", help=help_, fixes=fixes)


def member(at: Elaborator, expr: tree.Member, scope: Scope, _: Type | None) -> TypedExpr:
    root = expr.object.text if isinstance(expr.object, tree.NameRef) else ""
    if root and root not in scope.locals:
        if root == "steps":
            return _step(at, expr, scope)
        if root == "context":
            return _context(at, expr, scope)
        if root in LATER_ROOTS:
            return at.not_supported(expr.span, f"`{root}`")
        if root in NAMESPACES:
            return _namespace(at, expr, root)
    value = at.infer(expr.object, scope)
    if faulty(value):
        return value
    return _known(expr, scope, of_value(at, expr, value))


def _step(at: Elaborator, expr: tree.Member, scope: Scope) -> TypedExpr:
    symbol = scope.steps.get(expr.name.text)
    if symbol is not None:
        return _known(expr, scope, _refer(symbol, expr.span))
    if expr.name.text in scope.later:
        help_ = "a step can use only the steps before it"
        return at.report(
            "K1002", expr.name.span, f"The step `{expr.name.text}` comes later", help=help_
        )
    near = closest(expr.name.text, scope.steps)
    fixes = (Fix(f"Write `{near}`", (Edit(expr.name.span, near),), safe=False),) if near else ()
    return at.report(
        "K1002",
        expr.name.span,
        f"There is no step `{expr.name.text}` before this place",
        help=did_you_mean(expr.name.text, scope.steps, "steps"),
        fixes=fixes,
    )


def _context(at: Elaborator, expr: tree.Member, scope: Scope) -> TypedExpr:
    word = expr.name.text
    if word in CONTEXT:
        found = ContextRef(CONTEXT[word], expr.span, word)  # type: ignore[arg-type]
        return _known(expr, scope, found)
    return at.report(
        "K1003",
        expr.name.span,
        f"`context` has no `{word}`",
        help=did_you_mean(word, CONTEXT, "values"),
    )


def _namespace(at: Elaborator, expr: tree.Member, root: str) -> TypedExpr:
    full = f"{root}.{expr.name.text}"
    if full in CONSTANTS:
        return Const(NUMBER, expr.span, CONSTANTS[full])
    if full in FUNCTION_BY_NAME:
        return at.report(
            "K1010", expr.span, f"`{full}` is a function", help=f"call it: `{full}(…)`"
        )
    return unknown_function(at, expr.name, full)


def unknown_function(at: Elaborator, at_name: tree.Name, full: str) -> Bad:
    known = [*FUNCTION_BY_NAME, *CONSTANTS]
    return at.report(
        "K1008",
        at_name.span,
        f"There is no function `{full}`",
        help=did_you_mean(full, known, "functions"),
    )


def of_value(at: Elaborator, expr: tree.Member, value: TypedExpr) -> TypedExpr:
    """The member `expr.name` of a value whose type is known."""
    word, span = expr.name.text, expr.span
    inner = without_null(value.type)
    may_be_null = isinstance(value.type, Nullable)
    if isinstance(inner, Record) and (field := inner.get(word)) is not None:
        if may_be_null:
            _hint_null(at, expr)
        type_ = nullable(field.type) if may_be_null else field.type
        return Get(type_, span, value, word, through_null=may_be_null)
    if word == "length" and (isinstance(inner, ListOf | MapOf | Enum) or inner == TEXT):
        if may_be_null:
            return _null_object(at, expr, value)
        return Length(INTEGER, span, value)
    if inner == ANY:
        return GetAny(ANY, span, value, word)
    if isinstance(inner, MapOf):
        if word in methods_of(inner):
            return _uncalled(at, expr)
        return GetAny(nullable(inner.item), span, value, word)
    if word in methods_of(TEXT if isinstance(inner, Enum) else inner):
        return _uncalled(at, expr)
    return _no_member(at, expr, inner)


def _hint_null(at: Elaborator, expr: tree.Member) -> None:
    written = at.text(expr.object.span)
    at.report(
        "K2008",
        expr.name.span,
        f"`{written}` may be null, so `.{expr.name.text}` may be null too",
        help=f"test it first (`{written} is not null`), or say `?? …` behind",
    )


def _null_object(at: Elaborator, expr: tree.Member, value: TypedExpr) -> Bad:
    written = at.text(expr.object.span)
    default = coerce_default(without_null(value.type))
    return at.report(
        "K2003",
        expr.object.span,
        f"This may be null, and null has no `{expr.name.text}`",
        label=f"this is {show(value.type)}",
        help=f"say what to use instead of null, for example `({written} ?? {default})`",
    )


def coerce_default(type_: Type) -> str:
    if isinstance(type_, ListOf):
        return "[]"
    if isinstance(type_, MapOf):
        return "{}"
    return '""' if type_ == TEXT or isinstance(type_, Enum) else "0"


def _uncalled(at: Elaborator, expr: tree.Member) -> Bad:
    return at.report(
        "K1010",
        expr.span,
        f"`{expr.name.text}` is a function",
        help=f"call it: `{at.text(expr.span)}(…)`",
    )


def _no_member(at: Elaborator, expr: tree.Member, inner: Type) -> Bad:
    word = expr.name.text
    if isinstance(inner, Record):
        known = [field.name for field in inner.fields]
        near = closest(word, known)
        fixes = (Fix(f"Write `{near}`", (Edit(expr.name.span, near),), safe=False),) if near else ()
        return at.report(
            "K1003",
            expr.name.span,
            f"`{at.text(expr.object.span)}` has no field `{word}`",
            help=did_you_mean(word, known, "fields"),
            fixes=fixes,
        )
    known = list(methods_of(TEXT if isinstance(inner, Enum) else inner))
    return at.report(
        "K1003",
        expr.name.span,
        f"{show(inner).capitalize()} has no `{word}`",
        help=did_you_mean(word, known, "functions") if known else "",
    )


def index(at: Elaborator, expr: tree.Index, scope: Scope, _: Type | None) -> TypedExpr:
    value = at.infer(expr.object, scope)
    key = at.infer(expr.index, scope)
    if faulty(value) or faulty(key):
        return bad(expr.span)
    match value.type:
        case ListOf(item):
            return At(item, expr.span, value, at.fit(key, INTEGER, "the index of a list"))
        case MapOf(item):
            fitted = at.fit(key, TEXT, "the key of a map")
            return Key(nullable(item), expr.span, value, fitted)
        case Record() if isinstance(key, Const) and isinstance(key.value, str):
            named = tree.Member(expr.span, expr.object, tree.Name(expr.index.span, key.value))
            return of_value(at, named, value)
    if value.type == TEXT or isinstance(value.type, Enum):
        return At(TEXT, expr.span, value, at.fit(key, INTEGER, "the index of a text"))
    if value.type == ANY:
        return Key(ANY, expr.span, value, key)
    if isinstance(value.type, Nullable):
        default = coerce_default(value.type.of)
        return at.report(
            "K2003",
            expr.object.span,
            "This may be null, and null has no items",
            label=f"this is {show(value.type)}",
            help=f"say what to use instead of null: `({at.text(expr.object.span)} ?? {default})`",
        )
    return at.report(
        "K2002",
        expr.span,
        "Only lists, texts and maps have items",
        label=f"this is {show(value.type)}",
    )
