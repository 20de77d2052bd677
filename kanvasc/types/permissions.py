"""`ensures permissions`: what a machine may do, and steps that do more than that."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import Permission

CAPABILITIES = ("reason", "http", "memory", "call")
TARGETED = ("http", "call")


def read(at: Elaborator, ensures: tree.Ensures | None) -> tuple[Permission, ...]:
    """The declared permissions, in source order; unknown capabilities get a warning."""
    found: list[Permission] = []
    for block in ensures.blocks if ensures is not None else ():
        if isinstance(block, tree.Permissions):
            for rule in block.rules:
                found.extend(_rule(at, rule))
    _contradictions(at, found)
    return tuple(found)


def _rule(at: Elaborator, rule: tree.Rule) -> list[Permission]:
    if rule.verdict == "requires approval":
        at.not_supported(rule.span, "`requires approval for`")
        return []
    found: list[Permission] = []
    for capability in rule.capabilities:
        name = capability.name.text
        if name not in CAPABILITIES:
            _unknown(at, capability)
            continue
        target = _target(at, capability)
        found.append(Permission(rule.verdict, name, target, capability.span))
    return found


def _unknown(at: Elaborator, capability: tree.Capability) -> None:
    name = capability.name.text
    if not name:
        return
    near = closest(name, CAPABILITIES)
    fixes = (
        (Fix(f"Write `{near}`", (Edit(capability.name.span, near),), safe=False),) if near else ()
    )
    at.report(
        "K4002",
        capability.name.span,
        f"There is no capability `{name}`: it protects nothing",
        help=did_you_mean(name, CAPABILITIES, "capabilities"),
        fixes=fixes,
    )


def _target(at: Elaborator, capability: tree.Capability) -> str | None:
    if capability.target is None:
        return None
    text = capability.target.plain if isinstance(capability.target, tree.TextLit) else None
    if capability.name.text not in TARGETED:
        at.report(
            "K4003",
            capability.target.span,
            f"`{capability.name.text}` takes no target",
            help="leave the text out",
        )
        return None
    if text is None:
        at.report(
            "K4003", capability.target.span, "A permission's target is a text, known before any run"
        )
    return text


def _contradictions(at: Elaborator, permissions: list[Permission]) -> None:
    allowed = {(p.capability, p.target): p for p in permissions if p.verdict == "allowed"}
    for permission in permissions:
        twin = allowed.get((permission.capability, permission.target))
        if permission.verdict == "not allowed" and twin is not None:
            at.report(
                "K4004",
                twin.span,
                f"`{permission.capability}` is allowed and not allowed",
                label="this has no effect: `not allowed to` wins",
                related=(Related(permission.span, "not allowed here"),),
                help="remove one of the two",
            )


def check_step(
    at: Elaborator,
    machine: tree.Machine,
    permissions: tuple[Permission, ...],
    capability: str,
    step: tree.Name,
    what: str,
) -> None:
    """Reports a step whose capability is not granted, with the edit that grants it."""
    mine = [p for p in permissions if p.capability == capability]
    denied = next((p for p in mine if p.verdict == "not allowed"), None)
    if denied is not None:
        at.report(
            "K4001",
            step.span,
            f"The step `{step.text}` needs `{capability}`, which this machine is not allowed",
            label=what,
            related=(Related(denied.span, "denied here"),),
            help="remove the step, or the denial",
        )
    elif not mine:
        edit = grant(at, machine, capability)
        at.report(
            "K4001",
            step.span,
            f"The step `{step.text}` needs `{capability}`, which is not granted",
            label=what,
            help=f"add `allowed to {capability}` under `ensures permissions`",
            fixes=(Fix(f"Grant `{capability}`", (edit,), safe=False),),
        )


def grant(at: Elaborator, machine: tree.Machine, capability: str) -> Edit:
    """The edit that adds `allowed to <capability>` to a machine."""
    rules = [
        rule
        for section in machine.sections
        if isinstance(section, tree.Ensures)
        for block in section.blocks
        if isinstance(block, tree.Permissions)
        for rule in block.rules
        if rule.verdict == "allowed" and rule.capabilities
    ]
    if rules:
        end = rules[0].capabilities[-1].span.end
        return Edit(Span(end, end), f", {capability}")
    before = next(
        (s for s in machine.sections if isinstance(s, tree.Implements | tree.Expresses)), None
    )
    place = before.span.start if before is not None else machine.span.end
    line = at.source.position(place)
    indent = " " * (line.column - 1)
    added = f"ensures\n{indent}  permissions\n{indent}    allowed to\n{indent}      {capability}"
    after = f"{added}\n{indent}" if before is not None else f"\n  {added}\n"
    return Edit(Span(place, place), after)
