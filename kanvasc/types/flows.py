"""`flow` and `run flow(f)`: steps with a name of their own, run from any place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types.control import TypedFlow, TypedRunFlow
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import TypedStep
from kanvasc.types.scope import Scope
from kanvasc.types.typed import Symbol
from kanvasc.types.types import NULL, Type

if TYPE_CHECKING:
    from kanvasc.types.steps import Steps


def declared(at: Elaborator, flows: tuple[tree.Flow, ...]) -> dict[str, tree.Flow]:
    """The flows of a machine by name; a second one of a name is reported."""
    found: dict[str, tree.Flow] = {}
    for flow in flows:
        first = found.setdefault(flow.name.text, flow)
        if first is not flow:
            at.report(
                "K1004",
                flow.name.span,
                f"There are two flows `{flow.name.text}`",
                related=(Related(first.name.span, "the first one"),),
                help="give each flow a name of its own",
            )
    return found


def run(self: Steps, step: tree.RunFlow, scope: Scope) -> TypedStep | None:
    name = step.flow
    if name.text not in self.flows:
        no_flow(self, name)
        return None
    if name.text in self.open_flows:
        _circle(self, name)
        return None
    flow = of(self, name.text, scope, self.hints.get(name.text))
    return TypedRunFlow(Symbol(name.text, flow.type, name.span, "step"), step.span, flow)


def of(self: Steps, name: str, scope: Scope, hint: Type | None) -> TypedFlow:
    """A flow, typed where it is first asked for. It sees the machine's input and nothing of the
    place that runs it."""
    if name not in self.typed_flows:
        self.open_flows.append(name)
        flow = self.flows[name]
        outside = Scope(scope.input, state=scope.state)
        with self.unasked():
            body, _ = self.body(flow.body, outside, hint)
        self.open_flows.pop()
        type_ = NULL if body.value is None else body.value.type
        self.typed_flows[name] = TypedFlow(name, flow.name.span, body, type_)
    return self.typed_flows[name]


def no_flow(self: Steps, name: tree.Name) -> None:
    """Reports a name that no flow has."""
    if not name.text:
        return
    near = closest(name.text, self.flows)
    help_ = did_you_mean(name.text, self.flows, "flows")
    self.at.report(
        "K1021",
        name.span,
        f"There is no flow `{name.text}`",
        help=help_ if self.flows else f"add `flow {name.text}` behind the steps",
        fixes=(Fix(f"Write `{near}`", (Edit(name.span, near),), safe=False),) if near else (),
    )


def _circle(self: Steps, name: tree.Name) -> None:
    flow = self.flows[name.text]
    way = self.open_flows[self.open_flows.index(name.text) :]
    shown = " → ".join((*way, name.text))
    self.at.report(
        "K1022",
        name.span,
        f"The flow `{name.text}` runs itself",
        label=shown if len(way) > 1 else "",
        related=(Related(flow.name.span, "this is the flow"),),
        help="use `for each` for what has to be repeated",
    )
