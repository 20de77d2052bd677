"""Cutting what a client sends into short text messages, and all the rest (RFC 6455 section 5).

Nearly all messages are one short text frame. Those are read here; whatever else comes (control,
fragments, binary, long, broken) is handed on as bytes for the library that knows all rules, and
so that it never gets part of a message that was read here.
"""

from __future__ import annotations

from typing import TypeAlias

try:
    from websockets.speedups import apply_mask
except ImportError:
    from websockets.utils import apply_mask

LONGEST = 4096
"""Bytes of a message that is read here."""

Piece: TypeAlias = str | bytes
"""A text message, or bytes for the library."""

_TEXT = 0x81  # a whole text message in one frame
_FIN, _RESERVED, _OPCODE, _MASKED, _SIZE, _CONTROL = 0x80, 0x70, 0x0F, 0x80, 0x7F, 0x08
_OPCODES = frozenset({0, 1, 2, 8, 9, 10})
_TWO, _EIGHT = 126, 127  # sizes that say in how many bytes the size follows
_MASK = 4
_FOREVER = 2**64
_HEADS = [bytes((_TEXT, size)) for size in range(_TWO)]
_SHORT = {size + 6: bytes((_TEXT, _MASKED | size)) for size in range(_TWO)}
"""How a frame of so many bytes begins if it is a short text message."""


class Cutter:
    """Sans-I/O: bytes in, pieces out. Never raises."""

    __slots__ = ("_foreign", "_in_fragments", "_is_inside", "_rest")

    def __init__(self) -> None:
        self._rest = b""  # the beginning of a frame
        self._foreign = 0  # bytes of the frame that is being handed on
        self._in_fragments = False
        self._is_inside = False  # of any of these

    def single(self, data: bytes) -> str | None:
        """The text of a message that is all there is in the next bytes; nearly always it is. None:
        `cut` them."""
        if data[:2] == _SHORT.get(len(data)) and not self._is_inside:
            try:
                return str(apply_mask(data[6:], data[2:6]), "utf-8")
            except UnicodeDecodeError:
                pass
        return None

    def cut(self, data: bytes) -> list[Piece]:
        """What is in the next bytes. The beginning of a frame is kept until the rest comes."""
        if self._rest:
            data = self._rest + data
        pieces: list[Piece] = []
        at, end = 0, len(data)
        while at < end:
            if self._foreign:
                stop = min(at + self._foreign, end)
                self._foreign -= stop - at
                pieces.append(data[at:stop])
            else:
                start, stop = self._text(data, at, end)
                if stop > end:
                    break
                if stop:
                    masked, mask = data[start:stop], data[start - _MASK : start]
                    try:
                        pieces.append(str(apply_mask(masked, mask), "utf-8"))
                    except UnicodeDecodeError:
                        self._foreign = stop - at  # the library knows what to say
                        continue
                elif self._look(data, at, end):
                    continue
                else:
                    break
            at = stop
        self._rest = data[at:]
        self._is_inside = bool(self._rest or self._foreign or self._in_fragments)
        return pieces

    def _text(self, data: bytes, at: int, end: int) -> tuple[int, int]:
        """Where the payload of a short text message begins and ends; 0 if it is none."""
        if data[at] != _TEXT or self._in_fragments or end - at < 2:
            return 0, 0
        size = data[at + 1] ^ _MASKED  # large without the bit
        if size < _TWO:
            return at + 6, at + 6 + size
        if size == _TWO and end - at >= 4:
            size = data[at + 2] << 8 | data[at + 3]
            if _TWO <= size <= LONGEST:
                return at + 8, at + 8 + size
        return 0, 0

    def _look(self, data: bytes, at: int, end: int) -> bool:
        """See how long the frame is that is to be handed on; False as long as that is not said."""
        if end - at < 2:
            return False
        first, second = data[at], data[at + 1]
        opcode, size = first & _OPCODE, second & _SIZE
        is_control = opcode & _CONTROL
        broken = first & _RESERVED or opcode not in _OPCODES or not second & _MASKED
        if broken or (is_control and (size >= _TWO or not first & _FIN)):
            self._foreign = _FOREVER
            return True
        more = {_TWO: 2, _EIGHT: 8}.get(size, 0)
        if end - at < 2 + more:
            return False
        if more:
            size = int.from_bytes(data[at + 2 : at + 2 + more], "big")
        self._foreign = 2 + more + _MASK + size
        if not is_control:
            self._in_fragments = not first & _FIN
        return True


def text_frame(text: str) -> bytes:
    """A whole text message in one frame, as a server sends it."""
    payload = text.encode()
    size = len(payload)
    if size < _TWO:
        return _HEADS[size] + payload
    if size < 2**16:
        return bytes((_TEXT, _TWO, size >> 8, size & 255)) + payload
    return bytes((_TEXT, _EIGHT)) + size.to_bytes(8, "big") + payload
