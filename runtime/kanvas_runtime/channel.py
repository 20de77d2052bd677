"""The last results of a machine for one input, numbered, so that a client can go on after one."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from typing import NamedTuple

MOST_HELD = 100
"""Results that are held for one input …"""
LONGEST_HELD = 64 * 1024
"""… while they are not longer than so many characters together."""


class Item(NamedTuple):
    """A result. `cursor` stands for "after this one"; `principal` caused it.

    It leaves when `durable` is done. A `droppable` one may be left out when a newer one follows.
    """

    cursor: str
    text: str
    durable: asyncio.Future[None] | None
    principal: str | None
    droppable: bool = False


class Channel:
    """A ring of results. A cursor is `<epoch>.<number>`: another channel has another epoch, so
    that nobody goes on in one that was forgotten meanwhile."""

    __slots__ = ("_dropped", "_epoch", "_held", "_number", "_size")

    def __init__(self) -> None:
        self._epoch = secrets.token_hex(6)
        self._number = 0  # of the newest
        self._dropped = 0  # of the newest that is held no more
        self._held: deque[Item] = deque()
        self._size = 0

    @property
    def cursor(self) -> str:
        """After the newest."""
        return f"{self._epoch}.{self._number}"

    def add(
        self,
        text: str,
        durable: asyncio.Future[None] | None,
        principal: str | None,
        droppable: bool,
    ) -> Item:
        """Number a result and hold it as long as there is room."""
        self._number += 1
        item = Item(self.cursor, text, durable, principal, droppable)
        self._held.append(item)
        self._size += len(text)
        while len(self._held) > MOST_HELD or self._size > LONGEST_HELD:
            self._size -= len(self._held.popleft().text)
            self._dropped += 1
        return item

    def after(self, cursor: str) -> list[Item] | None:
        """What came after a cursor; None when not all of it is held, or it is not one of ours."""
        epoch, _, number = cursor.partition(".")
        if epoch != self._epoch or not (number.isascii() and number.isdigit()) or len(number) > 15:
            return None
        if not self._dropped <= int(number) <= self._number:
            return None
        return list(self._held)[int(number) - self._dropped :]
