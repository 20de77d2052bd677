"""What runs keep."""

from __future__ import annotations

from tests.governed.promises.promise import Promise

PROMISES: tuple[Promise, ...] = ()
