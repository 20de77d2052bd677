"""What a session is told, what it says is to be done, and the message it is all about.

Several of these are made for each message; nobody changes them, but they are not declared frozen:
that triples the time it takes to make one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from kanvas_runtime.contract import Record
from kanvas_runtime.errors import CloseCode, Refusal
from kanvas_runtime.hub import Item
from kanvas_runtime.wishes import NOTHING, Key, Name, Notice, Request, Subscribe, Wish


@dataclass(slots=True, eq=False)
class Job:
    """A message and what became of it. `run` is the id of the run it led to.

    Of a subscription: `cursor` says after which results it begins, `resumed` that it begins with
    none of its own, `gap` that it cannot go on where the client left off.
    """

    arrived: float
    wish: Wish
    run: str | None = None
    cursor: str = ""
    resumed: bool = False
    gap: bool = False
    muted: bool = False  # a part of a text was left out, so further parts make no sense

    @property
    def input(self) -> Record | None:
        """The validated input, when the message had one."""
        return self.wish.input if isinstance(self.wish, Request | Subscribe) else None

    @property
    def is_request(self) -> bool:
        """Whether its result is news to the caller's subscriptions; theirs is theirs alone."""
        return isinstance(self.wish, Request)

    @property
    def id(self) -> str | None:
        """What the client calls it, in a protocol with ids."""
        return self.wish.id if isinstance(self.wish, Request | Subscribe) else None

    @property
    def name(self) -> Name | None:
        """What the client may call it to end it."""
        return self.wish.name if isinstance(self.wish, Subscribe) else self.id

    @property
    def named(self) -> object:
        """The subscription that the message is about, as the client named it."""
        return getattr(self.wish, "named", NOTHING)


# What happened.


@dataclass(slots=True)
class Text:
    """A text frame."""

    text: str


@dataclass(slots=True)
class Binary:
    """A binary frame."""


@dataclass(slots=True)
class Finished:
    """The run of `job` ended, with an output (its JSON) or a refusal.

    `replayed`: it ended long ago. A subscription that was resumed has neither.
    """

    job: Job
    output: bytes | None = None
    refusal: Refusal | None = None
    replayed: bool = False


@dataclass(slots=True)
class Pushed:
    """A new result for a subscription."""

    name: Name
    item: Item


@dataclass(slots=True)
class Progressed:
    """The run of `job` sends a result before its end."""

    job: Job
    text: str


@dataclass(slots=True)
class Grew:
    """A text that the run of `job` will answer has grown by `text`; None: it starts anew."""

    job: Job
    step: str
    field: str
    text: str | None


@dataclass(slots=True)
class Held:
    """The run of `job` waits for a person to decide; that is on the record."""

    job: Job
    notice: Notice


@dataclass(slots=True)
class Revoked:
    """The client's credentials are worth nothing any more."""


@dataclass(slots=True)
class Renewed:
    """The ticket of `job` was looked at: until when it holds, if that ends, or a refusal."""

    job: Job
    expires: float | None = None
    refusal: Refusal | None = None


@dataclass(slots=True)
class Sent:
    """Text of this length was taken by the server's transport, or given up."""

    size: int


@dataclass(slots=True)
class Tick:
    """Time passed."""


@dataclass(slots=True)
class Disconnected:
    """The client is gone."""


@dataclass(slots=True)
class Stop:
    """The server is about to stop."""


Event: TypeAlias = (
    Text
    | Binary
    | Finished
    | Pushed
    | Progressed
    | Grew
    | Held
    | Sent
    | Renewed
    | Revoked
    | Tick
    | Disconnected
    | Stop
)


# What is to be done.


@dataclass(slots=True)
class Start:
    """Run the machine for `job`, then report `Finished`."""

    job: Job


@dataclass(slots=True)
class Cancel:
    """Nobody waits for this run any more."""

    job: Job


@dataclass(slots=True)
class Answer:
    """Record what became of `job`, then send `text`, if any.

    `output` is there when a run succeeded; `replayed`: that was recorded when it ended.
    """

    job: Job
    text: str | None
    refusal: Refusal | None = None
    output: bytes | None = None
    replayed: bool = False


@dataclass(slots=True)
class Lost:
    """Record `job` as cancelled; there is nobody to tell."""

    job: Job


@dataclass(slots=True)
class Detach:
    """The run of `job` goes on, since a person has to do with it, though nobody waits here."""

    job: Job


@dataclass(slots=True)
class Push:
    """Send `text` as soon as its record is durable."""

    text: str
    durable: Any


@dataclass(slots=True)
class Say:
    """Send `text`, which is about no message of the client's that would be recorded."""

    text: str


@dataclass(slots=True)
class Join:
    """From now on this connection gets the results for `key`, those after `cursor` at once."""

    name: Name
    key: Key
    cursor: str


@dataclass(slots=True)
class Leave:
    """No more results for a subscription."""

    name: Name


@dataclass(slots=True)
class Pause:
    """Stop reading, and the heartbeat with it: a pong could not be seen."""


@dataclass(slots=True)
class Resume:
    """Read again."""


@dataclass(slots=True)
class Close:
    """Send what is waiting, then a close frame."""

    code: CloseCode
    reason: str


@dataclass(slots=True)
class Abort:
    """Drop the transport: the client does not read, so no frame would reach it."""

    reason: str


@dataclass(slots=True)
class Redeem:
    """Look at the ticket of `job`; `Renewed` tells what came of it."""

    job: Job
    ticket: str


Effect: TypeAlias = (
    Start
    | Redeem
    | Cancel
    | Answer
    | Say
    | Lost
    | Detach
    | Push
    | Join
    | Leave
    | Pause
    | Resume
    | Close
    | Abort
)
