"""The app of `echo.kanvas` with a ledger that keeps nothing, for any ASGI server: our ASGI path.

There is no such setting: what is not recorded is not answered. `APP` is the built app's folder.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from kanvas_runtime import life as served
from kanvas_runtime.ledger import MemoryLedger, Scalar, Write
from kanvas_runtime.ledger.form import Form, Values


class Nothing(MemoryLedger):
    """Every record is durable at once, and gone."""

    seq = 0

    def __init__(self) -> None:
        super().__init__()
        self._done = self.append("", {})

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future

    def fill(
        self, form: Form, values: Values, writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        return self._done


async def opened(*_directory: Any, **_options: Any) -> Nothing:
    return Nothing()


served.open_ledger = opened  # type: ignore[assignment]
sys.path.insert(0, os.environ["APP"])

from app import app  # type: ignore[import-not-found]  # noqa: E402

__all__ = ["app"]
