"""Calls of functions that the library does not have, and what was meant by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types.library import FUNCTION_BY_NAME, FUNCTIONS, METHODS, methods_of
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad
from kanvasc.types.types import ANY, TEXT, ListOf, Record, Type
from kanvasc.types.wording import described

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator


def no_function(at: Elaborator, expr: tree.Call, name: str, named: tree.Node, scope: Scope) -> Bad:
    for argument in expr.arguments:
        if not isinstance(argument, tree.Lambda):
            at.infer(argument, scope)
    near = _near_function(name)
    fixes = (Fix(f"Write `{near}`", (Edit(expr.callee.span, near),), safe=False),) if near else ()
    return at.report(
        "K1008",
        named.span,
        f"There is no function `{name}`",
        help=_as_method(at, expr, name)
        or (
            f"did you mean `{near}`?" if near else did_you_mean(name, FUNCTION_BY_NAME, "functions")
        ),
        fixes=fixes,
    )


def _near_function(name: str) -> str | None:
    """The function meant; `round` means `Math.round`."""
    last = {entry.name.rpartition(".")[2]: entry.name for entry in FUNCTIONS}
    return last.get(name) or closest(name, [*FUNCTION_BY_NAME, "now"])


def _as_method(at: Elaborator, expr: tree.Call, name: str) -> str:
    """`upper(x)` is written `x.upper()`."""
    meant = OTHER_NAMES.get(name, name)
    if not any(entry.name == meant for entry in METHODS) or not expr.arguments:
        return ""
    first, *rest = (at.text(argument.span) for argument in expr.arguments)
    return f"write it behind the value: `{first}.{meant}({', '.join(rest)})`"


def _of_others(written: str, name: str) -> str:
    """Help for a value that has no functions at all."""
    if name in methods_of(ListOf(ANY)) and name not in methods_of(TEXT):
        return f"`{name}` is for lists: `[{written}].{name}(…)`"
    return f"convert it first: `toText({written}).{name}(…)`"


def no_method(at: Elaborator, callee: tree.Member, inner: Type, searched: Type) -> Bad:
    name, written = callee.name.text, at.text(callee.object.span)
    known = methods_of(searched)
    meant = OTHER_NAMES.get(name, name)
    near = meant if meant in known else closest(name, known)
    if near is not None:
        help_ = f"did you mean `{near}`?"
    elif known:
        help_ = _put_together(at, callee, written) or did_you_mean(name, known, "functions of it")
    elif isinstance(inner, Record):
        help_ = _field_instead(inner, written)
    else:
        help_ = _of_others(written, meant)
    return at.report(
        "K1008",
        callee.name.span,
        f"`{written}` has no function `{name}`",
        label=f"`{written}` is {described(inner)}",
        help=help_,
        fixes=(Fix(f"Write `{near}`", (Edit(callee.name.span, near),), safe=False),)
        if near
        else (),
    )


def _put_together(at: Elaborator, callee: tree.Member, written: str) -> str:
    """Lists never change, so there is nothing to push to."""
    if callee.name.text not in ("push", "append", "concat", "add", "extend"):
        return ""
    return f"a list never changes; `[{written}, […]].flat()` puts two together"


def _field_instead(record: Record, written: str) -> str:
    names = [field.name for field in record.fields]
    example = f", such as `{written}.{names[0]}`" if names else ""
    return f"an object has fields only{example}; a `map` has `keys` and `values`"


OTHER_NAMES = {
    "toUpperCase": "upper",
    "toLowerCase": "lower",
    "toUpper": "upper",
    "toLower": "lower",
    "strip": "trim",
    "contains": "includes",
    "startswith": "startsWith",
    "endswith": "endsWith",
    "replaceAll": "replace",
    "substring": "slice",
    "substr": "slice",
    "forEach": "map",
    "any": "some",
    "all": "every",
    "fold": "reduce",
    "sorted": "sort",
    "distinct": "unique",
    "size": "count",
    "containsKey": "has",
}
"""What other languages call the functions of the library."""
