"""`ensures needs`: the secrets that a machine is given, and `secrets.<name>`, which reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kanvasc.diagnostics import Edit, Fix, Related, removal
from kanvasc.names import closest, did_you_mean
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import heads
from kanvasc.types.governed import SecretSpec
from kanvasc.types.typed import SecretRef, TypedExpr, bad
from kanvasc.types.types import TEXT

if TYPE_CHECKING:
    from kanvasc.types.elaborate import Elaborator
    from kanvasc.types.scope import Scope

_WHY = (
    "What a machine needs is read at its head: the server does not start without it, and says "
    "what is missing."
)


def read(at: Elaborator, machine: tree.Machine) -> tuple[SecretSpec, ...]:
    """The secrets that the machine needs, in source order."""
    found: dict[str, SecretSpec] = {}
    for entry in _entries(machine):
        first = found.setdefault(entry.name.text, SecretSpec(entry.name.text, entry.name.span))
        if first.span is not entry.name.span:
            _twice(at, entry, first)
        _required(at, entry)
    return tuple(found.values())


def _blocks(machine: tree.Machine) -> list[tree.Needs]:
    ensures = [section for section in machine.sections if isinstance(section, tree.Ensures)]
    return [block for one in ensures for block in one.blocks if isinstance(block, tree.Needs)]


def _entries(machine: tree.Machine) -> list[tree.Option]:
    return [entry for block in _blocks(machine) for entry in block.secrets if entry.name.text]


def _twice(at: Elaborator, entry: tree.Option, first: SecretSpec) -> None:
    at.report(
        "K1004",
        entry.name.span,
        f"The secret `{entry.name.text}` stands twice",
        related=(Related(first.span, "the first one"),),
        help="remove one of the two",
        fixes=(Fix("Remove it", (removal(at.source.text, entry.span),), safe=False),),
    )


def _required(at: Elaborator, entry: tree.Option) -> None:
    """`required` is all that can be said of a secret."""
    value = entry.values[0] if len(entry.values) == 1 else None
    word = value.text if isinstance(value, tree.NameRef) else None
    if word == "required" or isinstance(value, tree.Missing):
        return
    edit = Edit(entry.span, f"{entry.name.text}: required")
    at.report(
        "K4021",
        entry.span,
        f"Behind the secret `{entry.name.text}` stands `required`, and nothing else",
        label="its value comes from the environment, never from the program",
        why=_WHY,
        help=f"write `{edit.text}`",
        fixes=(Fix(f"Write `{edit.text}`", (edit,), safe=False),),
    )


def member(at: Elaborator, expr: tree.Member, scope: Scope) -> TypedExpr:
    """`secrets.<name>`."""
    name = expr.name
    if not name.text:
        return bad(expr.span)
    if name.text in scope.secrets:
        return SecretRef(TEXT, expr.span, name.text)
    near = closest(name.text, scope.secrets)
    add = f"{name.text}: required"
    fixes: tuple[Fix, ...] = ()
    if near is not None:
        fixes = (Fix(f"Write `{near}`", (Edit(name.span, near),), safe=False),)
    elif at.machine is not None:
        edit = _declaring(at, at.machine, add)
        fixes = (Fix(f"Add `{add}`", (edit,), safe=False),)
    return at.report(
        "K4020",
        name.span,
        f"This machine needs no secret `{name.text}`",
        why=_WHY,
        help=did_you_mean(name.text, scope.secrets, "secrets")
        if near is not None
        else f"add `{add}` under `ensures needs`",
        fixes=fixes,
    )


def _declaring(at: Elaborator, machine: tree.Machine, entry: str) -> Edit:
    """The edit that adds an entry to a machine's `needs`."""
    entries = _entries(machine)
    if not entries:
        return heads.block(at, machine, ("needs", f"  {entry}"))
    last = entries[-1].span
    before = at.source.line_text(at.source.line_of(last.start))
    before = before[: at.source.position(last.start).column - 1]
    text = f" {entry}" if before.strip() else f"\n{before}{entry}"
    return Edit(Span(last.end, last.end), text)
