"""The codec of a machine: messages in, records out, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

import msgspec

from kanvas_runtime.codec import fast, kept
from kanvas_runtime.codec.convert import record_converter
from kanvas_runtime.codec.json_text import decode_exact, encode_json, encode_sorted
from kanvas_runtime.codec.mismatch import Mismatch, named
from kanvas_runtime.codec.public import has_secrets, public
from kanvas_runtime.errors import Refusal
from kanvas_runtime.machine import I, O

_REFUSED = (msgspec.MsgspecError, UnicodeError)


class Codec(Generic[I, O]):
    """Reads a machine's input and writes its output. Built once per machine, at import.

    What `decode` accepts is first tried with msgspec's typed decoder; whatever that does not
    take, or may not judge alone, the converter decides, and explains.
    """

    def __init__(self, input: type[I], output: type[O]) -> None:
        self._input = input
        self._convert: Callable[[object], I] = record_converter(input)
        self._fast = fast.decoder(input)
        self.secret = has_secrets(input)
        self.tells_secrets = has_secrets(output)
        self._check = kept.check_of(output)

    def decode(self, text: bytes | str) -> I:
        """The input that a message holds.

        Raises:
            Refusal: `invalid_json`, `invalid_frame` (JSON, but no object), `invalid_input` or
                `unknown_field`.
        """
        value = self.decode_quickly(text)
        return self.convert(decode_exact(text)) if value is None else value

    def decode_quickly(self, text: bytes | str) -> I | None:
        """The same, or None for what is not seen to be an input at once."""
        if self._fast is None:
            return None
        try:
            return self._fast(text)
        except _REFUSED:
            return None

    def convert(self, value: object) -> I:
        """The same from decoded JSON: a form, a subscription.

        Raises:
            Refusal: `invalid_frame`, `invalid_input` or `unknown_field`.
        """
        if not isinstance(value, dict):
            message = f"the message must be an object such as {{}}, not {named(value)}"
            raise Refusal("invalid_frame", message)
        if value and not self._input.__struct_fields__:
            raise Refusal(
                "unknown_field", "this machine accepts nothing; send {}", next(iter(value))
            )
        try:
            return self._convert(value)
        except Mismatch as mismatch:
            raise mismatch.refusal("", "the message") from None

    def encode(self, output: O) -> bytes:
        """The output as compact JSON.

        Raises:
            Refusal: `step_failed`, when the machine built something that breaks its own contract
                or is too deep to be written.
        """
        try:
            if self._check is not None:
                self._check(output)
            return encode_json(output)
        except Mismatch as mismatch:
            told = mismatch.refusal("", "the result")
            raise Refusal("step_failed", f"the result is not sent: {told.message}") from None
        except RecursionError:
            raise Refusal("step_failed", "the result is nested too deeply to be sent") from None

    def encode_input(self, value: I) -> bytes:
        """The checked input as JSON with sorted keys and without secrets.

        Equal inputs give equal bytes: digests and subscriptions depend on it.
        """
        return encode_sorted(public(value) if self.secret else value)
