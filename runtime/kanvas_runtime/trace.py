"""Distributed traces: W3C Trace Context, level 1. What comes in is recorded and passed on.

A request that names no trace, or names one wrongly, belongs to none; what its runs send out then
begins one whose id is the run's own, without the hyphens.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from contextvars import ContextVar
from typing import NamedTuple

HEADER = "traceparent"

_FORM = re.compile(r"(?P<version>[0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE, _NO_PARENT = "0" * 32, "0" * 16
_SAMPLED = 1


class Trace(NamedTuple):
    """`id` is 32 lowercase hex digits. `sampled`: the caller keeps its part of the trace."""

    id: str
    sampled: bool = False

    def onward(self) -> str:
        """The header of a request that we send: each is a span of its own."""
        return f"00-{self.id}-{secrets.token_hex(8)}-{int(self.sampled):02x}"


current: ContextVar[Trace | None] = ContextVar("trace", default=None)
"""The trace of the request or handshake that is being served, and of what it sets off."""


def taken(headers: Iterable[tuple[bytes, bytes]]) -> Trace | None:
    """The trace that an ASGI scope's headers name; None unless it is there once and well formed.

    A later version is read as far as it has the form of this one (section 3.2.4).
    """
    found = [value for name, value in headers if name == b"traceparent"]
    if len(found) != 1:
        return None
    parts = _FORM.fullmatch(found[0].decode("latin-1").strip(" \t"))
    if parts is None:
        return None
    version, id_, parent, flags, rest = parts.groups()
    if version == "ff" or (version == "00" and rest) or id_ == _NO_TRACE or parent == _NO_PARENT:
        return None
    return Trace(id_, bool(int(flags, 16) & _SAMPLED))


def of_run(run: str) -> Trace:
    """The trace that a run begins, whose id is a UUID."""
    return Trace(run.replace("-", ""))
