"""Ids that sort by the time they were made: UUID version 7 (RFC 9562 section 5.7)."""

from __future__ import annotations

import os
import secrets
import threading
import time

_COUNTER_BITS = 12
_MOST = 2**_COUNTER_BITS - 1
_COUNTS = [f"{count:03x}-" for count in range(_MOST + 1)]
_VARIANT = bytes(0x80 | byte & 0x3F for byte in range(256))
"""What becomes of the byte whose two highest bits say what kind of UUID it is."""
_FETCHED = 256
_lock = threading.Lock()
_noise: list[str] = []
"""The last two parts of the next ids, which are random: they are fetched for many at once."""


_time = _count = 0
_text = ""
"""Milliseconds and counter of the last id, and how the former is written."""


def uuid7() -> str:
    """A new id, larger than every one that this process made before.

    The twelve bits after the milliseconds are a counter (RFC 9562 section 6.2, method 1): it
    starts in its lower half, and what overflows it is borrowed from the next millisecond.
    """
    global _time, _count, _text
    with _lock:
        if not _noise:
            _fetch()
        now = time.time_ns() // 1_000_000
        if now <= _time and _count < _MOST:
            _count += 1
        else:
            _time = max(now, _time + 1)
            _count = secrets.randbits(_COUNTER_BITS - 1)
            _text = f"{_time >> 16:08x}-{_time & 0xFFFF:04x}-7"
        return _text + _COUNTS[_count] + _noise.pop()


def _fetch() -> None:
    random = bytearray(os.urandom(8 * _FETCHED))
    random[::8] = random[::8].translate(_VARIANT)
    digits = random.hex()
    for at in range(0, len(digits), 16):
        _noise.append(f"{digits[at : at + 4]}-{digits[at + 4 : at + 16]}")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_noise.clear)  # a child must not make its parent's ids
