"""The state of a machine: its block, what reads it and what sets it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix
from kanvasc.names import closest, did_you_mean
from kanvasc.records import replace
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.syntax.nodes import children
from kanvasc.types.fields import Declarations
from kanvasc.types.kept import TypedSet
from kanvasc.types.program import RecordSpec
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Bad, StateRef, Symbol, TypedExpr
from kanvasc.types.types import NULL

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator
    from kanvasc.types.steps import Steps


def declared(
    declarations: Declarations, machine: tree.Machine, implements: tree.Implements | None
) -> RecordSpec | None:
    """The record that the machine keeps between runs; None when it keeps nothing."""
    blocks = implements.blocks if implements is not None else ()
    block = next((block for block in blocks if isinstance(block, tree.State)), None)
    if block is None:
        return None
    return declarations.record(block.fields, f"{machine.name.text} state", "state")


def set_field(self: Steps, step: tree.SetState, scope: Scope) -> TypedSet | None:
    """`set state.<field> = value`."""
    at, target = self.at, step.target
    if isinstance(target, tree.Missing):
        at.infer(step.value, scope)
        return None
    if not _is_state(target):
        _no_field(at, target, scope)
        at.infer(step.value, scope)
        return None
    assert isinstance(target, tree.Member)
    name = target.name
    if scope.state is None:
        no_state(at, target)
        return None
    field = scope.state.get(name.text)
    if field is None:
        if name.text:
            _unknown(at, name, [known.name for known in scope.state.fields])
        at.infer(step.value, scope)
        return None
    value = at.check(step.value, scope, field.type, f"the state's `{name.text}`")
    symbol = Symbol(f"set_{name.text}", NULL, target.span, "step")
    return TypedSet(symbol, step.span, name.text, value)


def root(at: Elaborator, expr: tree.Expr, scope: Scope) -> TypedExpr:
    """`state`, which the member `expr` is read from."""
    if scope.state is None:
        return no_state(at, expr)
    return StateRef(scope.state, expr.span)


def no_state(at: Elaborator, expr: tree.Expr) -> Bad:
    return at.report(
        "K1040",
        expr.span,
        "This machine keeps no state",
        help="declare what it keeps, first under `implements`: `state`, and below it "
        "`count as integer, default: 0`, for example",
    )


def _is_state(target: tree.Expr) -> bool:
    match target:
        case tree.Member(object=tree.NameRef(text="state")):
            return True
    return False


def _no_field(at: Elaborator, target: tree.Expr, scope: Scope) -> None:
    """A target that is no field of the state: part of one, or something else altogether."""
    whole = _field_of(target)
    if whole is not None and whole is not target:
        at.report(
            "K3041",
            target.span,
            "A field of the state is set as a whole",
            label=f"this is a part of `{at.text(whole.span)}`",
            why="A value never changes in place: who has read it before would see another.",
            help=f"write `set {at.text(whole.span)} = …` with all that it is to hold",
        )
        return
    name = target.text if isinstance(target, tree.NameRef) else ""
    known = scope.state is not None and scope.state.get(name) is not None
    insert = Edit(Span(target.span.start, target.span.start), "state.")
    at.report(
        "K3041",
        target.span,
        "Only a field of the state can be set",
        why="What comes in and what steps have made stays as it is for the whole run.",
        help=f"write `set state.{name if known else '…'} = …`, or make a step of its own of the "
        "new value",
        fixes=(Fix("Write `state.` before it", (insert,), safe=False),) if known else (),
    )


def _field_of(target: tree.Expr) -> tree.Expr | None:
    """The `state.<field>` that a target begins with."""
    inner: tree.Expr = target
    while not _is_state(inner):
        if not isinstance(inner, tree.Member | tree.Index):
            return None
        inner = inner.object
    return inner


def _unknown(at: Elaborator, name: tree.Name, known: list[str]) -> None:
    near = closest(name.text, known)
    at.report(
        "K1003",
        name.span,
        f"`state` has no field `{name.text}`",
        help=did_you_mean(name.text, known, "fields")
        if near is not None
        else f"declare it under `state`: `{name.text} as …`",
        fixes=(Fix(f"Write `{near}`", (Edit(name.span, near),), safe=False),) if near else (),
    )


# --- what conditions have shown of the state, and how long it holds


def changed(self: Steps, node: tree.Node, scope: Scope) -> frozenset[str]:
    """The fields of the state that are set in a node of the tree, or in a flow that it runs."""
    if scope.state is None:
        return frozenset()
    found: set[str] = set()
    seen: set[str] = set()
    open_: list[tree.Node] = [node]
    while open_:
        inner = open_.pop()
        if isinstance(inner, tree.SetState):
            if isinstance(inner.target, tree.Member):
                found.add(inner.target.name.text)
        elif isinstance(inner, tree.RunFlow):
            name = inner.flow.text
            if name in self.flows and name not in seen:
                seen.add(name)
                open_.append(self.flows[name].body)
        else:
            open_.extend(children(inner))
    return frozenset(found)


def forget(scope: Scope, fields: Iterable[str]) -> Scope:
    """The scope where it is not known any more whether these fields of the state are null."""
    gone = {f"state.{field}" for field in fields}
    if not gone or not scope.present:
        return scope
    left = (path for path in scope.present if ".".join(path.split(".")[:2]) not in gone)
    return replace(scope, present=frozenset(left))
