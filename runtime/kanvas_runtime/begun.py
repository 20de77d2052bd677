"""A coroutine of which a part was carried out without waiting for anything."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any


class Begun:
    """The rest of it, for a task to await. `waits` is what it waits for; `size`, of what it sends,
    in characters."""

    __slots__ = ("_rest", "_waits", "size")

    def __init__(self, rest: Coroutine[Any, Any, None], waits: Any, size: int) -> None:
        self._rest = rest
        self._waits = waits
        self.size = size

    def __await__(self) -> Generator[Any, Any, None]:
        given: Any
        step: Callable[[Any], Any]
        while True:
            try:
                given, step = (yield self._waits), self._rest.send
            except GeneratorExit:
                self._rest.close()
                raise
            except BaseException as error:
                given, step = error, self._rest.throw
            try:
                self._waits = step(given)
            except StopIteration:
                return
