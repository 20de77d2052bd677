"""What a machine declares, what its declarations do, and how its steps reach outside."""

from __future__ import annotations

from tests.governed.promises.promise import Promise

PROMISES: tuple[Promise, ...] = ()
