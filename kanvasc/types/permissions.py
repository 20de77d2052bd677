"""`ensures permissions`: what a machine may do, and steps that do more than that."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.program import Permission, TypedAsk

CAPABILITIES = ("reason", "http", "memory", "call")
TARGETED = ("http", "call")


def read(
    at: Elaborator, ensures: tree.Ensures | None
) -> tuple[tuple[Permission, ...], tuple[tree.Capability, ...]]:
    """The declared permissions, in source order, and those that name no capability."""
    found: list[Permission] = []
    foreign: list[tree.Capability] = []
    for block in ensures.blocks if ensures is not None else ():
        for rule in block.rules if isinstance(block, tree.Permissions) else ():
            found.extend(_rule(at, rule))
            foreign.extend(c for c in rule.capabilities if c.name.text not in CAPABILITIES)
    _contradictions(at, found)
    return tuple(found), tuple(capability for capability in foreign if capability.name.text)


def _rule(at: Elaborator, rule: tree.Rule) -> list[Permission]:
    if rule.verdict == "requires approval":
        at.not_supported(rule.span, "`requires approval for`")
        return []
    return [
        Permission(rule.verdict, capability.name.text, _target(at, capability), capability.span)
        for capability in rule.capabilities
        if capability.name.text in CAPABILITIES
    ]


def check(
    at: Elaborator, machine: tree.Machine, asks: tuple[TypedAsk, ...]
) -> tuple[Permission, ...]:
    """The machine's permissions, held against what its steps need."""
    ensures = next((s for s in machine.sections if isinstance(s, tree.Ensures)), None)
    granted, foreign = read(at, ensures)
    misspelt = next((c for c in foreign if closest(c.name.text, CAPABILITIES) == "reason"), None)
    blamed = False
    for ask in asks:
        name = tree.Name(ask.symbol.span, ask.symbol.name)
        if misspelt is not None and not any(p.capability == "reason" for p in granted):
            if not blamed:
                _misspelt(at, misspelt, "reason", name)
            blamed = True
        else:
            check_step(at, machine, granted, "reason", name, "this step asks a model")
    for capability in foreign:
        if not (blamed and capability is misspelt):
            _no_capability(at, capability)
    return granted


def _misspelt(at: Elaborator, capability: tree.Capability, meant: str, step: tree.Name) -> None:
    """A step needs what a misspelt word was to grant: one finding, at the word."""
    name = capability.name
    at.report(
        "K4001",
        name.span,
        f"There is no capability `{name.text}`, so `{meant}` is not granted",
        related=(Related(step.span, f"this step needs `{meant}`"),),
        help=f"did you mean `{meant}`?",
        fixes=(Fix(f"Write `{meant}`", (Edit(name.span, meant),), safe=False),),
    )


def _no_capability(at: Elaborator, capability: tree.Capability) -> None:
    name = capability.name.text
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
            fixes=(
                Fix("Remove it", (removal(at.source.text, capability.target.span),), safe=False),
            ),
        )
        return None
    if text is None:
        at.report(
            "K4003",
            capability.target.span,
            "A permission's target holds no values of a run",
            why="What a machine may do is read at its head, before any message comes in.",
            help='write it out: `http "api.example.com"`',
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
    ensures = next((s for s in machine.sections if isinstance(s, tree.Ensures)), None)
    if ensures is None:
        return _new_section(at, machine, capability)
    blocks = [block for block in ensures.blocks if isinstance(block, tree.Permissions)]
    rules = [rule for block in blocks for rule in block.rules if rule.capabilities]
    allowed = next((rule for rule in rules if rule.verdict == "allowed"), None)
    if allowed is not None:
        return _insert(allowed.capabilities[-1].span.end, f", {capability}")
    if rules:
        return _insert(rules[-1].span.end, _rule_text(at, rules[-1].span.start, capability))
    head = ensures.span.start + len("ensures")
    indent = _column(at, ensures.span.start) + "  "
    text = f"\n{indent}permissions\n{indent}  allowed to\n{indent}    {capability}"
    return _insert(head, text)


def _insert(place: int, text: str) -> Edit:
    return Edit(Span(place, place), text)


def _rule_text(at: Elaborator, beside: int, capability: str) -> str:
    """A rule behind another one: below it, or on its line where that is how they are written."""
    before = at.source.line_text(at.source.line_of(beside))[: len(_column(at, beside))]
    if before.strip():
        return f" allowed to {capability}"
    return f"\n{before}allowed to\n{before}  {capability}"


def _column(at: Elaborator, place: int) -> str:
    """Blanks up to a place's column."""
    return " " * (at.source.position(place).column - 1)


def _new_section(at: Elaborator, machine: tree.Machine, capability: str) -> Edit:
    before = next(
        (s for s in machine.sections if isinstance(s, tree.Implements | tree.Expresses)), None
    )
    place = before.span.start if before is not None else machine.span.end
    indent = _column(at, place)
    added = f"ensures\n{indent}  permissions\n{indent}    allowed to\n{indent}      {capability}"
    return _insert(place, f"{added}\n{indent}" if before is not None else f"\n  {added}\n")
