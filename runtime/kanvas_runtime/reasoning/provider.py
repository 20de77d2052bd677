"""What a provider of answers is to the rest: one question in, one text out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from msgspec import Struct

from kanvas_runtime.codec.json_text import encode_json

_AROUND = 16
"""Tokens by which a provider sets a text apart."""
_FOR_SCHEMA = 1_000
"""Tokens by which it explains what a schema is."""


class Turn(NamedTuple):
    """A message of the conversation."""

    speaker: Literal["user", "assistant"]
    text: str


class Question(Struct, frozen=True):
    """One request to a model. `schema`: JSON schema that the answer must fit, or plain text.

    `trace`: a W3C `traceparent` to be sent along.
    """

    model: str
    system: str
    turns: tuple[Turn, ...]
    schema: Mapping[str, object] | None
    max_tokens: int
    effort: Literal["low", "medium", "high"] | None
    trace: str | None = None

    def most_tokens(self) -> int:
        """More tokens than all that is sent can be: none is shorter than a byte.

        Providers add words of their own, around turns and for a schema.
        """
        texts = [self.system, *(turn.text for turn in self.turns)]
        sent = sum(len(text.encode()) for text in texts) + _AROUND * len(texts)
        if self.schema is not None:
            sent += _FOR_SCHEMA + 2 * len(encode_json(self.schema))
        return sent


class Reply(Struct, frozen=True):
    """What came back. `cut`: a length limit ended it; `refused`: the model would not answer."""

    text: str
    ending: Literal["finished", "cut", "refused"]


class Watcher(Protocol):
    """Sees replies grow."""

    def begin(self) -> None:
        """A question is put; what was seen before belongs to another reply."""

    def take(self, text: str) -> None:
        """More of the reply to it."""


class Fare(Protocol):
    """Bounds what requests cost."""

    def begin(self, tokens_in: int) -> None:
        """A request of at most so many tokens is to be sent. Raises `StepFailure` when it may
        cost too much."""

    def end(self, tokens_in: int, tokens_out: int, whole: bool) -> None:
        """It has ended, and used so much; `whole`: its answer has come."""


class Meter(Struct):
    """What a step has used up so far, also when it fails or is cancelled half-way.

    `watcher` is told of the reply while it comes; `fare`, of each request.
    """

    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    watcher: Watcher | None = None
    fare: Fare | None = None


@dataclass(eq=False)
class ProviderError(Exception):
    """A request that got no answer.

    `message` is fit for a caller: no key, no prompt, nothing of the provider's body. `again`: the
    same request may succeed later. `retry_after` is in seconds, when the provider said so.
    `request_id` and `kind` are the provider's, for the log.
    """

    message: str
    again: bool = False
    retry_after: float | None = None
    request_id: str | None = None
    kind: str | None = None
    timed_out: bool = False

    def __str__(self) -> str:
        return self.message


class Provider(Protocol):
    """An adapter to a provider's API. It sends a question once: whether again is decided above."""

    async def answer(self, question: Question, meter: Meter) -> Reply:
        """Send the question and wait for the whole reply; adds the tokens used to `meter`.

        Raises `ProviderError`.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
