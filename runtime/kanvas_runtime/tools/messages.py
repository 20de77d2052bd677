"""What a request of the protocol is about, as far as its door has to know. Knows no package."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

CALL = "tools/call"
BEGIN = "initialize"
CANCEL = "notifications/cancelled"

Id: TypeAlias = int | str


class _Params(msgspec.Struct, frozen=True):
    name: Any = None
    called: Any = msgspec.field(default=None, name="requestId")


class _Message(msgspec.Struct):
    method: str = ""
    id: Id | None = None


class _Named(msgspec.Struct):
    params: _Params = _Params()


class Said(msgspec.Struct, frozen=True):
    """`id`: of a request that wants an answer. `cancels`: the request that is not wanted any
    longer, in a message that says so. `tool`: the one that is called, in a message that does."""

    method: str = ""
    id: Id | None = None
    cancels: Id | None = None
    tool: str | None = None


NOTHING = Said()
"""A body that is no message: the package says what is wrong with it."""

_read = msgspec.json.Decoder(_Message).decode
_read_named = msgspec.json.Decoder(_Named).decode


def said(body: bytes) -> Said:
    """What the body of a request says."""
    try:
        message = _read(body)
        named = _read_named(body).params if message.method in (CALL, CANCEL) else _Params()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return NOTHING
    cancels = named.called if message.method == CANCEL else None
    return Said(
        message.method,
        message.id,
        cancels if isinstance(cancels, int | str) else None,
        named.name if message.method == CALL and isinstance(named.name, str) else None,
    )
