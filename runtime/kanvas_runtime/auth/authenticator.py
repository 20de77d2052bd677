"""From what a request shows to a principal: the one place where every surface asks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, Protocol
from weakref import WeakSet

from kanvas_runtime.auth.credentials import Credentials, credentials
from kanvas_runtime.auth.keys import PREFIX, Keys
from kanvas_runtime.auth.oauth import BadToken, IssuerUnreachable, OAuth
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.auth.sessions import Sessions
from kanvas_runtime.auth.tickets import Tickets
from kanvas_runtime.handshake import (
    Denial,
    Knock,
    check_auth,
    is_loopback_name,
    is_own_page,
    origin_text,
)


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

    def __init__(self, keys: Keys, sessions: Sessions, oauth: OAuth | None = None) -> None:
        self.keys = keys
        self.sessions = sessions
        self.oauth = oauth
        self.tickets = Tickets()
        self._requests: dict[asyncio.Task[Any], Principal] = {}
        self._ended: WeakSet[asyncio.Task[Any]] = WeakSet()

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
        if scope["type"] == "http":
            self._remember(principal)
        return principal

    def end(self, is_meant: Callable[[Principal], bool]) -> None:
        """Requests over HTTP that came by credentials which are worth nothing now end at once,
        but for the one that is the reason."""
        for task, principal in list(self._requests.items()):
            if is_meant(principal) and task is not asyncio.current_task():
                self._ended.add(task)
                task.cancel()

    def has_ended(self) -> bool:
        """Whether that was done to the request which is being served."""
        return asyncio.current_task() in self._ended

    def _remember(self, principal: Principal) -> None:
        task = asyncio.current_task()
        if task is not None and task not in self._requests:
            task.add_done_callback(lambda done: self._requests.pop(done, None))
            self._requests[task] = principal

    async def _principal(self, shown: Credentials, request: Knock, surface: Guarded) -> Principal:
        """What was sent on purpose counts, and not the cookie that a browser added."""
        if shown.explicit > 1:
            _refuse("several credentials were sent", "send one of them")
        if shown.tickets:
            return self._by_ticket(shown.tickets[0], request, surface.path)
        if shown.tokens:
            return await self._by_token(shown.tokens[0], surface)
        signed_in = self.signed_in(shown, request) if "session" in surface.auth else None
        if signed_in is not None:
            _check_page(shown, request)
            return signed_in
        denial = check_auth(request, surface.auth)
        assert denial is not None
        raise Denied(denial)

    def signed_in(self, shown: Credentials, request: Knock) -> Principal | None:
        """Who has signed in with this browser."""
        return self.sessions.find(shown.cookies, local=is_loopback_name(request.host))

    def redeem(self, ticket: str, path: str, origin: str | None) -> Principal | None:
        """Whose ticket it is, if what it was fetched with is still good."""
        principal = self.tickets.redeem(ticket, path, origin)
        if principal is None or principal.has_expired(time.time()):
            return None
        if principal.key is not None and not self.keys.live(principal.key):
            return None
        ended = principal.session is not None and self.keys.is_signed_out(principal.session)
        return None if ended else principal

    def _by_ticket(self, ticket: str, request: Knock, path: str) -> Principal:
        principal = self.redeem(ticket, path, origin_text(request))
        if principal is None:
            _refuse(
                "this ticket is not valid: it was used, has lapsed, or is for another path or page",
                "fetch another one from /_kanvas/ticket",
            )
        return principal

    async def _by_token(self, token: str, surface: Guarded) -> Principal:
        if token.startswith(PREFIX) or "oauth" not in surface.auth:
            return self._by_key(token, surface)
        assert self.oauth is not None, "the start is refused without it"
        try:
            return await self.oauth.principal(token)
        except BadToken as bad:
            _refuse(f"this token is not valid: {bad}", "get a new one from the issuer")
        except IssuerUnreachable:
            message = "tokens cannot be checked now: their issuer's keys cannot be fetched"
            remedy = "see why KANVAS_OAUTH_JWKS_URL cannot be reached"
            raise Denied(Denial.of("overloaded", message, remedy)) from None

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


def _check_page(shown: Credentials, request: Knock) -> None:
    """A browser adds cookies to what foreign pages send as well (CSRF), so they have to be ours."""
    if shown.is_read or shown.same_origin or is_own_page(request):
        return
    message = "a session counts for this app's own pages only"
    remedy = "connect from a page of this app, or with another kind of credentials"
    raise Denied(Denial.of("origin_refused", message, remedy))


def _refuse(message: str, remedy: str) -> NoReturn:
    raise Denied(Denial.of("unauthenticated", message, remedy))
