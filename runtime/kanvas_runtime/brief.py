"""A run that never waits, with next to nothing in it.

Generated code sees a `Run`. What most runs of a plain function do not look at costs more to make
than they take, so it is made when it is looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import Recorder
from kanvas_runtime.run import Call, Run


class Brief(Run):
    """`call` says what runs and for whom, when somebody wants to know; from then on this
    `is_whole`. Until then the run has changed nothing."""

    __slots__ = ("_call", "_door", "is_whole", "step")

    def __init__(self, call: Callable[[], Call], door: tuple[Recorder, Gate]) -> None:
        self._call = call
        self._door = door
        self._started_at = time.time()
        self.is_whole = False
        self.step = ""  # there are no branches that each had their own

    def __getattr__(self, name: str) -> Any:
        """Only asked for what is not there yet."""
        if self.is_whole or name not in Run.__slots__:
            raise AttributeError(name)
        self.is_whole = True
        step, started = self.step, self._started_at
        super().__init__(self._call(), *self._door)
        self.step, self._started_at = step, started
        return getattr(self, name)
