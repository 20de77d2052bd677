"""A typed program: what the type phase makes of the tree, and all that later phases need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kanvasc.records import dataclass, field
from kanvasc.source import Source, Span
from kanvasc.types.control import (
    TypedAttempt,
    TypedFlow,
    TypedForEach,
    TypedRetry,
    TypedRunFlow,
    TypedTogether,
)
from kanvasc.types.governed import Limits, SecretSpec, TypedGuard
from kanvasc.types.hosts import Origin
from kanvasc.types.kept import Runtime, Schedule, TypedRecall, TypedRemember, TypedSet
from kanvasc.types.messages import EventSpec, SubscriptionSpec, TypedPublish, TypedPush
from kanvasc.types.typed import Symbol, TypedExpr
from kanvasc.types.types import Record, Type

if TYPE_CHECKING:
    from kanvasc.types.needs import Need


@dataclass(frozen=True, slots=True)
class Constraints:
    """The modifiers that restrict a value; None and empty: not restricted."""

    min: TypedExpr | None = None
    max: TypedExpr | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: str | None = None
    choices: tuple[str, ...] = ()
    subset: tuple[TypedExpr, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A declared field. `type` is what a reader of the field gets (Nullable where null may be);
    `required`: whoever makes the record must bring it; `default`: used when it is absent.
    `source` is the text in which the field stands, which may be another file's."""

    name: str
    span: Span
    type: Type
    required: bool
    default: TypedExpr | None = None
    constraints: Constraints = Constraints()
    secret: bool = False
    label: str = ""
    description: str = ""
    taken_from: TypedExpr | None = None
    source: Source | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RecordSpec:
    """A declared record: its type, its fields, and the records declared inside it."""

    type: Record
    fields: tuple[FieldSpec, ...]
    nested: tuple[RecordSpec, ...] = ()


@dataclass(slots=True)
class TypedBody:
    """Steps in order and the value at the end (None: the body has no value of its own)."""

    steps: tuple[TypedStep, ...]
    value: TypedExpr | None


@dataclass(slots=True)
class TypedAsk:
    """`task`: literal text, and interpolated values with the source text that names them."""

    symbol: Symbol
    span: Span
    model: str
    returns: RecordSpec
    plain: bool
    task: tuple[str | tuple[str, TypedExpr], ...]
    role: str | None = None
    effort: str | None = None
    max_tokens: int = 4096
    assuming: TypedExpr | None = None


@dataclass(slots=True)
class TypedLet:
    symbol: Symbol
    value: TypedExpr


@dataclass(slots=True)
class TypedCompute:
    symbol: Symbol
    span: Span
    lets: tuple[TypedLet, ...]
    value: TypedExpr


@dataclass(slots=True)
class TypedArm:
    """`literals`: those of an arm of `match`, which `condition` compares with the subject."""

    condition: TypedExpr
    body: TypedBody
    span: Span
    literals: tuple[TypedExpr, ...] = ()


@dataclass(slots=True)
class TypedDecide:
    """`exported`: the steps inside arms that later steps may refer to (with their joined type).

    `subject` is what `match` looks at; `named`: the conditions refer to it by this symbol, since
    it is more than a path. `exhaustive`: one of the arms is always taken.
    """

    symbol: Symbol
    span: Span
    arms: tuple[TypedArm, ...]
    otherwise: TypedBody | None
    exported: tuple[Symbol, ...] = ()
    subject: TypedExpr | None = None
    named: Symbol | None = None
    exhaustive: bool = False


@dataclass(slots=True)
class TypedCall:
    """`ask … from` another machine. `input` is a record of its input; `callee` is the place where
    its name stands."""

    symbol: Symbol
    span: Span
    machine: str
    callee: Span
    input: TypedExpr


@dataclass(slots=True)
class TypedHttp:
    """One request. `returns` is the whole answer, with the body's own shape where the step has
    `returns` (`shaped`); `origin` is None where the host is only known in the run. `timeout` in
    seconds. `confidential`: something in the answer is marked as secret."""

    symbol: Symbol
    span: Span
    method: str
    url: TypedExpr
    returns: RecordSpec
    shaped: bool
    origin: Origin | None
    headers: TypedExpr | None = None
    body: TypedExpr | None = None
    timeout: float = 30.0
    assuming: TypedExpr | None = None
    confidential: bool = False


TypedStep: TypeAlias = (
    TypedAsk
    | TypedCall
    | TypedHttp
    | TypedCompute
    | TypedDecide
    | TypedForEach
    | TypedTogether
    | TypedRetry
    | TypedAttempt
    | TypedRunFlow
    | TypedSet
    | TypedRemember
    | TypedRecall
    | TypedPublish
    | TypedPush
)


@dataclass(frozen=True, slots=True)
class TypedTest:
    """A test; every expression is a constant. `example`: it stands in `for example`, untitled.

    `push` is None when the test says nothing about what is pushed; `now` is RFC 3339; `approval` is
    what becomes of steps that a person decides about, when the test says so. `fails`: steps that
    are assumed to fail, and what their failures are.
    """

    title: str
    span: Span
    given: TypedExpr | None
    assuming: tuple[tuple[str, TypedExpr], ...]
    expect: tuple[TypedExpr, ...]
    expect_error: str | None
    push: TypedExpr | None = None
    now: str | None = None
    example: bool = False
    approval: str | None = None
    fails: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Permission:
    verdict: Literal["allowed", "not allowed", "requires approval"]
    capability: str
    target: str | None
    span: Span

    @property
    def grants(self) -> bool:
        """Whether a step may do it, at once or when a person agrees."""
        return self.verdict != "not allowed"


Kind: TypeAlias = Literal["websocket", "page", "api", "mcp", "webhook"]
"""Of surfaces."""


@dataclass(frozen=True, slots=True)
class SurfaceSpec:
    """`options`: name → checked value (seconds, bytes, text, a tuple of texts …). `renders`: field
    of the output → how a page shows it."""

    kind: Kind
    path: str
    span: Span
    path_span: Span
    options: dict[str, str | int | float | bool | tuple[str, ...]] = field(default_factory=dict)
    option_spans: dict[str, Span] = field(default_factory=dict)
    renders: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class TypedMachine:
    """`result`: the output's fields by name; a field that is left out gets its default or null.
    `answer`: the value behind the last step, which they may refer to.

    `source` is the text in which the machine's spans stand; `needs`, all that a run of it may need,
    through whatever it calls; `secrets`, what stands under the word `needs`.
    """

    source: Source
    name: str
    span: Span
    title: str | None
    goal: str
    input: RecordSpec
    output: RecordSpec
    steps: tuple[TypedStep, ...]
    result: tuple[tuple[str, TypedExpr], ...]
    permissions: tuple[Permission, ...]
    surfaces: tuple[SurfaceSpec, ...]
    tests: tuple[TypedTest, ...]
    flows: tuple[TypedFlow, ...] = ()
    needs: tuple[Need, ...] = ()
    answer: TypedLet | None = None
    state: RecordSpec | None = None
    schedules: tuple[Schedule, ...] = ()
    runtime: Runtime = field(default_factory=Runtime)
    publishes: tuple[EventSpec, ...] = ()
    subscribes: tuple[SubscriptionSpec, ...] = ()
    guards: tuple[TypedGuard, ...] = ()
    limits: Limits | None = None
    secrets: tuple[SecretSpec, ...] = ()


@dataclass(slots=True)
class TypedProgram:
    types: tuple[RecordSpec, ...]
    machines: tuple[TypedMachine, ...]
