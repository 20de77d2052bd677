"""A permission that no step uses: a machine should hold no more than it needs."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, Edit, Fix, Severity, report
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.needs import Need, granting
from kanvasc.types.permissions import CAPABILITIES
from kanvasc.types.program import Permission

HTTP = ("@std/http/", "@mashin/actions/http/")


def unused_permissions(context: Context) -> Iterator[Diagnostic]:
    # A step that could not be read may be the one that needs the permission.
    if any(
        found.code.startswith(("K0", "K9")) and found.severity is Severity.ERROR
        for found in context.found
    ):
        return
    # Neither can what a machine needs that is in a file which could not be read.
    whole = not any(use.unit is None or use.unit.broken for use in context.unit.uses)
    typed = {machine.span: machine.needs for machine in reversed(context.program.machines)}
    for machine in context.file.machines:
        inside = tuple(nodes(machine))
        # What the machine may need, through whatever it calls.
        needs = typed.get(machine.name.span, ())
        needed = {capability for node in inside for capability in _needs(node)}
        needed |= {need.capability for need in needs}
        denied = {c.name.text for c in _denied(inside)}
        exact = whole and not context.faulty(machine.span)
        for rule in _rules(inside):
            if rule.verdict == "not allowed":
                continue
            for capability in rule.capabilities:
                name = capability.name.text
                if name not in CAPABILITIES or name in denied:
                    continue
                if name not in needed or (exact and not _aimed_at(capability, needs)):
                    yield _unused(rule, capability)


def _aimed_at(capability: tree.Capability, needs: tuple[Need, ...]) -> bool:
    """Whether some step needs the very target that is granted."""
    target = capability.target.plain if isinstance(capability.target, tree.TextLit) else None
    if target is None:
        return True
    name, span = capability.name.text, capability.span
    granted = Permission("allowed", name, target, span)
    return any(need.target is not None and granting([granted], need) for need in needs)


def _rules(inside: tuple[tree.Node, ...]) -> list[tree.Rule]:
    return [node for node in inside if isinstance(node, tree.Rule)]


def _denied(inside: tuple[tree.Node, ...]) -> list[tree.Capability]:
    rules = [rule for rule in _rules(inside) if rule.verdict == "not allowed"]
    return [capability for rule in rules for capability in rule.capabilities]


def _needs(node: tree.Node) -> tuple[str, ...]:
    match node:
        case tree.Ask(via=None):
            return CAPABILITIES
        case tree.Ask(via="using"):
            return ("reason",)
        case tree.Ask(target=target):
            text = target.plain if isinstance(target, tree.TextLit) else None
            return ("http",) if text is not None and text.startswith(HTTP) else ("call",)
        case tree.HttpAction():
            return ("http",)
        case tree.Remember() | tree.Recall():
            return ("memory",)
    return ()


def _unused(rule: tree.Rule, capability: tree.Capability) -> Diagnostic:
    target = capability.target.plain if isinstance(capability.target, tree.TextLit) else None
    name = capability.name.text + ("" if target is None else f' "{target}"')
    return report(
        "K4006",
        capability.span,
        f"No step of this machine uses `{name}`",
        help="take the permission away" if len(rule.capabilities) > 1 else "leave the rule out",
        fixes=_without(rule, capability),
    )


def _without(rule: tree.Rule, capability: tree.Capability) -> tuple[Fix, ...]:
    """Takes one of several away, with the comma between it and its neighbour."""
    if len(rule.capabilities) == 1:
        return ()
    place = rule.capabilities.index(capability)
    span = (
        Span(rule.capabilities[place - 1].span.end, capability.span.end)
        if place
        else Span(capability.span.start, rule.capabilities[1].span.start)
    )
    return (Fix("Take it away", (Edit(span, ""),), safe=False),)
