"""What a session is told, what it says is to be done, and the message it is all about.

Several of these are made for each message, which msgspec's structs do in a third of the time that
dataclasses take.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec import Struct

from kanvas_runtime.contract import Record
from kanvas_runtime.errors import CloseCode, Refusal
from kanvas_runtime.hub import Item
from kanvas_runtime.wishes import NOTHING, Key, Name, Notice, Request, Subscribe, Wish


class Job(Struct, eq=False):
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


class Text(Struct):
    """A text frame."""

    text: str


class Binary(Struct):
    """A binary frame."""


class Finished(Struct):
    """The run of `job` ended, with an output (its JSON) or a refusal.

    `replayed`: it ended long ago. A subscription that was resumed has neither.
    """

    job: Job
    output: bytes | None = None
    refusal: Refusal | None = None
    replayed: bool = False


class Pushed(Struct):
    """A new result for a subscription."""

    name: Name
    item: Item


class Progressed(Struct):
    """The run of `job` sends a result before its end."""

    job: Job
    text: str


class Grew(Struct):
    """A text that the run of `job` will answer has grown by `text`; None: it starts anew."""

    job: Job
    step: str
    field: str
    text: str | None


class Held(Struct):
    """The run of `job` waits for a person to decide; that is on the record."""

    job: Job
    notice: Notice


class Revoked(Struct):
    """The client's credentials are worth nothing any more."""


class Renewed(Struct):
    """The ticket of `job` was looked at: until when it holds, if that ends, or a refusal."""

    job: Job
    expires: float | None = None
    refusal: Refusal | None = None


class Sent(Struct):
    """Text of this length was taken by the server's transport, or given up."""

    size: int


class Tick(Struct):
    """Time passed."""


class Disconnected(Struct):
    """The client is gone."""


class Stop(Struct):
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


class Start(Struct):
    """Run the machine for `job`, then report `Finished`."""

    job: Job


class Cancel(Struct):
    """Nobody waits for this run any more."""

    job: Job


class Answer(Struct):
    """Record what became of `job`, then send `text`, if any.

    `output` is there when a run succeeded; `replayed`: that was recorded when it ended.
    """

    job: Job
    text: str | None
    refusal: Refusal | None = None
    output: bytes | None = None
    replayed: bool = False


class Lost(Struct):
    """Record `job` as cancelled; there is nobody to tell."""

    job: Job


class Detach(Struct):
    """The run of `job` goes on, since a person has to do with it, though nobody waits here."""

    job: Job


class Push(Struct):
    """Send `text` as soon as its record is durable."""

    text: str
    durable: Any


class Say(Struct):
    """Send `text`, which is about no message of the client's that would be recorded."""

    text: str


class Join(Struct):
    """From now on this connection gets the results for `key`, those after `cursor` at once."""

    name: Name
    key: Key
    cursor: str


class Leave(Struct):
    """No more results for a subscription."""

    name: Name


class Pause(Struct):
    """Stop reading, and the heartbeat with it: a pong could not be seen."""


class Resume(Struct):
    """Read again."""


class Close(Struct):
    """Send what is waiting, then a close frame."""

    code: CloseCode
    reason: str


class Abort(Struct):
    """Drop the transport: the client does not read, so no frame would reach it."""

    reason: str


class Redeem(Struct):
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
