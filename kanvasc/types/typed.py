"""Typed expressions: what the checker makes of the tree, with every choice made.

Each node has its type; every change of representation is a visible `Coerce`, every operator is
resolved to the operation for its operand types. The emitter only prints this.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, TypeAlias

from kanvasc.records import dataclass, field
from kanvasc.source import Span
from kanvasc.types.types import UNKNOWN, Record, Type


@dataclass(slots=True, eq=False)
class Symbol:
    """A step, let, loop variable or lambda parameter. `used` is set by the first reference."""

    name: str
    type: Type
    span: Span
    kind: Literal["step", "let", "parameter"]
    used: bool = False


@dataclass(slots=True)
class Typed:
    type: Type
    span: Span = field(compare=False, repr=False)


@dataclass(slots=True)
class Bad(Typed):
    """Stands for something that was reported; its type is UNKNOWN."""


@dataclass(slots=True)
class Const(Typed):
    value: bool | int | float | Decimal | str | None


@dataclass(slots=True)
class InputRef(Typed):
    pass


@dataclass(slots=True)
class ContextRef(Typed):
    """`context.principal`, `context.surface`, `context.now`; `now()` is the last of them."""

    name: Literal["principal", "surface", "now"]


@dataclass(slots=True)
class SecretRef(Typed):
    """`secrets.<name>`: what the environment supplies, as text."""

    name: str


@dataclass(slots=True)
class StateRef(Typed):
    """What the machine keeps between runs, as this run sees it."""


@dataclass(slots=True)
class Local(Typed):
    symbol: Symbol


@dataclass(slots=True)
class Get(Typed):
    """A field of a record. `through_null`: the object may be null, then so is the value."""

    object: TypedExpr
    name: str
    through_null: bool = False


@dataclass(slots=True)
class GetAny(Typed):
    """A member of a map or of `any`: null when it is not there."""

    object: TypedExpr
    name: str


Operation: TypeAlias = Literal[
    "add", "subtract", "multiply", "divide", "modulo", "<", "<=", ">", ">=", "==", "!=", "in"
]


@dataclass(slots=True)
class Operate(Typed):
    """An operator. `over` is the type that both operands were brought to."""

    operation: Operation
    left: TypedExpr
    right: TypedExpr
    over: Type


@dataclass(slots=True)
class Negate(Typed):
    operand: TypedExpr


@dataclass(slots=True)
class Not(Typed):
    operand: TypedExpr


@dataclass(slots=True)
class Logic(Typed):
    operator: Literal["and", "or"]
    left: TypedExpr
    right: TypedExpr


@dataclass(slots=True)
class IsNull(Typed):
    operand: TypedExpr
    negated: bool


@dataclass(slots=True)
class Coalesce(Typed):
    left: TypedExpr
    right: TypedExpr


@dataclass(slots=True)
class If(Typed):
    condition: TypedExpr
    then: TypedExpr
    otherwise: TypedExpr


@dataclass(slots=True)
class JoinText(Typed):
    """Parts rendered as text and joined."""

    parts: tuple[TypedExpr, ...]


@dataclass(slots=True)
class NewRecord(Typed):
    """Its type is a Record; fields that are left out are null."""

    fields: tuple[tuple[str, TypedExpr], ...]

    @property
    def record(self) -> Record:
        assert isinstance(self.type, Record)
        return self.type


@dataclass(slots=True)
class NewList(Typed):
    items: tuple[TypedExpr, ...]


@dataclass(slots=True)
class NewMap(Typed):
    entries: tuple[tuple[str, TypedExpr], ...]


@dataclass(slots=True)
class At(Typed):
    """`list[i]`, `text[i]` (fails out of range)."""

    object: TypedExpr
    index: TypedExpr


@dataclass(slots=True)
class Key(Typed):
    """`map[k]`: null when it is not there."""

    object: TypedExpr
    key: TypedExpr


@dataclass(slots=True)
class Length(Typed):
    object: TypedExpr


@dataclass(slots=True)
class LambdaOf(Typed):
    parameters: tuple[Symbol, ...]
    body: TypedExpr


@dataclass(slots=True)
class CallLibrary(Typed):
    """`python` is the function's name in the runtime's library."""

    python: str
    arguments: tuple[TypedExpr, ...]


@dataclass(slots=True)
class Present(Typed):
    """A value whose type may be null, where the conditions around it say that it is not."""

    operand: TypedExpr


@dataclass(slots=True)
class Truth(Typed):
    """A condition made boolean: null counts as false, an `any` must hold a boolean."""

    operand: TypedExpr


@dataclass(slots=True)
class Coerce(Typed):
    """The same value, as another type holds it (integer → decimal, record → record …)."""

    operand: TypedExpr


TypedExpr: TypeAlias = (
    Bad
    | Const
    | InputRef
    | ContextRef
    | SecretRef
    | StateRef
    | Local
    | Get
    | GetAny
    | Operate
    | Negate
    | Not
    | Logic
    | IsNull
    | Coalesce
    | If
    | JoinText
    | NewRecord
    | NewList
    | NewMap
    | At
    | Key
    | Length
    | LambdaOf
    | CallLibrary
    | Present
    | Truth
    | Coerce
)


def bad(span: Span) -> Bad:
    return Bad(UNKNOWN, span)


def faulty(value: TypedExpr) -> bool:
    """Whether something about it was reported already, so that nothing more should be said."""
    return isinstance(value, Bad) or value.type == UNKNOWN
