"""What a client's message asks for, and what a protocol has to know: how it is read and answered.

There are two, `plain.py` and `envelope.py`; the session knows neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from msgspec import Struct

from kanvas_runtime.codec.json_text import encode_sorted
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal

if TYPE_CHECKING:
    from kanvas_runtime.events import Job
    from kanvas_runtime.hub import Item

Key: TypeAlias = bytes
"""What makes two inputs the same to a subscription: canonical JSON of the validated input."""

Name: TypeAlias = str | bytes
"""What a client calls a subscription, or a run: its id; without ids, the key."""


class Notice(NamedTuple):
    """What a caller is told of a run that waits for a person: which step, and what it wants."""

    run: str
    capability: str
    step: str


class Nothing:
    """Stands for "no subscription": null is a value that a client may name."""


NOTHING = Nothing()


class Request(Struct):
    """Run the machine with this input. `once`: the same answer again for the same key.

    One is made for each message: see `events.py` for why it is not declared frozen.
    """

    input: Record
    id: str | None = None
    once: str | None = None


class Subscribe(Struct, frozen=True):
    """Open a subscription. `named` is what the client wrote for it; `after`, a cursor."""

    input: Record
    key: Key
    named: object
    id: str | None = None
    after: str | None = None

    @property
    def name(self) -> Name:
        """What it is called from now on."""
        return self.key if self.id is None else self.id


class Unsubscribe(Struct, frozen=True):
    """End a subscription."""

    name: Name
    named: object


class Abandon(Struct, frozen=True):
    """Nobody wants the answer to a run, or a subscription, any more."""

    id: str


class Ping(Struct, frozen=True):
    """Say that you are there."""


class Renew(Struct, frozen=True):
    """Go on with the credentials that this ticket stands for."""

    ticket: str


class Refused(Struct, frozen=True):
    """A message that is no request. `named` is the subscription or the id, if it had one."""

    refusal: Refusal
    named: object = NOTHING


Wish: TypeAlias = Request | Subscribe | Unsubscribe | Abandon | Ping | Renew | Refused


def subscription_key(value: Record) -> Key:
    """Secret fields are part of it (unlike in a digest): who knows another secret asks for else."""
    return encode_sorted(value)


class Dialect(Protocol):
    """A protocol of messages: what a text means, and how things are said. No I/O, no state.

    `in_order`: replies keep the order of messages, so every message waits for the one before.
    Texts that are None are not said at all.
    """

    in_order: bool

    def hello(self) -> str | None:
        """What the server says first."""

    def read(self, text: str) -> Wish:
        """What a text message asks for; never raises."""

    def request(self, text: str) -> Request | None:
        """The same for a text that, seen quickly, is a request and nothing else; never raises."""

    def glimpse(self, text: str) -> object:
        """What a message that nobody reads is about, seen from its beginning; or NOTHING."""

    def result(self, job: Job, output: str, *, replayed: bool) -> str:
        """The answer to a request."""

    def opened(self, job: Job, output: str) -> str:
        """The first result of a subscription."""

    def pushed(self, name: Name, item: Item, *, gap: bool) -> str:
        """A later one. `gap`: others before it were left out."""

    def progress(self, job: Job, output: str) -> str:
        """A result that comes before the end of a run."""

    def partial(self, job: Job, step: str, field: str, text: str | None) -> str | None:
        """More of a text that is still being written; None: what there was of it is void."""

    def held(self, job: Job, notice: Notice) -> str:
        """The run waits for a person; its answer comes later, out of order."""

    def ended(self, job: Job) -> str:
        """The answer to the end of a subscription."""

    def pong(self) -> str:
        """The answer to a ping."""

    def renewed(self) -> str:
        """The answer to new credentials."""

    def error(self, refusal: Refusal, job: Job | None) -> str:
        """An error; about nothing in particular without a job."""
