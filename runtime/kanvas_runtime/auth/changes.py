"""Changes to keys as commands ask for them, with a server and without one. Each is recorded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from kanvas_runtime.auth.admin import AdminRefused, Handler
from kanvas_runtime.auth.keys import Key, KeyProblem, Keys
from kanvas_runtime.ledger.interface import LedgerUnavailable, Recorder, Scalar
from kanvas_runtime.ledger.record import timestamp

SURFACE = "command"
"""The door of who may write to the data directory, as `SurfaceAccess` says it."""
OPERATOR = "operator:"
"""What the name of somebody who comes by it begins with; no key can be called so."""

_UNRECORDED = "the ledger cannot be written"


def _ignore(_key: Key) -> None:
    pass


class KeyChanges:
    """`revoked` is called with a key that has just been."""

    def __init__(
        self, keys: Keys, ledger: Recorder, revoked: Callable[[Key], None] = _ignore
    ) -> None:
        self._keys = keys
        self._ledger = ledger
        self._revoked = revoked

    @property
    def handlers(self) -> dict[str, Handler]:
        """For the admin socket."""
        return {"keys.new": self.apply, "keys.revoke": self.apply}

    async def apply(self, request: dict[str, Any]) -> object:
        """Carry out a request. Raises `AdminRefused`."""
        started = time.monotonic()
        try:
            change = self._new if request["do"] == "keys.new" else self._revoke
            return await change(request, started)
        except KeyProblem as problem:
            raise AdminRefused(str(problem)) from problem

    async def _new(self, request: dict[str, Any], started: float) -> object:
        """Nobody has a key of which there is no record."""
        scopes = tuple(request["scopes"])
        key, text = self._keys.made(request["name"], scopes, request.get("expires"))
        fields: dict[str, Scalar] = {"scopes": " ".join(scopes)} if scopes else {}
        if key.expires is not None:
            fields["expires"] = timestamp(datetime.fromtimestamp(key.expires, UTC))
        try:
            await self._record(request, key, started, fields)
        except LedgerUnavailable as error:
            raise AdminRefused(f"{_UNRECORDED}, so no key was made") from error
        self._keys.add(key)
        return text

    async def _revoke(self, request: dict[str, Any], started: float) -> object:
        """A key that has to go is gone, recorded or not."""
        key = self._keys.revoke(request["which"])
        self._revoked(key)
        try:
            await self._record(request, key, started, {})
        except LedgerUnavailable as error:
            message = f"{key.id} ({key.name}) was revoked, but {_UNRECORDED}: no record says so"
            raise AdminRefused(message) from error
        return {"id": key.id, "name": key.name}

    async def _record(
        self, request: dict[str, Any], key: Key, started: float, more: dict[str, Scalar]
    ) -> None:
        """Raises `LedgerUnavailable`."""
        fields: dict[str, Scalar] = {
            "surface": SURFACE,
            "path": request["do"],
            "principal": OPERATOR + str(request.get("operator", "")),
            "outcome": "ok",
            "duration_us": int((time.monotonic() - started) * 1e6),
            "key": key.id,
            "key_name": key.name,
        }
        await asyncio.shield(self._ledger.append("SurfaceAccess", fields | more))
