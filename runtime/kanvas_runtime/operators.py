"""What an app shows to those who run it: its metrics, its ledger. Who may see it, and where."""

from __future__ import annotations

from typing import Protocol

from fastapi import FastAPI
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from kanvas_runtime.auth.authenticator import Authenticator, Denied
from kanvas_runtime.auth.credentials import credentials
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.handshake import Denial, Knock, check_auth, check_origin, knock
from kanvas_runtime.http import CLOSED, DeniedResponse


class Office(Struct, frozen=True):
    """A place for operators. `name` is how the ledger calls it, as it does a surface.

    `auth` and `scopes` are those of who comes from elsewhere, or shows who it is.
    """

    name: str
    path: str
    scopes: tuple[str, ...]
    auth: tuple[str, ...] = ("api_key", "session")


class Host(Protocol):
    """What such a place needs of the service."""

    app: FastAPI

    @property
    def authenticator(self) -> Authenticator | None:
        """None while nobody can be let in."""
        ...

    def denied(self, denial: Denial, request: Knock, surface: str) -> DeniedResponse:
        """The answer to a refused request, which is recorded."""
        ...


async def admit(
    host: Host, request: Request, office: Office, *, local: bool
) -> Principal | Response | None:
    """Who may see it; the refusal of who may not.

    `local`: from this machine itself nobody has to say who it is. Whoever says it all the same is
    held to it.
    """
    seen = knock(request.scope)
    if host.authenticator is None:
        return host.denied(CLOSED, seen, office.name)
    denial = check_origin(seen, (), "open it under its own address")
    if denial is not None:
        return host.denied(denial, seen, office.name)
    shown = credentials(request.scope)
    if local and not shown.explicit and check_auth(seen, ()) is None:
        return None
    try:
        return await host.authenticator.admit(request.scope, seen, office)
    except Denied as denied:
        return host.denied(denied.denial, seen, office.name)
