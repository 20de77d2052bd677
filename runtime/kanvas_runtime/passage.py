"""One way through the door, as the ledger describes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, field

from kanvas_runtime.ledger.interface import Scalar, Write


class Passage(Struct):
    """An outside step on its way. `facts` are the fields that both of its records have.

    `used` says what it has used up so far, when it has ended; `writes`, what is to be kept with
    each of the two.
    """

    facts: Mapping[str, Scalar]
    simulated: bool
    used: Callable[[], Mapping[str, Scalar]] = dict
    writes: Callable[[], Sequence[Write]] = tuple
    started: int = field(default_factory=time.perf_counter_ns)

    def begun(self) -> dict[str, Scalar]:
        """The fields of the record that is on disk before the call leaves."""
        return {"phase": "begin"} | self._common()

    def ended(self, outcome: str) -> dict[str, Scalar]:
        """The fields of the record of how it ended: `ok`, or why not."""
        took = (time.perf_counter_ns() - self.started) // 1000
        fields = self._common() | {"phase": "end", "outcome": outcome, "duration_us": took}
        return fields | dict(self.used())

    def _common(self) -> dict[str, Scalar]:
        fields = dict(self.facts)
        if self.simulated:
            fields["simulated"] = True
        return fields
