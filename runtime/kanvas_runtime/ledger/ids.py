"""Ids that sort by the time they were made: UUID version 7 (RFC 9562 section 5.7)."""

from __future__ import annotations

import os
import threading
import time

_VARIANT = 0b10 << 62
_COUNTER_BITS = 12
_lock = threading.Lock()
_last = 0


def uuid7() -> str:
    """A new id, larger than every one that this process made before.

    The twelve bits after the milliseconds are a counter (RFC 9562 section 6.2, method 1): it
    starts in its lower half, and what overflows it is borrowed from the next millisecond.
    """
    global _last
    noise = int.from_bytes(os.urandom(10), "big")
    start = noise >> 69  # 11 bits
    with _lock:
        _last = max(_last + 1, (time.time_ns() // 1_000_000 << _COUNTER_BITS) | start)
        stamp = _last
    milliseconds, counter = stamp >> _COUNTER_BITS, stamp & 0xFFF
    tail = _VARIANT | (noise & (1 << 62) - 1)
    head = f"{milliseconds:012x}"
    rest = f"{tail:016x}"
    return f"{head[:8]}-{head[8:]}-7{counter:03x}-{rest[:4]}-{rest[4:]}"
