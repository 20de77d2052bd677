"""Names, members and indexes: what they refer to, and null that flows through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import enclosed, secrets, state
from kanvasc.types.library import (
    CONSTANTS,
    FUNCTION_BY_NAME,
    NAMESPACES,
    LibraryFunction,
    methods_of,
)
from kanvasc.types.narrow import path_of
from kanvasc.types.nulls import report_null
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
    without_null,
)
from kanvasc.types.wording import described

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
        return too_early(at, expr) if scope.fixed else InputRef(scope.input, expr.span)
    if word in scope.steps:
        return _bare_step(at, expr, scope)
    if word == "error":
        return no_error(at, expr)
    if word in ("steps", "context", *LATER_ROOTS, *NAMESPACES):
        return at.report(
            "K1010",
            expr.span,
            f"`{word}` is not a value by itself",
            help=f"say which of its values: `{word}.…`",
        )
    if word in FUNCTION_BY_NAME or word == "now":
        return _uncalled(at, expr, FUNCTION_BY_NAME.get(word))
    return _unknown(at, expr, scope)


def too_early(at: Elaborator, expr: tree.Expr) -> Bad:
    return at.report(
        "K1001",
        expr.span,
        f"`{at.text(expr.span)}` cannot be used here",
        label="only a run has this value",
        why="What stands here is settled when the program is built, before any message comes in.",
        help="write the value itself",
    )


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
    if word in scope.later:
        return _used_early(at, "K1001", expr, word, scope)
    qualified = {} if scope.fixed else _qualified(scope)
    if word not in qualified and word in at.lets:
        return _let_of_another_step(at, expr, at.lets[word])
    near = qualified.get(word) or _nearest(word, scope, qualified)
    if near is None:
        return at.report(
            "K1001",
            expr.span,
            f"There is no `{word}` here",
            help=f'if it is meant as text, write `"{word}"`'
            if scope.fixed
            else "what comes in is written `input.…`, what a step made `steps.…`",
        )
    meant = word in qualified
    return at.report(
        "K1001",
        expr.span,
        f"There is no `{word}` here",
        help=f"write `{near}`" if meant else f"did you mean `{near}`?",
        fixes=(Fix(f"Write `{near}`", (Edit(expr.span, near),), safe=meant),),
    )


def _qualified(scope: Scope) -> dict[str, str]:
    """Names that only lack what stands before them."""
    kept = scope.state.fields if scope.state is not None else ()
    found = {field.name: f"state.{field.name}" for field in kept}
    found.update({field.name: f"input.{field.name}" for field in scope.input.fields})
    return {**found, **{step: f"steps.{step}" for step in scope.steps}}


def _nearest(word: str, scope: Scope, qualified: dict[str, str]) -> str | None:
    roots = () if scope.fixed else ROOTS
    words = [*scope.locals, *roots, "true", "false", *NAMESPACES, *qualified]
    near = closest(word, words)
    return qualified.get(near, near) if near is not None else None


def _used_early(
    at: Elaborator, code: str, expr: tree.NameRef | tree.Name, word: str, scope: Scope
) -> Bad:
    return at.report(
        code,
        expr.span,
        f"`{word}` is used before it is there",
        related=(Related(scope.later[word], "it is made only here"),),
        why="Steps and the lines in them run from top to bottom: each sees what stands above it.",
        help=f"move `{word}` above this place",
    )


def _let_of_another_step(at: Elaborator, expr: tree.NameRef, let: Symbol) -> Bad:
    return at.report(
        "K1001",
        expr.span,
        f"There is no `{expr.text}` here",
        related=(Related(let.span, "a `let` is seen only in its own step"),),
        help=f"make it the value of a step of its own, and write `steps.{expr.text}`",
    )


def member(at: Elaborator, expr: tree.Member, scope: Scope, _: Type | None) -> TypedExpr:
    root = expr.object.text if isinstance(expr.object, tree.NameRef) else ""
    if root and root not in scope.locals:
        if root == "steps":
            return _step(at, expr, scope)
        if root == "context":
            return _context(at, expr, scope)
        if root == "loop":
            return _loop(at, expr, scope)
        if root == "error":
            return no_error(at, expr)
        if root == "state":
            return _state(at, expr, scope)
        if root == "secrets":
            return too_early(at, expr) if scope.fixed else secrets.member(at, expr, scope)
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
    word = expr.name.text
    if scope.fixed:
        return too_early(at, expr)
    if word in scope.open:
        return at.report(
            "K1002",
            expr.name.span,
            f"The step `{word}` uses its own value",
            why="A step has a value only when it is done.",
            help="use what the step before it made, or give the part that is meant a `let`",
        )
    if word in scope.beside:
        return at.report(
            "K1002",
            expr.name.span,
            f"The step `{word}` runs at the same time as this one",
            related=(Related(scope.beside[word], "it stands in the same `together`"),),
            why="The steps of `together` run at once, so that none can use the value of another.",
            help="move this step behind the `together`",
        )
    if word in scope.later:
        return _used_early(at, "K1002", expr.name, word, scope)
    hidden = enclosed.report(at, expr)
    if hidden is not None:
        return hidden
    near = closest(word, scope.steps)
    help_ = did_you_mean(word, scope.steps, "steps")
    fixes = (Fix(f"Write `{near}`", (Edit(expr.name.span, near),), safe=False),) if near else ()
    if near is None and scope.input.get(word) is not None:
        help_ = f"`{word}` comes in with the message: write `input.{word}`"
        fixes = (Fix(f"Write `input.{word}`", (Edit(expr.span, f"input.{word}"),), safe=False),)
    return at.report(
        "K1002",
        expr.name.span,
        f"There is no step `{word}` before this place",
        help=help_,
        fixes=fixes,
    )


def _context(at: Elaborator, expr: tree.Member, scope: Scope) -> TypedExpr:
    word = expr.name.text
    if scope.fixed:
        return too_early(at, expr)
    if word in CONTEXT:
        found = ContextRef(CONTEXT[word], expr.span, word)  # type: ignore[arg-type]
        return _known(expr, scope, found)
    return at.report(
        "K1003",
        expr.name.span,
        f"`context` has no `{word}`",
        why="`context` tells who asked, through which surface, and when.",
        help=did_you_mean(word, CONTEXT, "values"),
    )


def _state(at: Elaborator, expr: tree.Member, scope: Scope) -> TypedExpr:
    if scope.fixed:
        return too_early(at, expr)
    value = state.root(at, expr.object, scope)
    return value if faulty(value) else _known(expr, scope, of_value(at, expr, value))


def _loop(at: Elaborator, expr: tree.Member, scope: Scope) -> TypedExpr:
    if scope.loop is None:
        return at.report(
            "K1020",
            expr.span,
            "`loop` is only there inside `for each`",
            why="`loop.index` is the number of the item whose turn it is, counted from 0.",
            help="move this into the body of the `for each`",
        )
    if expr.name.text == "index":
        return _refer(scope.loop, expr.span)
    return at.report(
        "K1003",
        expr.name.span,
        f"`loop` has no `{expr.name.text}`",
        why="`loop.index` is the number of the item whose turn it is, counted from 0.",
        help="write `loop.index`",
        fixes=(Fix("Write `index`", (Edit(expr.name.span, "index"),), safe=False),),
    )


def no_error(at: Elaborator, expr: tree.Expr) -> Bad:
    """`error` where it is no local: outside of every `on failure`."""
    return at.report(
        "K1020",
        expr.span,
        "`error` is only there inside `on failure`",
        why="`error` tells of the step that failed, and elsewhere none has failed.",
        help="end the body whose failure is meant with `on failure`, and use it there",
    )


def _namespace(at: Elaborator, expr: tree.Member, root: str) -> TypedExpr:
    full = f"{root}.{expr.name.text}"
    if full in CONSTANTS:
        return Const(NUMBER, expr.span, CONSTANTS[full])
    if full in FUNCTION_BY_NAME:
        return _uncalled(at, expr, FUNCTION_BY_NAME[full])
    known = [name for name in (*FUNCTION_BY_NAME, *CONSTANTS) if name.startswith(f"{root}.")]
    near = closest(full, known)
    fixes = (Fix(f"Write `{near}`", (Edit(expr.span, near),), safe=False),) if near else ()
    return at.report(
        "K1008",
        expr.name.span,
        f"There is no `{full}`",
        help=did_you_mean(full, known, "functions"),
        fixes=fixes,
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
            return report_null(at, value, "This may be null, and null has no length")
        return Length(INTEGER, span, value)
    if inner == ANY:
        return GetAny(ANY, span, value, word)
    if isinstance(inner, MapOf):
        if word in methods_of(inner):
            return _uncalled(at, expr, methods_of(inner)[word])
        return GetAny(nullable(inner.item), span, value, word)
    methods = methods_of(TEXT if isinstance(inner, Enum) else inner)
    if word in methods:
        return _uncalled(at, expr, methods[word])
    return _no_member(at, expr, inner)


def _hint_null(at: Elaborator, expr: tree.Member) -> None:
    written = at.text(expr.object.span)
    at.report(
        "K2008",
        expr.name.span,
        f"`{written}` may be null, so `.{expr.name.text}` may be null too",
        help=f"test it first (`{written} is not null`), or say `?? …` behind",
    )


def _uncalled(at: Elaborator, expr: tree.Expr, function: LibraryFunction | None) -> Bad:
    """A function without its brackets; `now` is the one that the table does not list."""
    written = at.text(expr.span)
    required = [p.name for p in function.parameters if not p.optional] if function else []
    fixes: tuple[Fix, ...] = ()
    if not required:
        after = Edit(Span(expr.span.end, expr.span.end), "()")
        fixes = (Fix("Call it", (after,), safe=False),)
    return at.report(
        "K1010",
        expr.span,
        f"`{written}` is a function, not a value",
        why="A function gives a value when it is called.",
        help=f"call it: `{written}({', '.join(required)})`",
        fixes=fixes,
    )


def _no_member(at: Elaborator, expr: tree.Member, inner: Type) -> Bad:
    word, written = expr.name.text, at.text(expr.object.span)
    known = _members(inner)
    near = closest(word, known)
    return at.report(
        "K1003",
        expr.name.span,
        f"`{written}` has no field `{word}`",
        label="" if isinstance(inner, Record) else f"`{written}` is {described(inner)}",
        why=None if isinstance(inner, Record) else "Only an object has fields.",
        help=_instead(expr, inner, written),
        fixes=(Fix(f"Write `{near}`", (Edit(expr.name.span, near),), safe=False),) if near else (),
    )


def _members(inner: Type) -> list[str]:
    """What may stand behind the dot, without being called."""
    if isinstance(inner, Record):
        return [field.name for field in inner.fields]
    return ["length"] if inner == TEXT or isinstance(inner, ListOf | Enum) else []


def _instead(expr: tree.Member, inner: Type, written: str) -> str:
    word = expr.name.text
    known = _members(inner)
    if isinstance(inner, ListOf) and isinstance(inner.item, Record) and inner.item.get(word):
        return f"to take it from each item, write `{written}.map(item => item.{word})`"
    if isinstance(inner, Record) and written == "input" and closest(word, known) is None:
        return f"declare it under `accepts`: `{word} as …`"
    if known:
        return did_you_mean(word, known, "fields")
    return f"write `{written}` alone"


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
        return report_null(at, value, "This may be null, and null has no items")
    written = at.text(expr.object.span)
    help_ = f"write `{written}` alone"
    if isinstance(value.type, Record) and value.type.fields:
        help_ = f"an object's fields are written by name: `{written}.{value.type.fields[0].name}`"
    return at.report(
        "K2002",
        expr.object.span,
        "Only lists, texts and maps have items",
        label=f"this is {described(value.type)}",
        why="An item is found by its position in a list or text, or by its key in a map.",
        help=help_,
    )
