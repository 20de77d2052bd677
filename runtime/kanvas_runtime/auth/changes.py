"""Changes to keys as commands ask for them, with a server and without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kanvas_runtime.auth.admin import AdminRefused, Handler
from kanvas_runtime.auth.keys import Key, KeyProblem, Keys


def _ignore(_key: Key) -> None:
    pass


class KeyChanges:
    """`revoked` is called with a key that has just been."""

    def __init__(self, keys: Keys, revoked: Callable[[Key], None] = _ignore) -> None:
        self._keys = keys
        self._revoked = revoked

    @property
    def handlers(self) -> dict[str, Handler]:
        """For the admin socket."""
        return {"keys.new": self._handle, "keys.revoke": self._handle}

    def apply(self, request: dict[str, Any]) -> object:
        """Carry out a request. Raises `AdminRefused`."""
        try:
            if request["do"] == "keys.new":
                expires = request.get("expires")
                return self._keys.new(request["name"], tuple(request["scopes"]), expires)
            key = self._keys.revoke(request["which"])
        except KeyProblem as problem:
            raise AdminRefused(str(problem)) from problem
        self._revoked(key)
        return {"id": key.id, "name": key.name}

    async def _handle(self, request: dict[str, Any]) -> object:
        return self.apply(request)
