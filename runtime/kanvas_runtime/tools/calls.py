"""Calls that are being answered, so that whoever made one can take it back.

Over HTTP a message that takes a call back is another request than the call. What binds the two is
the session: a random word that a client gets at its start and shows ever after. Nothing is kept
under it but the calls in flight, so it outlives a restart and any number of processes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from typing import Any, TypeAlias

from starlette.types import Receive

from kanvas_runtime.http import unless_gone
from kanvas_runtime.tools.messages import Id

Key: TypeAlias = tuple[str, Id]
"""A session, and the request's id in it."""
Work: TypeAlias = Coroutine[Any, Any, None]


def new_session() -> str:
    """A word that nobody guesses."""
    return secrets.token_urlsafe(24)


class Calls:
    """Those of all clients."""

    def __init__(self) -> None:
        self._open: dict[Key, asyncio.Future[None]] = {}

    async def answer(self, key: Key | None, work: Work, receive: Receive) -> None:
        """Do the work, unless the client leaves or takes its call back.

        A `key` that is in use already names the first call.
        """
        if key is None or key in self._open:
            await unless_gone(work, receive)
            return
        lost = self._open[key] = asyncio.get_running_loop().create_future()
        try:
            await unless_gone(work, receive, lost)
        finally:
            del self._open[key]

    def take_back(self, key: Key) -> None:
        """As far as it is known and still open."""
        lost = self._open.get(key)
        if lost is not None and not lost.done():
            lost.set_result(None)
