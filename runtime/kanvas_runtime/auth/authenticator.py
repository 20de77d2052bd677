"""From what a request shows to a principal: the one place where every surface asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, Protocol

from kanvas_runtime.auth.credentials import Credentials, credentials
from kanvas_runtime.auth.keys import PREFIX, Keys
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.handshake import Denial, Knock, check_auth


class Denied(Exception):
    """The request is refused."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.refusal.message)
        self.denial = denial


class Guarded(Protocol):
    """A surface, as far as it says who may come."""

    @property
    def path(self) -> str: ...
    @property
    def auth(self) -> tuple[str, ...]: ...
    @property
    def scopes(self) -> tuple[str, ...]: ...


class Authenticator:
    """Knows every kind of credentials."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    async def admit(
        self, scope: Mapping[str, Any], request: Knock, surface: Guarded
    ) -> Principal | None:
        """Who may come; None where nobody has to say. Raises `Denied`."""
        if not surface.auth or "none" in surface.auth:
            denial = check_auth(request, surface.auth)
            if denial is not None:
                raise Denied(denial)
            return None
        principal = await self._principal(credentials(scope), request, surface)
        missing = principal.lacks(surface.scopes)
        if missing is not None:
            message = f"this needs the scope {missing}, which these credentials do not have"
            remedy = f"make a key with --scope {missing}"
            raise Denied(Denial.of("denied", message, remedy))
        return principal

    async def _principal(self, shown: Credentials, request: Knock, surface: Guarded) -> Principal:
        """What was sent on purpose counts, and not the cookie that a browser added."""
        if shown.explicit > 1:
            _refuse("several credentials were sent", "send one of them")
        if shown.tokens:
            return await self._by_token(shown.tokens[0], surface)
        denial = check_auth(request, surface.auth)
        assert denial is not None
        raise Denied(denial)

    async def _by_token(self, token: str, surface: Guarded) -> Principal:
        if token.startswith(PREFIX) or "oauth" not in surface.auth:
            return self._by_key(token, surface)
        _refuse("this token is not valid", "get a new one")

    def _by_key(self, text: str, surface: Guarded) -> Principal:
        if "api_key" not in surface.auth:
            ways = ", ".join(surface.auth)
            _refuse(f"this takes no API keys, but {ways}", "write api_key in auth on the surface")
        key = self.keys.find(text)
        if key is None:
            _refuse(
                "this API key is not valid: it is unknown, expired or revoked",
                "make another one with: keys new NAME",
            )
        return key.principal


def _refuse(message: str, remedy: str) -> NoReturn:
    raise Denied(Denial.of("unauthenticated", message, remedy))
