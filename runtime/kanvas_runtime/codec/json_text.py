"""The one JSON decoder and encoder (RFC 8259).

msgspec does the work. What is added: the depth is known before anything recurses, nothing but
UTF-8 passes, and every failure becomes a sentence for the person who wrote the message.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from itertools import accumulate

import msgspec

from kanvas_runtime.errors import Refusal

DEEPEST = 64
"""Levels of lists and objects in each other."""


def _exact(text: str) -> Decimal:
    """A number with a point or exponent, as it was written."""
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent of twenty digits
        return Decimal("Infinity")


_decode = msgspec.json.Decoder().decode
_decode_exact = msgspec.json.Decoder(float_hook=_exact).decode

encode_json = msgspec.json.Encoder().encode
"""Compact JSON. Decimals become text, datetimes RFC 3339, records objects."""

encode_sorted = msgspec.json.Encoder(order="sorted").encode
"""The same with the keys of every object in order: one text for one value."""


def decode_json(text: bytes | str, what: str = "the message") -> object:
    """The value of a JSON text: None, bool, int, float, str, list and dict.

    Of keys that stand twice the last counts, as in `JSON.parse`.

    Raises:
        Refusal: `invalid_json`, in a sentence that begins with `what`.
    """
    return _guarded(_decode, text, what)


def decode_exact(text: bytes | str, what: str = "the message") -> object:
    """As `decode_json`, but a number with a point or exponent is a `Decimal` of its digits."""
    return _guarded(_decode_exact, text, what)


def _guarded(decode: Callable[[bytes], object], text: bytes | str, what: str) -> object:
    raw = _utf8(text, what)
    if depth(raw) > DEEPEST:
        raise Refusal("invalid_json", f"{what} is nested deeper than {DEEPEST} levels")
    try:
        return decode(raw)
    except msgspec.MsgspecError as error:
        raise _broken(what, _explain(str(error), raw)) from None


def _utf8(text: bytes | str, what: str) -> bytes:
    try:
        if isinstance(text, str):
            return text.encode()
        text.decode()
    except UnicodeEncodeError as error:
        raise _broken(what, f"half a surrogate pair at character {error.start + 1}") from None
    except UnicodeDecodeError as error:
        raise _broken(what, f"it is not UTF-8 at byte {error.start + 1}") from None
    return text


def _broken(what: str, why: str) -> Refusal:
    return Refusal("invalid_json", f"{what} is not JSON: {why}")


_RISES_AND_FALLS = bytes.maketrans(b"[]{}", b"\x01\xff\x01\xff")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def depth(raw: bytes) -> int:
    """How deep lists and objects stand in each other, or a bound of it for a short text."""
    brackets = raw.count(b"[") + raw.count(b"{")
    if brackets <= DEEPEST:
        return brackets
    outside = b"".join(_without_escapes(raw).split(b'"')[::2])
    steps = outside.translate(_RISES_AND_FALLS, _NOT_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0)


def _without_escapes(raw: bytes) -> bytes:
    """Quotes that remain begin or end a string."""
    if b"\\" not in raw:
        return raw
    return raw.replace(b"\\\\", b"").replace(b'\\"', b"")


_PLACE = re.compile(r"^JSON is malformed: (?P<what>.*) \(byte (?P<byte>\d+)\)$")
_HALF_PAIR = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_WORDS = {
    "trailing characters": ("there is more after the end of the value,", 1),
    "object keys must be strings": ("a key must be text in double quotes,", 0),
    "trailing comma in array": ("nothing follows a comma,", 0),
    "trailing comma in object": ("nothing follows a comma,", 0),
    "invalid escape character in string": ("an unknown escape", 2),
}
"""msgspec's words → ours, and how many bytes after the place it noticed."""


def _explain(error: str, raw: bytes) -> str:
    """msgspec's words for what is wrong, in ours."""
    if "out of range" in error:
        return "a number in it is too large"
    half = _HALF_PAIR.search(raw) if "surrogate" in error or "truncated" in error else None
    if half is not None:
        return f"half a surrogate pair at character {_position(raw, half.start())}"
    found = _PLACE.match(error)
    if found is not None:
        return _at(found["what"], int(found["byte"]), raw)
    return "it ends too early" if raw.strip() else "it is empty"


def _at(what: str, byte: int, raw: bytes) -> str:
    words, late = _WORDS.get(what) or (f"unexpected {_shown(raw, byte)}", 0)
    return f"{words} at character {_position(raw, byte - late)}"


def _shown(raw: bytes, byte: int) -> str:
    """The character there, if a person can see it."""
    character = raw[byte : byte + 4].decode("utf-8", "ignore")[:1]
    if character == "\ufeff":
        return "byte order mark"
    return f"“{character}”" if character.isprintable() and character else "character"


def _position(raw: bytes, byte: int) -> int:
    """Characters are counted from 1."""
    return len(raw[:byte].decode("utf-8", "replace")) + 1
