"""The record of what was done."""

from __future__ import annotations

from tests.governed.promises.promise import Promise

PROMISES: tuple[Promise, ...] = ()
