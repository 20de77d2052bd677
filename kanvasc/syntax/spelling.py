"""How near one word is to another, as fingers see it."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(written: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant: one slip away, two in a long word."""
    limit = 1 if len(written) <= 4 else 2
    if len(written) < 3:
        return None
    lowered = written.lower()
    best, found = limit + 1, None
    for word in words:
        if abs(len(word) - len(written)) > limit:
            continue
        slips = _slips(lowered, word)
        if slips < best:
            best, found = slips, word
    return found


def _slips(left: str, right: str) -> int:
    """Letters to insert, delete, replace, or swap with their neighbour."""
    before_last: list[int] = []
    last = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        current = [row]
        for column, b in enumerate(right, 1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (a != b))
            swapped = row > 1 and column > 1 and a == right[column - 2] and left[row - 2] == b
            if swapped:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return last[-1]
