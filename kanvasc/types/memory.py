"""`remember` and `recall`: what they take, and what may choose their namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kanvasc.names import closest
from kanvasc.records import fields
from kanvasc.syntax import tree
from kanvasc.types import constants, options
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.kept import RECALLED, TypedRecall, TypedRemember, plain
from kanvasc.types.scope import Scope
from kanvasc.types.typed import (
    Bad,
    Const,
    ContextRef,
    InputRef,
    Local,
    StateRef,
    Symbol,
    Typed,
    TypedExpr,
    faulty,
)
from kanvasc.types.types import ANY, INTEGER, NULL, NUMBER, TEXT, MapOf, Type

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps

MOST_RESULTS = 1_000
LONGEST_TTL = 3_660 * 86_400.0
METADATA = MapOf(ANY)
Reader = Callable[[Elaborator, tree.Option, Scope], "TypedExpr | None"]


def remember(self: Steps, step: tree.Remember, scope: Scope) -> TypedRemember | None:
    inputs = _inputs(self.at, step, scope, REMEMBERED, "`remember`")
    if not _given(self.at, step, inputs, "content", "what is to be kept"):
        return None
    symbol = Symbol(step.name.text, NULL, step.name.span, "step")
    return TypedRemember(symbol, step.span, tuple(inputs.items()))


def recall(self: Steps, step: tree.Recall, scope: Scope) -> TypedRecall | None:
    inputs = _inputs(self.at, step, scope, WANTED, "`recall`")
    if not _given(self.at, step, inputs, "query", "what is looked for"):
        return None
    symbol = Symbol(step.name.text, RECALLED, step.name.span, "step")
    return TypedRecall(symbol, step.span, tuple(inputs.items()))


def _inputs(
    at: Elaborator,
    step: tree.Remember | tree.Recall,
    scope: Scope,
    readers: dict[str, Reader],
    what: str,
) -> dict[str, TypedExpr]:
    found: dict[str, TypedExpr] = {}
    for name, option in options.named(at, step.options, readers, what).items():
        if len(option.values) > 1:
            _several(at, option)
        made = readers[name](at, option, scope)
        if made is not None:
            found[name] = made
    return found


def _several(at: Elaborator, option: tree.Option) -> None:
    name = option.name.text
    at.report(
        "K3007",
        option.values[1].span,
        f"`{name}` takes one value",
        label="this is the second one",
        why="A value that nobody looks at would do nothing.",
        help="remove it; a comma stands only before the next input",
    )


def _given(
    at: Elaborator,
    step: tree.Remember | tree.Recall,
    inputs: dict[str, TypedExpr],
    name: str,
    what: str,
) -> bool:
    """Whether the one input is there that the step cannot do without."""
    written = [option.name.text for option in step.options]
    if name not in written and closest(name, written) is None:
        at.report(
            "K3006",
            step.name.span,
            f"`{step.name.text}` does not say {what}",
            help=f"add a line `{name}: …`, with a text",
        )
    return name in inputs


# --- inputs


def _checked(target: Type, place: str) -> Reader:
    def read(at: Elaborator, option: tree.Option, scope: Scope) -> TypedExpr | None:
        value = at.check(option.values[0], scope, target, place)
        return None if isinstance(value, Bad) else value

    return read


def _ttl(at: Elaborator, option: tree.Option, scope: Scope) -> TypedExpr | None:
    """A duration that is written out is read here; what a run says is read there."""
    value = option.values[0]
    if isinstance(value, tree.NumberLit) or (isinstance(value, tree.TextLit) and value.plain):
        seconds = options.seconds(at, option, LONGEST_TTL, '"24h"')
        return None if seconds is None else Const(NUMBER, value.span, plain(seconds))
    return _checked(TEXT, "the time to live")(at, option, scope)


def _within(low: float, high: float, target: Type, what: str) -> Reader:
    """A number whose bounds are checked here where it is written out."""

    def read(at: Elaborator, option: tree.Option, scope: Scope) -> TypedExpr | None:
        value = at.check(option.values[0], scope, target, f"`{option.name.text}`")
        if isinstance(value, Bad) or not constants.is_constant(value):
            return None if isinstance(value, Bad) else value
        if not low <= constants.evaluate(value) <= high:
            at.report(
                "K3007",
                value.span,
                f"`{option.name.text}` is {what} from {low:g} to {high:g}",
                why="It bounds what comes back from the memory.",
                help=f"write one in that range, or leave `{option.name.text}` out",
            )
            return None
        return value

    return read


def _namespace(at: Elaborator, option: tree.Option, scope: Scope) -> TypedExpr | None:
    """Who reads what is decided by the program, or by who signed in: never by what came in."""
    value = at.check(option.values[0], scope, TEXT, "the namespace")
    if isinstance(value, Bad) or faulty(value):
        return None
    chooser = next((part for part in _parts(value) if _is_untrusted(part)), None)
    if chooser is None:
        return value
    at.report(
        "K4008",
        value.span,
        "The run decides the namespace of a memory",
        label=_FROM[type(chooser)],
        help='write it out (`namespace: "orders"`), or take it from who signed in: '
        '`context.principal ?? "anyone"`',
    )
    return None


def _is_untrusted(part: Typed) -> bool:
    if isinstance(part, Local):
        return part.symbol.kind != "parameter"  # that of a function gets what stands around it
    return isinstance(part, InputRef | StateRef)


_FROM: dict[type[Any], str] = {
    InputRef: "this depends on what comes in",
    StateRef: "this depends on the state, which may hold what came in",
    Local: "this depends on what a step made",
}


def _parts(value: Any) -> Iterator[Typed]:
    """A typed expression and all that is inside it."""
    if isinstance(value, Typed):
        yield value
        if not isinstance(value, Const | ContextRef):
            for part in fields(value):
                yield from _parts(getattr(value, part.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _parts(part)


REMEMBERED: dict[str, Reader] = {
    "content": _checked(TEXT, "what is remembered"),
    "collection": _checked(TEXT, "the collection"),
    "metadata": _checked(METADATA, "the metadata"),
    "namespace": _namespace,
    "ttl": _ttl,
}
WANTED: dict[str, Reader] = {
    "query": _checked(TEXT, "the query"),
    "collection": _checked(TEXT, "the collection"),
    "limit": _within(1, MOST_RESULTS, INTEGER, "a whole number"),
    "threshold": _within(0, 1, NUMBER, "a number"),
    "filter": _checked(METADATA, "the filter"),
    "namespace": _namespace,
}
