"""Room for typing: a long buffer as it is analysed, with blank lines behind each declaration.

A change in one declaration then leaves the places of all others alone, so that what was parsed of
them stays true. The blank lines mean nothing to the language and are in no position that an
editor sees.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Final

from kanvasc.records import dataclass
from kanvasc.syntax.chunks import starts

SHORT: Final = 20_000
"""Characters up to which parsing everything again takes no time that anybody notices."""
ROOM: Final = 400
"""Characters that may be added to a declaration before all places change."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A part of the text: where it begins in the buffer and in the analysed text, and the space
    that it has there."""

    text: str
    real: int
    base: int
    size: int


@dataclass(frozen=True)
class Layout:
    """Offsets of the buffer (`real`) and of the analysed text, and the way between them."""

    slots: tuple[Slot, ...]

    @cached_property
    def text(self) -> str:
        """What is analysed."""
        return "".join(slot.text + "\n" * (slot.size - len(slot.text)) for slot in self.slots)

    def real(self, offset: int) -> int:
        """The place in the buffer; blank lines that are not there are the end of their part."""
        slot = self.slots[max(bisect_right(self._bases, offset) - 1, 0)]
        return slot.real + min(offset - slot.base, len(slot.text))

    def analysed(self, offset: int) -> int:
        slot = self.slots[max(bisect_right(self._reals, offset) - 1, 0)]
        return slot.base + offset - slot.real

    @cached_property
    def _bases(self) -> list[int]:
        return [slot.base for slot in self.slots]

    @cached_property
    def _reals(self) -> list[int]:
        return [slot.real for slot in self.slots]


def laid_out(text: str, before: Layout | None = None) -> Layout:
    """The layout of a text; where it can be, the places are those of the layout before."""
    if len(text) <= SHORT:
        return Layout((Slot(text, 0, 0, len(text)),))
    begins = starts(text)
    parts = [text[start:end] for start, end in zip(begins, (*begins[1:], len(text)), strict=True)]
    sizes = _sizes(parts, before)
    slots: list[Slot] = []
    base = 0
    for part, start, size in zip(parts, begins, sizes, strict=True):
        slots.append(Slot(part, start, base, size))
        base += size
    return Layout(tuple(slots))


def _sizes(parts: list[str], before: Layout | None) -> list[int]:
    """The last part needs no room: nothing stands behind it."""
    if before is not None and len(before.slots) == len(parts):
        sizes = [slot.size for slot in before.slots[:-1]]
        if all(len(part) <= size for part, size in zip(parts, sizes, strict=False)):
            return [*sizes, len(parts[-1])]
    return [*(len(part) + ROOM for part in parts[:-1]), len(parts[-1])]
