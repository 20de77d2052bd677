"""`ensures permissions`: what a machine may do, and steps that do more than that."""

from __future__ import annotations

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.syntax import tree
from kanvasc.types import heads, hosts
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.needs import Need, StepNeeds, denying, granting
from kanvasc.types.program import Permission

CAPABILITIES = ("reason", "http", "memory", "call")
TARGETED = ("http", "call")


def read(at: Elaborator, machine: tree.Machine) -> tuple[Permission, ...]:
    """The declared permissions, in source order."""
    found = [permission for rule in _rules(machine) for permission in _rule(at, rule)]
    _contradictions(at, found)
    return tuple(found)


def _rules(machine: tree.Machine) -> tuple[tree.Rule, ...]:
    ensures = next((s for s in machine.sections if isinstance(s, tree.Ensures)), None)
    blocks = ensures.blocks if ensures is not None else ()
    return tuple(
        rule for block in blocks if isinstance(block, tree.Permissions) for rule in block.rules
    )


def _foreign(machine: tree.Machine) -> list[tree.Capability]:
    """Words that name no capability."""
    named = [capability for rule in _rules(machine) for capability in rule.capabilities]
    return [one for one in named if one.name.text and one.name.text not in CAPABILITIES]


def _rule(at: Elaborator, rule: tree.Rule) -> list[Permission]:
    return [
        Permission(rule.verdict, capability.name.text, _target(at, capability), capability.span)
        for capability in rule.capabilities
        if capability.name.text in CAPABILITIES
    ]


def check(
    at: Elaborator,
    machine: tree.Machine,
    granted: tuple[Permission, ...],
    steps: tuple[StepNeeds, ...],
) -> None:
    """Holds the machine's permissions against what its steps need."""
    foreign = _foreign(machine)
    blamed: dict[str, tree.Capability] = {}
    for step in steps:
        needs = tuple(n for n in step.needs if not _blames(at, n, step, granted, foreign, blamed))
        check_step(at, machine, granted, StepNeeds(step.name, step.span, needs))
    for capability in foreign:
        if capability not in blamed.values():
            _no_capability(at, capability)


def _blames(
    at: Elaborator,
    need: Need,
    step: StepNeeds,
    granted: tuple[Permission, ...],
    foreign: list[tree.Capability],
    blamed: dict[str, tree.Capability],
) -> bool:
    """Whether a misspelt word was to grant this: one finding, at the word, for all steps."""
    meant = need.capability
    word = next((c for c in foreign if _near(c.name.text) == meant), None)
    if word is None or any(permission.capability == meant for permission in granted):
        return False
    if meant not in blamed:
        _misspelt(at, word, meant, tree.Name(step.span, step.name))
        blamed[meant] = word
    return True


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
    near = _near(name)
    fixes = (
        (Fix(f"Write `{near}`", (Edit(capability.name.span, near),), safe=False),) if near else ()
    )
    at.report(
        "K4002",
        capability.name.span,
        f"There is no capability `{name}`: it protects nothing",
        help=f"did you mean `{near}`?"
        if near
        else did_you_mean(name, CAPABILITIES, "capabilities"),
        fixes=fixes,
    )


def _near(name: str) -> str | None:
    """The capability that was meant."""
    return _MEANT.get(name) or closest(name, CAPABILITIES)


_MEANT = {
    **dict.fromkeys(("model", "models", "llm", "ai", "think"), "reason"),
    **dict.fromkeys(("network", "internet", "web", "fetch", "request", "url"), "http"),
    **dict.fromkeys(("remember", "recall", "store"), "memory"),
    **dict.fromkeys(("machine", "machines", "run"), "call"),
}
"""What capabilities are called elsewhere."""


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
    elif capability.name.text == "http":
        _check_host(at, capability, text)
    return text


def _check_host(at: Elaborator, capability: tree.Capability, text: str) -> None:
    try:
        hosts.of_permission(text)
    except hosts.NoHost as problem:
        assert capability.target is not None
        at.report(
            "K4003",
            capability.target.span,
            f'"{text}" names no host',
            label=str(problem),
            help='write the host alone, `"api.example.com"`, or with its scheme and port, '
            '`"http://127.0.0.1:8080"`',
        )


def _contradictions(at: Elaborator, permissions: list[Permission]) -> None:
    for permission in permissions:
        about = (permission.capability, permission.target)
        twins = [p for p in permissions if (p.capability, p.target) == about]
        stricter = [p for p in twins if _STRICTNESS[p.verdict] > _STRICTNESS[permission.verdict]]
        if stricter:
            winner = max(stricter, key=lambda p: _STRICTNESS[p.verdict])
            other = winner.verdict
            at.report(
                "K4004",
                permission.span,
                f"`{permission.capability}` {_BOTH[permission.verdict, other]}",
                label=f"this has no effect: `{_WORDS[other]}` wins",
                related=(Related(winner.span, f"{other} here"),),
                help="remove one of the two",
            )


_STRICTNESS = {"allowed": 0, "requires approval": 1, "not allowed": 2}
_WORDS = {"requires approval": "requires approval for", "not allowed": "not allowed to"}
_BOTH = {
    ("allowed", "requires approval"): "is allowed and requires approval",
    ("allowed", "not allowed"): "is allowed and not allowed",
    ("requires approval", "not allowed"): "requires approval and is not allowed",
}


def check_step(
    at: Elaborator, machine: tree.Machine, granted: tuple[Permission, ...], step: StepNeeds
) -> None:
    """Reports what a step needs and is not granted, with the edit that grants all of it."""
    denied = [(need, denying(granted, need)) for need in step.needs]
    for need, denial in denied:
        if denial is not None:
            at.report(
                "K4001",
                step.span,
                f"The step `{step.name}` needs `{need.shown}`, which this machine is not allowed",
                label=need.label,
                related=(Related(denial.span, "denied here"),),
                help="remove the step, or the denial",
            )
            return
    for need in step.needs:
        if need.chosen:
            _any_host(at, granted, step)
    missing = [n for n in step.needs if not granting(granted, n)]
    if missing:
        _not_granted(at, machine, step, missing)


def _not_granted(
    at: Elaborator, machine: tree.Machine, step: StepNeeds, missing: list[Need]
) -> None:
    shown = list(dict.fromkeys(need.shown for need in missing))
    *most, last = (f"`{one}`" for one in shown)
    listed = f"{', '.join(most)} and {last}" if most else last
    chosen = any(need.chosen for need in missing)
    text = 'http "…"` with each host that it may choose, ' if chosen else ", ".join(shown) + "` "
    edit = grant(at, machine, ", ".join(shown))
    at.report(
        "K4001",
        step.span,
        f"The step `{step.name}` needs {listed}, which {_are(shown)} not granted",
        label=missing[0].label,
        help=f"add `allowed to {text}under `ensures permissions`",
        fixes=() if chosen else (Fix(f"Grant {listed}", (edit,), safe=False),),
    )


def _are(listed: list[str]) -> str:
    return "is" if len(listed) == 1 else "are"


def _any_host(at: Elaborator, granted: tuple[Permission, ...], step: StepNeeds) -> None:
    """A host that comes from the run, and a permission that lets it be any."""
    open_ = next(
        (
            permission
            for permission in granted
            if permission.grants and permission.capability == "http" and permission.target is None
        ),
        None,
    )
    if open_ is not None:
        at.report(
            "K4007",
            step.span,
            f"The run decides where `{step.name}` sends its request, and any host is granted",
            related=(Related(open_.span, "this grants every host"),),
            help='name the hosts there: `http "api.example.com"`, with commas between several',
        )


def grant(at: Elaborator, machine: tree.Machine, capability: str) -> Edit:
    """The edit that adds `allowed to <capability>` to a machine."""
    rules = [rule for rule in _rules(machine) if rule.capabilities]
    allowed = next((rule for rule in rules if rule.verdict == "allowed"), None)
    if allowed is not None:
        return heads.insert(allowed.capabilities[-1].span.end, f", {capability}")
    if rules:
        return heads.insert(rules[-1].span.end, _rule_text(at, rules[-1].span.start, capability))
    return heads.block(at, machine, ("permissions", "  allowed to", f"    {capability}"))


def _rule_text(at: Elaborator, beside: int, capability: str) -> str:
    """A rule behind another one: below it, or on its line where that is how they are written."""
    before = at.source.line_text(at.source.line_of(beside))[: len(heads.column(at, beside))]
    if before.strip():
        return f" allowed to {capability}"
    return f"\n{before}allowed to\n{before}  {capability}"
