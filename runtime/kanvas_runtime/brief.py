"""A run that never waits, with next to nothing in it.

Generated code sees a `Run`. What most runs of a plain function do not look at costs more to make
than they take, so it is made when it is looked at.
"""

from __future__ import annotations

import time
from typing import Any, Protocol

from kanvas_runtime.engine import Caller
from kanvas_runtime.events import Job
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import Recorder
from kanvas_runtime.run import Call, Run


class Source(Protocol):
    """Where such a run comes from."""

    def whole(self, caller: Caller, job: Job) -> tuple[Call, Recorder, Gate]:
        """What a `Run` is made of."""


class Brief(Run):
    """Its source says what runs and for whom, when somebody wants to know; from then on this
    `is_whole`. Until then the run has changed nothing."""

    __slots__ = ("_asked_by", "_job", "_source", "is_whole", "step")

    def __init__(self, source: Source, caller: Caller, job: Job) -> None:
        self._source = source
        self._asked_by = caller
        self._job = job
        self._started_at = time.time()
        self.is_whole = False
        self.step = ""  # there are no branches that each had their own

    def __getattr__(self, name: str) -> Any:
        """Only asked for what is not there yet."""
        if self.is_whole or name not in Run.__slots__:
            raise AttributeError(name)
        self.is_whole = True
        step, started = self.step, self._started_at
        super().__init__(*self._source.whole(self._asked_by, self._job))
        self.step, self._started_at = step, started
        return getattr(self, name)
