"""The tree: what the parser makes and every later phase reads.

Nodes compare by meaning: spans and comments do not count. Older spellings are already
normalised here (`string` is `text`, `is less than` is `<`, `nil` is null). Where recovery
had to leave a hole, an expression is `Missing` and a type is None; later phases stay silent there.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from kanvasc.records import dataclass, field
from kanvasc.source import Span


@dataclass(slots=True)
class Node:
    span: Span = field(compare=False, repr=False)


@dataclass(slots=True)
class Name(Node):
    """An identifier as written."""

    text: str


# --- expressions -------------------------------------------------------------------------


@dataclass(slots=True)
class Missing(Node):
    """A hole that was already reported."""


@dataclass(slots=True)
class NullLit(Node):
    pass


@dataclass(slots=True)
class BoolLit(Node):
    value: bool


@dataclass(slots=True)
class NumberLit(Node):
    """`text` as written, without a sign: `42`, `0.95`, `1e3`."""

    text: str


@dataclass(slots=True)
class TextLit(Node):
    """Decoded text and interpolated expressions, in order; never two `str` side by side.

    A text without interpolation has one `str` part, the empty one none.
    """

    parts: tuple[str | Expr, ...]
    multiline: bool = field(default=False, compare=False)

    @property
    def plain(self) -> str | None:
        """The text, when nothing is interpolated."""
        if not self.parts:
            return ""
        first = self.parts[0]
        return first if len(self.parts) == 1 and isinstance(first, str) else None


@dataclass(slots=True)
class ListLit(Node):
    items: tuple[Expr, ...]


@dataclass(slots=True)
class MapEntry(Node):
    """`key` is a Name for `k: v` and for `"k 2": v` alike; its span covers what was written."""

    key: Name
    value: Expr


@dataclass(slots=True)
class MapLit(Node):
    entries: tuple[MapEntry, ...]


@dataclass(slots=True)
class NameRef(Node):
    """A root (`input`, `steps`, `Math` …) or a local name."""

    text: str


@dataclass(slots=True)
class Member(Node):
    object: Expr
    name: Name


@dataclass(slots=True)
class Index(Node):
    object: Expr
    index: Expr


@dataclass(slots=True)
class Call(Node):
    callee: Expr
    arguments: tuple[Expr, ...]


UnaryOp: TypeAlias = Literal["-", "!"]
BinaryOp: TypeAlias = Literal[
    "*", "/", "%", "+", "-", "<", "<=", ">", ">=", "==", "!=", "in", "&&", "||", "??"
]


@dataclass(slots=True)
class Unary(Node):
    """`!` stands for the word `not` too."""

    op: UnaryOp
    operand: Expr


@dataclass(slots=True)
class Binary(Node):
    """`op` is the sign; the words (`is at most`, `and`, `is not` …) are normalised to it."""

    op: BinaryOp
    left: Expr
    right: Expr
    op_span: Span = field(compare=False, repr=False)


@dataclass(slots=True)
class Conditional(Node):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(slots=True)
class Lambda(Node):
    parameters: tuple[Name, ...]
    body: Expr


Expr: TypeAlias = (
    Missing
    | NullLit
    | BoolLit
    | NumberLit
    | TextLit
    | ListLit
    | MapLit
    | NameRef
    | Member
    | Index
    | Call
    | Unary
    | Binary
    | Conditional
    | Lambda
)


# --- fields, options ---------------------------------------------------------------------


@dataclass(slots=True)
class TypeExpr(Node):
    """`word` is `text`, `list`, `map`, `object`, `enum`, … or a declared type's name.

    `of`: the item type of `list of T` and `map of T`; `fields`: those of `object {…}`;
    `values`: those of `enum(…)`. Unknown words are for the checker to judge.
    """

    word: Name
    of: TypeExpr | None = None
    fields: tuple[Field, ...] | None = None
    values: tuple[Expr, ...] | None = None


@dataclass(slots=True)
class Modifier(Node):
    """`word.text` is the normalised spelling: `is required`, `is optional`, `is secret`,
    `default`, `min`, `max`, `range`, `min_length`, `max_length`, `pattern`, `format`, `choices`,
    `subset`, `description`, `label`, `from`, or an unknown word. `from` holds a NameRef or Member.
    """

    word: Name
    value: Expr | None = None


@dataclass(slots=True)
class Field(Node):
    name: Name
    type: TypeExpr | None
    modifiers: tuple[Modifier, ...] = ()


@dataclass(slots=True)
class Option(Node):
    """`name: value` or `name: a, b`. Keys may be any word."""

    name: Name
    values: tuple[Expr, ...]


# --- steps -------------------------------------------------------------------------------


@dataclass(slots=True)
class Body(Node):
    """Steps, then at most one bare expression (its value), then at most one `on failure`."""

    steps: tuple[Step, ...]
    value: Expr | None = None
    on_failure: Body | None = None


@dataclass(slots=True)
class With(Node):
    """`with task "…"`: `word` is `task`, `role`, `effort`, `max_tokens`, `temperature`, …"""

    word: Name
    value: Expr


@dataclass(slots=True)
class Returns(Node):
    fields: tuple[Field, ...]


@dataclass(slots=True)
class AssumingValues(Node):
    """`assuming value: 42.5 timestamp: "…"` of a step."""

    entries: tuple[MapEntry, ...]


@dataclass(slots=True)
class Ask(Node):
    """`ask n, using: "provider:model"` or `ask n, from: "target"`; `inputs` only with `from`.

    `unsupported`: its lines that were reported and skipped, such as `with tools …`.
    """

    name: Name
    via: Literal["using", "from"] | None
    target: Expr | None
    inputs: tuple[Option, ...] = ()
    withs: tuple[With, ...] = ()
    returns: Returns | None = None
    assuming: AssumingValues | None = None
    unsupported: tuple[Unsupported, ...] = ()


@dataclass(slots=True)
class HttpAction(Node):
    name: Name
    options: tuple[Option, ...]
    returns: Returns | None = None
    assuming: AssumingValues | None = None


@dataclass(slots=True)
class Let(Node):
    name: Name
    value: Expr


@dataclass(slots=True)
class Compute(Node):
    name: Name
    lets: tuple[Let, ...]
    value: Expr | None


@dataclass(slots=True)
class When(Node):
    condition: Expr
    body: Body


@dataclass(slots=True)
class Case(Node):
    """One arm of `match`: literals by commas, then `=>`."""

    literals: tuple[Expr, ...]
    body: Body


@dataclass(slots=True)
class Decide(Node):
    """Either `whens`, or `subject` with `cases`."""

    name: Name
    whens: tuple[When, ...] = ()
    subject: Expr | None = None
    cases: tuple[Case, ...] = ()
    otherwise: Body | None = None


@dataclass(slots=True)
class ForEach(Node):
    variable: Name
    items: Expr
    name: Name | None
    options: tuple[Option, ...]
    body: Body


@dataclass(slots=True)
class Together(Node):
    name: Name
    body: Body


@dataclass(slots=True)
class Retry(Node):
    name: Name
    options: tuple[Option, ...]
    body: Body


@dataclass(slots=True)
class RunFlow(Node):
    flow: Name


@dataclass(slots=True)
class SetState(Node):
    """`set state.f = expr`; `target` is the whole left side."""

    target: Expr
    value: Expr


@dataclass(slots=True)
class Remember(Node):
    name: Name
    options: tuple[Option, ...]


@dataclass(slots=True)
class Recall(Node):
    name: Name
    options: tuple[Option, ...]


@dataclass(slots=True)
class Publish(Node):
    event: Expr
    value: Expr


@dataclass(slots=True)
class Push(Node):
    value: Expr


@dataclass(slots=True)
class Unsupported(Node):
    """A step, block, section or surface that this version does not support, reported (K9)
    and skipped as a whole. `name` when it had one, so that references to it stay silent."""

    word: Name
    name: Name | None = None


Step: TypeAlias = (
    Ask
    | HttpAction
    | Compute
    | Decide
    | ForEach
    | Together
    | Retry
    | RunFlow
    | SetState
    | Remember
    | Recall
    | Publish
    | Push
    | Unsupported
)


@dataclass(slots=True)
class Flow(Node):
    name: Name
    body: Body


# --- sections ----------------------------------------------------------------------------


@dataclass(slots=True)
class Accepts(Node):
    fields: tuple[Field, ...]


@dataclass(slots=True)
class RespondsWith(Node):
    fields: tuple[Field, ...]


@dataclass(slots=True)
class Statement(Node):
    """`goal "…"`, `succeeds when "…"`, `never "…"`; `word.text` is those words."""

    word: Name
    text: Expr


@dataclass(slots=True)
class Example(Node):
    """`for example` + `given {…}` + `expect {…}`."""

    clauses: tuple[Clause, ...]


@dataclass(slots=True)
class Achieves(Node):
    items: tuple[Statement | Example, ...]


@dataclass(slots=True)
class Capability(Node):
    """`reason`, `http "api.example.com"`; older spellings are normalised in `name.text`."""

    name: Name
    target: Expr | None = None


@dataclass(slots=True)
class Rule(Node):
    verdict: Literal["allowed", "not allowed", "requires approval"]
    capabilities: tuple[Capability, ...]


@dataclass(slots=True)
class Permissions(Node):
    rules: tuple[Rule, ...]


@dataclass(slots=True)
class Guard(Node):
    name: Name
    options: tuple[Option, ...]


@dataclass(slots=True)
class Guards(Node):
    guards: tuple[Guard, ...]


@dataclass(slots=True)
class Needs(Node):
    secrets: tuple[Option, ...]


@dataclass(slots=True)
class Limits(Node):
    options: tuple[Option, ...]


@dataclass(slots=True)
class Ensures(Node):
    blocks: tuple[Permissions | Guards | Needs | Limits | Unsupported, ...]


@dataclass(slots=True)
class State(Node):
    fields: tuple[Field, ...]


@dataclass(slots=True)
class RuntimeOptions(Node):
    options: tuple[Option, ...]


@dataclass(slots=True)
class Schedules(Node):
    options: tuple[Option, ...]


@dataclass(slots=True)
class Subscribe(Node):
    """`on "event" [run NAME]`."""

    event: Expr
    flow: Name | None = None


@dataclass(slots=True)
class Subscribes(Node):
    subscriptions: tuple[Subscribe, ...]


@dataclass(slots=True)
class PublishedEvent(Node):
    event: Expr
    schema: tuple[Field, ...] | None = None


@dataclass(slots=True)
class Publishes(Node):
    events: tuple[PublishedEvent, ...]


@dataclass(slots=True)
class Implements(Node):
    """`blocks`: configuration, in source order; then the steps outside flows, then the flows."""

    blocks: tuple[State | RuntimeOptions | Schedules | Subscribes | Publishes | Unsupported, ...]
    steps: tuple[Step, ...]
    flows: tuple[Flow, ...]
    value: Expr | None = None
    on_failure: Body | None = None


@dataclass(slots=True)
class Render(Node):
    """`render <field> as table` of a page."""

    field: Name
    style: Name


@dataclass(slots=True)
class Surface(Node):
    """`websocket`, `page`, `api`, `mcp`, `webhook`, or an unknown word."""

    kind: Name
    options: tuple[Option, ...]
    renders: tuple[Render, ...] = ()


@dataclass(slots=True)
class Expresses(Node):
    surfaces: tuple[Surface | Unsupported, ...]


@dataclass(slots=True)
class Clause(Node):
    """`given {…}`; `assuming STEP {…}`, `assuming STEP fails "…"`, `assuming now "…"`, `assuming
    approval "…"`; `expect {…}`, `expect error "…"`, `expect push […]`. `subject` is the word
    between, when there is one, and `verb` the second one: `fails`."""

    word: Literal["given", "assuming", "expect"]
    subject: Name | None
    verb: Name | None
    value: Expr


@dataclass(slots=True)
class Test(Node):
    title: Expr
    clauses: tuple[Clause, ...]


@dataclass(slots=True)
class Verifies(Node):
    tests: tuple[Test, ...]


Section: TypeAlias = (
    Accepts | RespondsWith | Achieves | Ensures | Implements | Expresses | Verifies | Unsupported
)


@dataclass
class Machine(Node):
    """Sections in source order; that each comes at most once is for the checker to say.

    No slots: `nodes` keeps there what it found inside, for as long as the machine lives.
    """

    name: Name
    title: Expr | None
    sections: tuple[Section, ...]


@dataclass(slots=True)
class TypeDecl(Node):
    name: Name
    fields: tuple[Field, ...]


@dataclass(slots=True)
class Uses(Node):
    path: Expr


@dataclass(slots=True)
class Comment(Node):
    """From `//` to the end of the line, as written."""

    text: str


@dataclass(slots=True)
class File(Node):
    uses: tuple[Uses, ...]
    types: tuple[TypeDecl, ...]
    machines: tuple[Machine, ...]
    unsupported: tuple[Unsupported, ...] = ()
    comments: tuple[Comment, ...] = field(default=(), compare=False)
