"""The form of a record and its place in the chain.

A record is one flat JSON object with ASCII keys whose values are text, integers within ±(2^53-1),
true or false. For such objects RFC 8785 (canonical JSON) is plain JSON with sorted keys, no
blanks and nothing escaped that need not be. A record's `hash` is the SHA-256 of the previous
record's `hash` followed by the record without `prev` and `hash`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

import msgspec

from kanvas_runtime.contract import LARGEST_INTEGER
from kanvas_runtime.ledger.interface import Scalar

SCHEMA = 1
NO_HASH = "0" * 64
"""The `prev` of a chain's first record."""

OURS = frozenset({"schema", "chain", "seq", "at", "kind", "prev", "hash"})
"""Fields that the ledger writes itself."""
COLUMNS = ("machine", "run", "principal", "trace")
TEXTS = frozenset(COLUMNS)
"""Common fields that the caller gives; columns of text."""

_HASH_KEY = b',"hash":"'
_PREV_KEY = b',"prev":"'
_PIECE = len(_HASH_KEY) + len(NO_HASH) + 1

_encode = msgspec.json.Encoder(order="sorted").encode


class Head(NamedTuple):
    """Where a chain stands: its last record's number (0: none yet) and hash."""

    seq: int = 0
    hash: str = NO_HASH


class Row(NamedTuple):
    """A record that has its place, as it stands in the table: `body` is its exact text, the
    others are an index."""

    seq: int
    schema: int
    chain: str
    at: str
    kind: str
    machine: str | None
    run: str | None
    principal: str | None
    trace: str | None
    prev: str
    hash: str
    body: str


def entry(chain: str, head: Head, at: str, kind: str, fields: Mapping[str, Scalar]) -> Row:
    """The record that follows `head`. Raises `ValueError` for fields outside the form."""
    seq, prev = head.seq + 1, head.hash
    given = checked(fields)
    own: dict[str, Scalar] = {
        "schema": SCHEMA,
        "chain": chain,
        "seq": seq,
        "at": at,
        "kind": kind,
        "prev": prev,
        "hash": NO_HASH,
    }
    blank = _text(own | given)
    content, place = cut(blank)
    digest = chained(prev, content)
    body = blank[:place] + _HASH_KEY + digest.encode() + blank[place + _PIECE - 1 :]
    texts = (given.get(name) for name in COLUMNS)
    return Row._make((seq, SCHEMA, chain, at, kind, *texts, prev, digest, body.decode()))


def checked(fields: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The fields that a caller gives, as they are recorded. Raises as `entry` does."""
    given: dict[str, Scalar] = {}
    for name, value in fields.items():
        if name in OURS or not name.isascii():
            raise ValueError(f"{name}: a field's name is ASCII and none of the ledger's own")
        given[name] = value if type(value) is str else _plain(name, value)
    return given


def encoded(value: Scalar) -> str:
    """The JSON text of a field's value."""
    return _text(value).decode()


def cut(body: bytes) -> tuple[bytes, int]:
    """The part of a record's text that its hash covers, and where `hash` stood.

    Inside a JSON text every quotation mark is escaped, so `,"hash":"` can only be the key: the
    text need not be parsed. `at` sorts before both keys and `schema` after, so each has a comma
    before it. Raises `ValueError` when a key is missing.
    """
    i = body.index(_HASH_KEY)
    j = body.index(_PREV_KEY, i)
    return body[:i] + body[i + _PIECE : j] + body[j + _PIECE :], i


def rehashed(prev: str, body: bytes) -> str:
    """The hash that a record with this text has to have behind `prev`: `chained` of `cut`, with
    half of the copies. Raises `ValueError` as `cut` does."""
    i = body.index(_HASH_KEY)
    j = body.index(_PREV_KEY, i)
    parts = prev.encode(), body[:i], body[i + _PIECE : j], body[j + _PIECE :]
    return sha256(b"".join(parts)).hexdigest()


def chained(prev: str, content: bytes) -> str:
    """The hash of a record with this content after the record whose hash is `prev`."""
    return sha256(prev.encode() + content).hexdigest()


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds, always 27 characters."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def now() -> datetime:
    """The clock of a ledger that is given no other."""
    return datetime.now(UTC)


def _plain(name: str, value: object) -> Scalar:
    """The value itself, without the enumeration that it may be a member of."""
    if isinstance(value, str):
        return str.__str__(value)
    if name in TEXTS:
        raise ValueError(f"{name}: {value!r} is no text")
    if isinstance(value, bool):
        return value
    if not isinstance(value, int):
        raise ValueError(f"{name}: {type(value).__name__} is not text, an integer or a boolean")
    if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise ValueError(f"{name}: {value} is beyond ±(2^53-1)")
    return int(value)


def _text(record: Mapping[str, Scalar] | Scalar) -> bytes:
    try:
        return _encode(record)
    except UnicodeEncodeError as error:
        raise ValueError("a lone surrogate has no UTF-8") from error
