"""What generated code declares: a machine, its policy, its outside steps, its surfaces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

from kanvas_runtime.contract import Record

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

I = TypeVar("I", bound=Record)  # noqa: E741  input, as in every signature below
O = TypeVar("O", bound=Record)  # noqa: E741  output
R = TypeVar("R", bound=Record)


class Grant(NamedTuple):
    """A capability (`reason`, `http`, `memory`, `call`), for one target or for all of them."""

    capability: str
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """`ensures permissions`, compiled: denied, then approval, then allowed, else denied."""

    allowed: tuple[Grant, ...] = ()
    denied: tuple[Grant, ...] = ()
    approval: tuple[Grant, ...] = ()


class Value(NamedTuple):
    """An interpolated value of a task: where it came from in the program, and what it is."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class Ask(Generic[R]):
    """An `ask … using` step. `model` is `provider:model`; `timeout` in seconds.

    `plain`: the step declares no `returns`, so the answer is text as it comes and `returns` is a
    record with the one field `text`.
    """

    name: str
    model: str
    returns: type[R]
    assuming: R | None = None
    effort: Literal["low", "medium", "high"] | None = None
    max_tokens: int = 4096
    timeout: float = 60.0
    max_retries: int = 2
    plain: bool = False


@dataclass(frozen=True)
class Machine(Generic[I, O]):
    """A compiled machine.

    `run` is a plain function when no step ever waits (compute and decide only), else a coroutine
    function. `source` is the program's file name, for messages and logs.
    """

    name: str
    input: type[I]
    output: type[O]
    run: Callable[[I, Run], O] | Callable[[I, Run], Awaitable[O]]
    policy: Policy = Policy()
    title: str | None = None
    source: str = ""
    asks: tuple[Ask[Any], ...] = ()
    goal: str = ""


@dataclass(frozen=True, slots=True)
class WebSocketSurface:
    """`expresses websocket`. Times in seconds, sizes in bytes."""

    path: str
    idle_timeout: float = 300.0
    heartbeat: float = 20.0
    max_message: int = 64 * 1024
    rate: float = 50.0  # messages a second and connection; bursts of twice that
    queue: int = 32  # messages waiting per connection
    max_connections: int = 10_000
    max_subscriptions: int = 16  # per connection
    origins: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()  # empty: nothing was said, so loopback only; ("none",): open


@dataclass(frozen=True, slots=True)
class PageSurface:
    """`expresses page`. `live`: path of the machine's socket that feeds it, if it has one."""

    path: str
    title: str
    live: str | None = None
    auth: tuple[str, ...] = ()
    renders: dict[str, str] = field(default_factory=dict)
