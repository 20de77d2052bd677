"""`match`: literals held against a subject, which of them are there, and which are left out."""

from __future__ import annotations

from typing import Any

from kanvasc.diagnostics import Edit, Fix, Related, report
from kanvasc.names import closest
from kanvasc.records import dataclass, field
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types import constants
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.misfits import mismatch
from kanvasc.types.modifiers import NOTHING_IN_SCOPE
from kanvasc.types.narrow import NOTHING, path_of
from kanvasc.types.relations import comparable, join
from kanvasc.types.scope import Scope
from kanvasc.types.typed import (
    IsNull,
    Local,
    Logic,
    Operate,
    Symbol,
    TypedExpr,
    bad,
    faulty,
)
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DECIMAL,
    NULL,
    NUMBER,
    Enum,
    Nullable,
    without_null,
)
from kanvasc.types.wording import described, quoted


@dataclass
class Arm:
    """`present`: what is not null where the arm is taken."""

    condition: TypedExpr
    literals: tuple[TypedExpr, ...]
    present: frozenset[str]


@dataclass
class Match:
    """`present`: what is not null where no arm is taken."""

    subject: TypedExpr
    named: Symbol | None
    arms: list[Arm] = field(default_factory=list)
    present: frozenset[str] = NOTHING
    exhaustive: bool = False


def read(at: Elaborator, step: tree.Decide, written: tree.Expr, scope: Scope) -> Match:
    """The arms' conditions; what is twice, missing or never taken is reported."""
    subject = at.infer(written, scope)
    path = path_of(written)
    named = None if path else Symbol("subject", subject.type, written.span, "let")
    look: TypedExpr = subject if named is None else Local(subject.type, written.span, named)
    match = Match(subject, named)
    seen: dict[object, TypedExpr] = {}
    guarded = NOTHING if path is None else frozenset((path,))
    sound = not faulty(subject)
    for case in step.cases:
        literals = [_literal(at, literal, look, seen) for literal in case.literals]
        known = tuple(literal for literal in literals if not faulty(literal))
        sound = sound and len(known) == len(literals)
        null = any(literal.type == NULL for literal in known)
        match.present = guarded if null else match.present
        condition = _condition(case.span, look, known)
        match.arms.append(Arm(condition, known, NOTHING if null else guarded))
    if sound:
        missing = _missing(subject, seen)
        match.exhaustive = missing == []
        _report_missing(at, step, written, missing)
    return match


def _literal(
    at: Elaborator, written: tree.Expr, look: TypedExpr, seen: dict[object, TypedExpr]
) -> TypedExpr:
    if isinstance(written, tree.TextLit) and written.plain is None:
        return at.report(
            "K3022",
            written.span,
            "An arm of `match` stands for a value that is written out",
            help="leave `${…}` out of it, or write the arms with `when`",
        )
    literal = at.infer(written, NOTHING_IN_SCOPE, without_null(look.type))
    if faulty(literal) or faulty(look):
        return bad(written.span)
    if not _can_be(literal, look):
        return _never(at, literal, look)
    key = _key(constants.evaluate(literal))
    first = seen.setdefault(key, literal)
    if first is not literal:
        return at.report(
            "K1004",
            written.span,
            f"{at.text(written.span)} stands in two arms",
            related=(Related(first.span, "the first one"),),
            why="The first arm that fits is taken, so the second one never is.",
            help="remove one of the two",
        )
    return literal


def _can_be(literal: TypedExpr, look: TypedExpr) -> bool:
    if {literal.type, without_null(look.type)} == {NUMBER, DECIMAL}:
        return False
    return comparable(literal.type, look.type)


def _never(at: Elaborator, literal: TypedExpr, look: TypedExpr) -> TypedExpr:
    if literal.type == NULL:
        return at.report(
            "K2005",
            literal.span,
            "What is matched here is never null",
            label=f"it is {described(look.type)}",
            help="leave the arm out",
        )
    inner = without_null(look.type)
    found = mismatch(literal, inner, "this", at.text)
    fixes = found.fixes
    if isinstance(inner, Enum) and isinstance(literal.type, Enum):
        near = closest(literal.type.values[0], inner.values)
        edits = (Edit(literal.span, f'"{near}"'),)
        fixes = (Fix(f'Write `"{near}"`', edits, safe=False),) if near else ()
    return at.report(
        "K2005",
        literal.span,
        "This arm can never be taken",
        label=f"what is matched is {described(look.type)}",
        help=found.help,
        fixes=fixes,
    )


def _key(value: Any) -> object:
    """Values that are equal in the language, and only those, have one key."""
    return (isinstance(value, bool), value)


def _condition(span: Span, look: TypedExpr, literals: tuple[TypedExpr, ...]) -> TypedExpr:
    tests = [_test(look, literal) for literal in literals]
    if not tests:
        return bad(span)
    whole = tests[0]
    for test in tests[1:]:
        whole = Logic(BOOLEAN, span, "or", whole, test)
    return whole


def _test(look: TypedExpr, literal: TypedExpr) -> TypedExpr:
    if literal.type == NULL:
        return IsNull(BOOLEAN, literal.span, look, negated=False)
    over = join(look.type, literal.type) or ANY
    return Operate(BOOLEAN, literal.span, "==", look, literal, over)


def _missing(subject: TypedExpr, seen: dict[object, TypedExpr]) -> list[str] | None:
    """The values without an arm, as they are written; None where they cannot be listed."""
    inner = without_null(subject.type)
    values: list[tuple[Any, str]] = []
    match inner:
        case Enum(texts, literal=False):
            values = [(text, quoted([text])) for text in texts]
        case _ if inner == BOOLEAN:
            values = [(True, "true"), (False, "false")]
        case _:
            return None
    if isinstance(subject.type, Nullable):
        values.append((None, "null"))
    return [written for value, written in values if _key(value) not in seen]


def _report_missing(
    at: Elaborator, step: tree.Decide, written: tree.Expr, missing: list[str] | None
) -> None:
    if missing and step.otherwise is None:
        shown = ", ".join(missing[:4]) + (", …" if len(missing) > 4 else "")
        at.diagnostics.append(
            report(
                "K3020",
                written.span,
                f"No arm of `{step.name.text}` is for {shown}",
                label=f"where it is that, `{step.name.text}` is null",
                help=f"add `{shown} => …`, or `otherwise`",
            )
        )
    elif missing == [] and step.otherwise is not None:
        never_taken(at, step.otherwise.span, written.span, "every value of this has its arm")


def never_taken(at: Elaborator, span: Span, because: Span | None, says: str) -> None:
    """The finding about an arm that no run reaches."""
    at.diagnostics.append(
        report(
            "K3021",
            span,
            "This is never reached",
            related=(Related(because, says),) if because is not None else (),
            help="remove the arm, or correct the condition"
            if because is None
            else "remove it, or move it up",
        )
    )
