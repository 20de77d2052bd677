"""An answer as it comes: unpacked within bounds, then read as what it says it is."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

from kanvas_runtime.codec.json_text import decode_json
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.machine import HttpAnswer

LARGEST = 2**20
"""Bytes of an answer's content, packed or not."""

_CODINGS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_JSON = re.compile(r"(application|text)/([\w.!#$&^-]+\+)?json")
_CHARSETS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
}
"""The labels that are still met; everything else is read as UTF-8. ISO 8859-1 as browsers do."""


class Content:
    """The body of an answer, while it is read. Raises `StepFailure` (`http`) as soon as it can."""

    def __init__(self, coding: str) -> None:
        """`coding` is the whole Content-Encoding: one at most, since layers multiply bombs."""
        coding = coding.strip().lower()
        if coding not in {"", "identity", *_CODINGS}:
            raise StepFailure("http", "the answer is packed in a way that was not asked for")
        self._unpack = zlib.decompressobj(_CODINGS[coding]) if coding in _CODINGS else None
        self._content = bytearray()
        self._read = 0

    def feed(self, chunk: bytes) -> None:
        """What came next from the network."""
        self._read += len(chunk)
        # A stream of empty blocks unpacks to nothing, for ever: what comes in is bounded too.
        if self._read > LARGEST:
            raise _too_large()
        self._content += chunk if self._unpack is None else self._unpacked(self._unpack, chunk)
        if len(self._content) > LARGEST:
            raise _too_large()

    def whole(self) -> bytes:
        """All of it."""
        if self._unpack is not None and self._read and not self._unpack.eof:
            raise StepFailure("http", "the answer broke off")
        return bytes(self._content)

    def _unpacked(self, unpack: zlib._Decompress, chunk: bytes) -> bytes:
        try:
            content = unpack.decompress(chunk, LARGEST + 1 - len(self._content))
        except zlib.error:
            raise StepFailure("http", "the answer is not packed as it says") from None
        if unpack.unused_data:
            raise StepFailure("http", "the answer goes on after its end")
        return content


def answer(status: int, headers: Iterable[tuple[bytes, bytes]], content: bytes) -> HttpAnswer:
    """The answer of a step; raises `StepFailure` (`http`) for JSON that is none."""
    joined = joined_headers(headers)
    media_type, _, parameters = joined.get("content-type", "").lower().partition(";")
    is_json = _JSON.fullmatch(media_type.strip())
    body = _json(content) if is_json else _text(content, parameters)
    return HttpAnswer(status=status, headers=dict(joined), body=body)


def joined_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lowercase names; values of one name joined by commas (RFC 9110 section 5.3)."""
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _json(content: bytes) -> object:
    """204, 304 and HEAD may say JSON and have none: null."""
    if not content:
        return None
    try:
        return decode_json(content, "the answer")
    except Refusal as refusal:
        raise StepFailure("http", refusal.message) from None


def _text(content: bytes, parameters: str) -> str:
    charset = re.search(r"charset=\"?([\w-]+)", parameters)
    codec = _CHARSETS.get(charset[1], "utf-8") if charset else "utf-8"
    return content.decode(codec, "replace")


def _too_large() -> StepFailure:
    return StepFailure("http", f"the answer is larger than {LARGEST} bytes")
