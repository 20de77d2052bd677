"""The plain protocol: what a bare JSON message means, and how it is answered. No I/O, no state.

| the client sends           | it means                                                      |
|----------------------------|---------------------------------------------------------------|
| an object fit for `accepts`| run the machine, answer with its output                       |
| `{"subscribe": X}`         | answer with an output now, and with every new one from now on |
| `{"unsubscribe": X}`       | no more of those; answered with `{"unsubscribed": X}`         |

X is the input object; or the bare value of the one field, when there is exactly one and its type
is no object, map or any; or `true` when the machine accepts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kanvas_runtime.codec import Codec, FieldInfo, decode_json, encode_json, fields
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.codec.public import has_secrets
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.machine import Machine
from kanvas_runtime.wishes import (
    NOTHING,
    Name,
    Notice,
    Refused,
    Request,
    Subscribe,
    Unsubscribe,
    Wish,
    subscription_key,
)

if TYPE_CHECKING:
    from kanvas_runtime.events import Job
    from kanvas_runtime.hub import Item

SUBSCRIBE = "subscribe"
UNSUBSCRIBE = "unsubscribe"


class Plain:
    """One machine's messages. See `Dialect`."""

    in_order = True

    def __init__(self, machine: Machine[Any, Any], codec: Codec[Any, Any]) -> None:
        self._codec = codec
        accepted: type[Record] = machine.input
        self._fields = fields(accepted)
        self._bare = _bare_field(self._fields)
        self._secret = has_secrets(accepted)

    def read(self, text: str) -> Wish:
        """What a text message asks for."""
        try:
            return self._read_control(text) if _is_odd(text) else Request(self._codec.decode(text))
        except Refusal as refusal:
            return Refused(refusal)

    def request(self, text: str) -> Request | None:
        """A text without words that could mean something else."""
        if _is_odd(text):
            return None
        value = self._codec.decode_quickly(text)
        return None if value is None else Request(value)

    def glimpse(self, text: str) -> object:
        """Replies keep the order of messages: nobody has to be told which it was."""
        return NOTHING

    def hello(self) -> str | None:
        """The client speaks first."""
        return None

    def result(self, job: Job, output: str, *, replayed: bool) -> str:
        """Bare."""
        return output

    def opened(self, job: Job, output: str) -> str:
        """Bare."""
        return output

    def pushed(self, name: Name, item: Item, *, gap: bool) -> str:
        """Bare, and the same text for all: it was encoded once."""
        return item.text

    def progress(self, job: Job, output: str) -> str:
        """Bare."""
        return output

    def partial(self, job: Job, step: str, field: str, text: str | None) -> str | None:
        """Whole results only."""
        return None

    def held(self, job: Job, notice: Notice) -> str:
        """An object with the one field `held`, which no output has."""
        return held_text(notice)

    def ended(self, job: Job) -> str:
        """The answer to `unsubscribe`, which repeats no secret."""
        named = True if self._secret else job.named
        return encode_json({"unsubscribed": named}).decode()

    def pong(self) -> str:
        """Never asked for: there is no such message."""
        raise NotImplementedError

    def renewed(self) -> str:
        """Never asked for either."""
        raise NotImplementedError

    def error(self, refusal: Refusal, job: Job | None) -> str:
        """Subscriptions to secrets are not named in it."""
        if job is None:
            return error_text(refusal)
        return error_text(refusal, job.run, NOTHING if self._secret else job.named)

    def _read_control(self, text: str) -> Wish:
        message = decode_json(text)
        if isinstance(message, dict):
            for word in (SUBSCRIBE, UNSUBSCRIBE):
                if word in message:
                    return self._control(word, message, text)
        return Request(self._codec.decode(text))

    def _control(self, word: str, message: dict[str, object], text: str) -> Wish:
        named = message[word]
        try:
            _nothing_else(message, word)
            exact = decode_exact(text)  # a decimal's digits as they were written
            assert isinstance(exact, dict)
            value: Record = self._codec.convert(self._input(word, exact[word]))
        except Refusal as refusal:
            return Refused(refusal, named)
        key = subscription_key(value)
        return Subscribe(value, key, named) if word == SUBSCRIBE else Unsubscribe(key, named)

    def _input(self, word: str, named: object) -> object:
        if isinstance(named, dict):
            return named
        if self._bare is not None:
            return {self._bare: named}
        if not self._fields and named is True:
            return {}
        form = "true or {}: this machine accepts nothing" if not self._fields else "an input object"
        raise Refusal("invalid_input", f"{word} takes {form}", field=word)


def _is_odd(text: str) -> bool:
    """Whether it may open or end a subscription: an escaped letter could hide the word."""
    return '"subscribe"' in text or '"unsubscribe"' in text or "\\u" in text


def error_text(refusal: Refusal, run: str | None = None, named: object = NOTHING) -> str:
    """The error body; `named` is the subscription that it is about."""
    body = refusal.body(run=run)
    if named is not NOTHING:
        error = body["error"]
        assert isinstance(error, dict)
        error["subscription"] = named
    return encode_json(body).decode()


def held_text(notice: Notice) -> str:
    """What a caller is told, on any surface without envelopes."""
    return encode_json({"held": notice._asdict()}).decode()


def _nothing_else(message: dict[str, object], word: str) -> None:
    for name in message:
        if name != word:
            raise Refusal("unknown_field", f"nothing stands beside {word}", field=name)


def _bare_field(accepted: tuple[FieldInfo, ...]) -> str | None:
    """The one field whose value may stand bare: an object there would be taken for the input."""
    if len(accepted) != 1 or accepted[0].type.kind in ("object", "map", "any"):
        return None
    return accepted[0].name
