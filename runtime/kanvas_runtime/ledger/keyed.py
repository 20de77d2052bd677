"""Digests with a key (RFC 2104), of which one is made for each message that comes and leaves."""

from __future__ import annotations

from hashlib import sha256

_BLOCK = 64  # bytes that SHA-256 takes at a time


class Keyed:
    """HMAC-SHA-256. The two halves of the key are hashed once, and copied for each digest."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, content: bytes) -> str:
        """64 lowercase hex digits."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(content)
        outer.update(inner.digest())
        return outer.hexdigest()
