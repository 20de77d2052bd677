"""What generated code declares: a machine, its policy, its outside steps, its surfaces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Struct, field

from kanvas_runtime.contract import Integer, Json, Record
from kanvas_runtime.memory.records import Recalled

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

I = TypeVar("I", bound=Record)  # noqa: E741  input, as in every signature below
O = TypeVar("O", bound=Record)  # noqa: E741  output
R = TypeVar("R", bound=Record)
Given = TypeVar("Given", bound=Record, covariant=True)


class Grant(NamedTuple):
    """A capability (`reason`, `http`, `memory`, `call`), for one target or for all of them."""

    capability: str
    target: str | None = None


class Policy(Struct, frozen=True):
    """`ensures permissions`, compiled: denied, then approval, then allowed, else denied.

    `within` is the policy of the machine that calls: nothing goes that it forbids.
    """

    allowed: tuple[Grant, ...] = ()
    denied: tuple[Grant, ...] = ()
    approval: tuple[Grant, ...] = ()
    within: Policy | None = None


class Value(NamedTuple):
    """An interpolated value of a task: where it came from in the program, and what it is."""

    name: str
    value: object


class Ask(Struct, Generic[R], frozen=True):
    """An `ask … using` step. `model` is `provider:model`; `timeout` in seconds.

    `plain`: the step declares no `returns`, so the answer is text as it comes and `returns` is a
    record with the one field `text`. `streams`: texts of the answer that are fields of the
    machine's output as they are (both by their names in JSON): they can be told while they grow.
    """

    name: str
    model: str
    returns: type[R]
    assuming: R | None = None
    effort: Literal["low", "medium", "high"] | None = None
    max_tokens: int = 4096
    timeout: float = 60.0
    max_retries: int | None = None  # None: as often as the machine says
    plain: bool = False
    streams: tuple[tuple[str, str], ...] = ()


class Answerable(Protocol[Given]):
    """A step that something answers while the app is simulated: what, and of which class."""

    @property
    def name(self) -> str:
        """The step's name."""
        ...

    @property
    def returns(self) -> type[Given]:
        """The class of its answers."""
        ...

    @property
    def assuming(self) -> Given | None:
        """The answer that the program assumes, if it does."""
        ...


class HttpAnswer(Record):
    """What an `http` step gives. Names of headers are lowercase; JSON is decoded, else text."""

    status: Integer
    headers: dict[str, Json] = msgspec.field(default_factory=dict)
    body: Json = None


class HttpStep(Struct, frozen=True):
    """An `action … http` step, or `ask … from: "@std/http/…"`. `timeout` in seconds, for all.

    `raw`: the program says that what comes back holds secrets, so none are taken out of it.
    """

    name: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
    timeout: float = 30.0
    assuming: HttpAnswer | None = None
    raw: bool = False
    returns: ClassVar[type[HttpAnswer]] = HttpAnswer


class CallStep(Struct, frozen=True):
    """An `ask … from` step that another machine of the app answers."""

    name: str


class MemoryStep(Struct, frozen=True):
    """A `remember` or `recall` step."""

    name: str
    assuming: Recalled | None = None


class Every(Struct, frozen=True):
    """A schedule: the first run after so many seconds, and one each time they have passed."""

    seconds: float


class Cron(Struct, frozen=True):
    """A schedule of five fields (minute, hour, day, month, weekday), in UTC."""

    expression: str


class Subscription(Struct, frozen=True):
    """An event that starts a run of the machine, or of one flow of it, with what the event says.

    The payload is decoded as the machine's input; fields that it does not accept are left out.
    What the flow gives is no result of the machine: nobody who subscribed is told.
    """

    event: str
    run: Callable[[Any, Run], Any] | None = None


class Guard(Struct, frozen=True):
    """What has to be true of an input before it runs, or of an output before it leaves.

    `check` is given the record. Where it does not hold, `block` refuses, `redact` puts the values
    of `fields` (by attribute) in the place of what is there, and `record` only records it.
    """

    name: str
    over: Literal["input", "output"]
    check: Callable[[Any, Run], bool]
    action: Literal["block", "redact", "record"]
    fields: Mapping[str, str | None] = field(default_factory=dict)


class Limits(Struct, frozen=True):
    """What runs may cost, in micro-dollars, and how many may begin in a minute; None: no limit.

    `approval_timeout`: how long a person has to decide, in seconds; `approval_self`: whether who
    asked may be the one who does.
    """

    cost_per_run: int | None = None
    cost_per_day: int | None = None
    runs_per_minute: int | None = None
    approval_timeout: float = 900.0
    approval_self: bool = False

    @property
    def has_costs(self) -> bool:
        """Whether anything limits what is spent."""
        return self.cost_per_run is not None or self.cost_per_day is not None


_NOTHING, _UNLIMITED = Policy(), Limits()


@dataclass(frozen=True)
class Machine(Generic[I, O]):
    """A compiled machine.

    `run` is a plain function when no step ever waits (compute and decide only), else a coroutine
    function. `source` is the program's file name, for messages and logs. `state` is constructible
    without arguments: that is the state before the first run. `timeout` bounds a whole run, in
    seconds; `max_retries` holds for steps that do not say how often they try again. `by_principal`:
    what it answers depends on who asks, so that no result is for two of them. `calls`: the machines
    that steps of it call. `needs`: the secrets that it reads, by name. `long`: it has loops, so
    that its runs may have to give way to others between two awaits.
    """

    name: str
    input: type[I]
    output: type[O]
    run: Callable[[I, Run], O] | Callable[[I, Run], Awaitable[O]]
    policy: Policy = _NOTHING
    title: str | None = None
    source: str = ""
    asks: tuple[Ask[Any], ...] = ()
    goal: str = ""
    state: type[Record] | None = None
    subscribes: tuple[Subscription, ...] = ()
    schedules: tuple[Every | Cron, ...] = ()
    timeout: float | None = None
    max_retries: int = 2
    by_principal: bool = False
    guards: tuple[Guard, ...] = ()
    limits: Limits = _UNLIMITED
    calls: tuple[Machine[Any, Any], ...] = ()
    needs: tuple[str, ...] = ()
    long: bool = False


def reached(machines: Iterable[Machine[Any, Any]]) -> Iterator[Machine[Any, Any]]:
    """The machines, and those that they call, each once."""
    seen: dict[int, Machine[Any, Any]] = {}
    open_ = [*machines]
    while open_:
        machine = open_.pop(0)
        if id(machine) not in seen:
            seen[id(machine)] = machine
            open_ += machine.calls
    return iter(seen.values())


class WebSocketSurface(Struct, frozen=True):
    """`expresses websocket`. Times in seconds, sizes in bytes.

    `every` and `on` run the machine again for each subscription: at an interval, and when an event
    happens whose payload has the values of the subscription's input. To a `shared` one the results
    of all principals go. A client is a principal, or an address as long as nobody has signed in.
    """

    path: str
    idle_timeout: float = 300.0
    heartbeat: float = 20.0
    max_message: int = 64 * 1024
    rate: float = 50.0  # messages a second and connection; bursts of twice that
    rate_per_principal: float | None = None  # the same for all connections of one client
    queue: int = 32  # messages waiting per connection
    concurrency: int = 1  # runs at the same time, where replies need not keep the order of messages
    max_connections: int = 10_000
    max_connections_per_client: int = 100
    max_subscriptions: int = 16  # per connection
    max_keys: int = 1_000  # inputs of the machine to which somebody subscribes
    origins: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()  # empty: nothing was said, so loopback only; ("none",): open
    scopes: tuple[str, ...] = ()  # what a principal must have, all of them
    every: float | None = None
    on: str | None = None
    shared: bool = False


class PageSurface(Struct, frozen=True):
    """`expresses page`. `live`: path of the machine's socket that feeds it, if it has one.

    `renders`: how fields of the output are shown, by their names in JSON. `by_hand`: a run has
    effects outside other than asking a model, so that only a person begins one. `follows`: once
    there is a result, the page subscribes to further ones.
    """

    path: str
    title: str
    live: str | None = None
    auth: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    renders: Mapping[str, str] = field(default_factory=dict)
    by_hand: bool = False
    follows: bool = True


class ApiSurface(Struct, frozen=True):
    """`expresses api`. `path` may have fields of the input in braces, each a whole part of it.

    A client is a principal, or an address as long as nobody has signed in.
    """

    path: str
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    max_message: int = 64 * 1024  # bytes of a body, or of a query string
    rate: float = 50.0  # requests a second and client; bursts of twice that
    origins: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class ToolSurface(Struct, frozen=True):
    """`expresses mcp`: who may call the machine as a tool. Every machine is one, also unsaid.

    A client is a principal, or an address as long as nobody has signed in.
    """

    path: str = "/mcp"
    rate: float = 50.0  # calls a second and client; bursts of twice that
    auth: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class WebhookSurface(Struct, frozen=True):
    """`expresses webhook`. `sender`: in whose way requests are signed."""

    path: str
    sender: Literal["stripe", "github", "slack", "signature"]
    max_message: int = 256 * 1024
    rate: float = 50.0  # requests a second and address; bursts of twice that
