"""The page and its files. They come with the runtime, and nothing of an app is in them: the script
reads `/asyncapi.json` and `/openapi.json`, and asks for nothing from elsewhere."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from kanvas_runtime.contracts import DOCUMENTS, Contracts
from kanvas_runtime.palette import in_colour

PATH: Final = "/docs"
PREFIX: Final = "/_kanvas/docs"
_FOLDER: Final = Path(__file__).parent
_TYPES: Final = {
    "docs.css": "text/css; charset=utf-8",
    "docs.js": "text/javascript; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "schema.js": "text/javascript; charset=utf-8",
}
_SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def routes(contracts: Contracts) -> list[Route]:
    """The page, and what it loads."""

    async def page(_request: Request) -> Response:
        return _page(contracts)

    return [
        Route(PATH, page, methods=["GET"]),
        Route(f"{PREFIX}/{{name}}", _asset, methods=["GET"]),
    ]


def _page(contracts: Contracts) -> Response:
    nonce = secrets.token_urlsafe(16)
    headers = {
        **_SAFE,
        "Content-Security-Policy": _policy(nonce),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
    there = [name for name in DOCUMENTS if contracts.document(name) is not None]
    text = _read("docs.html").decode()
    text = text.replace("NONCE", nonce).replace("CONTRACTS", " ".join(there))
    return HTMLResponse(text, headers=headers)


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _TYPES:
        return Response(status_code=404, headers=_SAFE)
    return Response(_read(name), media_type=_TYPES[name], headers=_SAFE)


def _policy(nonce: str) -> str:
    """Scripts and styles by nonce alone; what a module imports has the nonce of the module."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            "connect-src 'self'",
            "img-src data:",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


@cache
def _read(name: str) -> bytes:
    return in_colour(name, (_FOLDER / name).read_text(encoding="utf-8")).encode()
