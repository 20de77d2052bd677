"""Signing in by API key, signing out, and whether one is signed in: for browsers."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from kanvas_runtime.auth.authenticator import Authenticator, Denied
from kanvas_runtime.auth.credentials import credentials
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.auth.sessions import LOCAL_COOKIE, SECURE_COOKIE
from kanvas_runtime.errors import STATUS, Refusal
from kanvas_runtime.handshake import Denial, Knock, is_loopback_name, knock
from kanvas_runtime.http import CLOSED, DeniedResponse, read_body
from kanvas_runtime.machine import PageSurface
from kanvas_runtime.pages import submission
from kanvas_runtime.pages.assets import assets_of
from kanvas_runtime.pages.headers import PAGE
from kanvas_runtime.pages.host import PageHost
from kanvas_runtime.pages.templates import template

SIGN_IN = "/_kanvas/sign-in"
SIGN_OUT = "/_kanvas/sign-out"
SESSION = "/_kanvas/session"

_LARGEST = 16 * 1024


class Host(PageHost, Protocol):
    """What signing in needs of the service."""

    @property
    def authenticator(self) -> Authenticator | None: ...
    @property
    def pages(self) -> list[PageSurface]: ...

    def denied(self, denial: Denial, request: Knock, surface: str) -> DeniedResponse:
        """The answer to a refused request, which is recorded."""
        ...

    async def entered(self, principal: Principal, path: str, surface: str) -> Response | None:
        """Record that somebody came in; the refusal when that cannot be."""
        ...

    def signed_out(self, session: str) -> None:
        """End what is open by a session."""
        ...


def install(host: Host) -> None:
    """Adds the routes, once. Raises `FileNotFoundError` when the app lacks the page's files."""
    if not hasattr(host.app.state, "sign_in"):
        host.app.state.sign_in = SignIn(host)
        host.app.router.routes.extend(host.app.state.sign_in.routes)


class SignIn:
    """The pages and the one question."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._assets = assets_of(host.app, host.directory)
        self._template = template(host.directory, "sign-in.html.jinja")
        self.others: dict[str, str] = {}  # pages that are no machine's: path → title

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        return [
            Route(SIGN_IN, self._sign_in, methods=["GET", "POST"]),
            Route(SIGN_OUT, self._sign_out, methods=["POST"]),
            Route(SESSION, self._session, methods=["GET"]),
        ]

    async def _session(self, request: Request) -> Response:
        told: dict[str, object] = {"signed_in": False}
        viewer = self._viewer(request)
        if viewer is not None and viewer.expires is not None:
            until = datetime.datetime.fromtimestamp(viewer.expires, datetime.UTC)
            told = {
                "signed_in": True,
                "principal": viewer.name,
                "scopes": sorted(viewer.scopes),
                "expires": until.isoformat(timespec="seconds").replace("+00:00", "Z"),
            }
        return JSONResponse(told, headers={"Cache-Control": "no-store", "Vary": "Cookie"})

    async def _sign_in(self, request: Request) -> Response:
        if request.method == "GET":
            return self._html(request.query_params, viewer=self._viewer(request))
        texts: Mapping[str, str] = {}
        try:
            submission.check_origin(request)
            texts = submission.texts(await read_body(request, _LARGEST))
            return await self._by_key(request, texts)
        except Denied as denied:
            refused = self._host.denied(denied.denial, knock(request.scope), "sign-in")
            await refused.wait()
            return self._html(texts, denied.denial.refusal.message, denied.denial.status)
        except Refusal as refusal:
            return JSONResponse(refusal.body(), status_code=STATUS[refusal.code])

    async def _by_key(self, request: Request, texts: Mapping[str, str]) -> Response:
        authenticator = self._host.authenticator
        if authenticator is None:
            raise Denied(CLOSED)
        seen = knock(request.scope)
        secure = seen.scheme == "https"
        if not secure and not is_loopback_name(seen.host):
            message = "signing in needs https here: a key would be readable on its way"
            remedy = "serve it by https, and name the proxy in KANVAS_TRUSTED_PROXIES"
            raise Denied(Denial.of("unauthenticated", message, remedy))
        key = authenticator.keys.find(texts.get("key", "").strip())
        if key is None:
            message = "This key is not valid: it is unknown, expired or revoked"
            remedy = "make another one with: keys new NAME"
            raise Denied(Denial.of("unauthenticated", message, remedy))
        refused = await self._host.entered(key.principal, SIGN_IN, "sign-in")
        if refused is not None:
            return refused
        cookie, lifetime = authenticator.sessions.begin(key)
        response = RedirectResponse(self._next(texts), status_code=303, headers=PAGE)
        response.set_cookie(
            SECURE_COOKIE if secure else LOCAL_COOKIE,
            cookie,
            max_age=lifetime,
            path="/",
            secure=secure,
            httponly=True,
            samesite="strict",
        )
        return response

    async def _sign_out(self, request: Request) -> Response:
        try:
            submission.check_origin(request)
        except Refusal as refusal:
            return JSONResponse(refusal.body(), status_code=STATUS[refusal.code])
        viewer = self._viewer(request)
        if viewer is not None and viewer.session is not None:
            assert self._host.authenticator is not None
            self._host.authenticator.sessions.end(viewer)
            self._host.signed_out(viewer.session)
        response = RedirectResponse(SIGN_IN, status_code=303, headers=PAGE)
        response.delete_cookie(LOCAL_COOKIE, path="/", httponly=True, samesite="strict")
        response.delete_cookie(
            SECURE_COOKIE, path="/", secure=True, httponly=True, samesite="strict"
        )
        return response

    def _viewer(self, request: Request) -> Principal | None:
        authenticator = self._host.authenticator
        if authenticator is None:
            return None
        return authenticator.signed_in(credentials(request.scope), knock(request.scope))

    def _next(self, texts: Mapping[str, str]) -> str:
        """One of our own pages, never a foreign address."""
        paths = [*self.others, *(page.path for page in self._host.pages)]
        wanted = texts.get("next", "")
        return wanted if wanted in paths else next(iter(self._open_pages()), SIGN_IN)

    def _open_pages(self) -> dict[str, str]:
        own = {page.path: page.title for page in self._host.pages if "session" in page.auth}
        return own | self.others

    def _html(
        self,
        texts: Mapping[str, str],
        error: str | None = None,
        status: int = 200,
        viewer: Principal | None = None,
    ) -> Response:
        text = self._template.render(
            title=self._host.name,
            simulated=self._host.simulated,
            css=self._assets.url("page.css"),
            viewer=viewer,
            pages=self._open_pages(),
            next=self._next(texts),
            error=error,
            sign_in=SIGN_IN,
            sign_out=SIGN_OUT,
        )
        return HTMLResponse(text, status_code=status, headers=PAGE)
