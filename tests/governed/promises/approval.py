"""Steps that wait for a person."""

from __future__ import annotations

from tests.governed.promises.promise import Promise

PROMISES: tuple[Promise, ...] = ()
