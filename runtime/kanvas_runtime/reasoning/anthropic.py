"""Anthropic's Messages API, through its SDK: the only file that imports it.

Replies are streamed even when nobody watches them grow: only then can silence be told from a long
answer, and an answer of thousands of tokens takes longer than any sensible read timeout. The SDK's
retries are off, and its helpers for schemas are not used (they drop bounds and want Python types).
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Literal

import anthropic
import httpx2
from anthropic.types import (
    Message,
    MessageParam,
    OutputConfigParam,
    RawContentBlockDeltaEvent,
    RawMessageDeltaEvent,
    RawMessageStartEvent,
    RawMessageStreamEvent,
    TextDelta,
    Usage,
)

from kanvas_runtime import trace
from kanvas_runtime.fuel import LONGEST_TEXT
from kanvas_runtime.reasoning.provider import Meter, ProviderError, Question, Reply, Turn
from kanvas_runtime.reasoning.retry import seconds_until

_AGAIN = frozenset({408, 409, 429})
_AGAIN_INSIDE = frozenset({"overloaded_error", "rate_limit_error", "api_error", "timeout_error"})
"""What errors are called that come as an event of a reply whose status is 200."""

_MOST_TOKENS = 10**9
_ENDINGS: dict[str | None, Literal["finished", "cut", "refused"]] = {
    "end_turn": "finished",
    "stop_sequence": "finished",
    "max_tokens": "cut",
    "model_context_window_exceeded": "cut",
    "refusal": "refused",
}

_Stream = anthropic.AsyncStream[RawMessageStreamEvent]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds. The step as a whole has its own timeout, further up."""

    connect: float = 5.0
    first_token: float = 30.0
    between_tokens: float = 15.0


class Anthropic:
    """One client, with its connections, for the whole process."""

    def __init__(self, key: str, base_url: str | None, patience: Patience | None = None) -> None:
        self._patience = patience or Patience()
        self._client = anthropic.AsyncAnthropic(
            api_key=key,
            base_url=base_url or None,
            max_retries=0,
            timeout=anthropic.Timeout(None, connect=self._patience.connect),
        )
        self._messages = self._client.messages  # imports a lot: now, not with the first question

    async def answer(self, question: Question, meter: Meter) -> Reply:
        """See `Provider.answer`."""
        reading = _Reading(meter)
        try:
            async with asyncio.timeout(self._patience.first_token) as silence:
                async with await self._send(question) as stream:
                    await self._read(stream, reading, silence)
            return reading.reply()
        except ProviderError:
            raise
        except Exception as error:
            raise _explained(error, reading) from error

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _send(self, question: Question) -> _Stream:
        return await self._messages.create(
            model=question.model,
            max_tokens=question.max_tokens,
            system=question.system,
            messages=[_message(turn) for turn in question.turns],
            output_config=_output_config(question) or anthropic.omit,
            extra_headers={} if question.trace is None else {trace.HEADER: question.trace},
            stream=True,
        )

    async def _read(self, stream: _Stream, reading: _Reading, silence: asyncio.Timeout) -> None:
        reading.request_id = stream.response.headers.get("request-id")
        if stream.response.headers.get("content-type", "").startswith("application/json"):
            # Some gateways answer in one piece, whatever they are asked for: at once, or too late.
            reading.whole(Message.model_validate_json(await stream.response.aread()))
            return
        loop = asyncio.get_running_loop()
        async for event in stream:
            reading.take(event)
            if reading.begun:
                silence.reschedule(loop.time() + self._patience.between_tokens)


@dataclass(slots=True)
class _Reading:
    """A reply as far as it has come."""

    meter: Meter
    begun: bool = False
    request_id: str | None = None
    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _stop: str | None = None
    _tokens_in: int = 0
    _tokens_out: int = 0

    def take(self, event: RawMessageStreamEvent) -> None:
        if isinstance(event, RawMessageStartEvent):
            self._spent(event.message.usage)
        elif isinstance(event, RawContentBlockDeltaEvent):
            self.begun = True
            if isinstance(event.delta, TextDelta):
                self._append(event.delta.text)
                if self.meter.watcher is not None:
                    self.meter.watcher.take(event.delta.text)
        elif isinstance(event, RawMessageDeltaEvent):
            self._stop = event.delta.stop_reason
            self._total(self._tokens_in, _count(event.usage.output_tokens))

    def whole(self, message: Message) -> None:
        self._append("".join(block.text for block in message.content if block.type == "text"))
        self._stop = message.stop_reason
        self._spent(message.usage)

    def reply(self) -> Reply:
        if self._stop is None:
            raise self.error("the answer broke off", again=not self.begun)
        if self._stop not in _ENDINGS:
            raise self.error(
                "the model's provider ended the answer in a way that is not known here"
            )
        return Reply("".join(self._parts), _ENDINGS[self._stop])

    def error(
        self,
        message: str,
        *,
        again: bool = False,
        timed_out: bool = False,
        kind: str | None = None,
    ) -> ProviderError:
        return ProviderError(
            message, again, request_id=self.request_id, kind=kind, timed_out=timed_out
        )

    def _append(self, text: str) -> None:
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise self.error(f"the answer is longer than {LONGEST_TEXT} characters")
        self._parts.append(text)

    def _spent(self, usage: Usage) -> None:
        read, written = usage.cache_read_input_tokens, usage.cache_creation_input_tokens
        tokens_in = sum(map(_count, (usage.input_tokens, read, written)))
        self._total(tokens_in, _count(usage.output_tokens))

    def _total(self, tokens_in: int, tokens_out: int) -> None:
        """Counts are of the whole reply so far: what is new of them is added."""
        self.meter.tokens_in += tokens_in - self._tokens_in
        self.meter.tokens_out += tokens_out - self._tokens_out
        self._tokens_in, self._tokens_out = tokens_in, tokens_out


def _count(tokens: object) -> int:
    """The SDK does not validate what it is sent; what is no count counts nothing."""
    return tokens if type(tokens) is int and 0 <= tokens <= _MOST_TOKENS else 0


def _message(turn: Turn) -> MessageParam:
    if turn.speaker == "user":
        return {"role": "user", "content": turn.text}
    return {"role": "assistant", "content": turn.text}


def _output_config(question: Question) -> OutputConfigParam:
    config = OutputConfigParam()
    if question.schema is not None:
        config["format"] = {"type": "json_schema", "schema": dict(question.schema)}
    if question.effort is not None:
        config["effort"] = question.effort
    return config


def _explained(error: Exception, reading: _Reading) -> ProviderError:
    """What went wrong, in words that hold nothing of the request or of the provider's body.

    Once a part of the answer has come, asking again would be paid for twice: no second attempt.
    """
    if isinstance(error, TimeoutError):
        return _silent(reading)
    if isinstance(error, anthropic.APIStatusError):
        return _status(error, reading)
    kind = type(error.__cause__ or error).__name__
    if isinstance(error, (anthropic.APIConnectionError, httpx2.TransportError)):
        words = "the connection to the model's provider failed"
        return reading.error(words, again=not reading.begun, kind=kind)
    return reading.error("the provider's answer could not be read", kind=kind)


def _silent(reading: _Reading) -> ProviderError:
    if reading.begun:
        return reading.error("the model fell silent in the middle of its answer", timed_out=True)
    return reading.error("the model did not begin to answer", again=True, timed_out=True)


def _status(error: anthropic.APIStatusError, reading: _Reading) -> ProviderError:
    status, kind = error.status_code, _kind(error)
    if status < 400:
        again = kind in _AGAIN_INSIDE and not reading.begun
        return reading.error("the model's provider broke its answer off", again=again, kind=kind)
    return ProviderError(
        f"the model's provider {_did(status)} (status {status})",
        again=status in _AGAIN or status >= 500,
        retry_after=seconds_until(error.response.headers),
        request_id=error.request_id,
        kind=kind,
    )


def _did(status: int) -> str:
    if status == 401:
        return "refused the key"
    return "refused the request" if status < 500 else "failed"


def _kind(error: anthropic.APIStatusError) -> str | None:
    """The provider's name of an error: one word of its closed list, whatever really came."""
    return error.type if re.fullmatch("[a-z_]{1,40}", str(error.type)) else None
