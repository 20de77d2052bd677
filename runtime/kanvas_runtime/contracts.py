"""The contracts that a build wrote, as the app shows them: `/asyncapi.json`, `/openapi.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from kanvas_runtime.errors import STATUS, Refusal

DOCUMENTS = ("asyncapi.json", "openapi.json")
_NEVER_STALE = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}


class Contracts:
    """Those in `folder`, which are read when somebody first asks for them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, dict[str, Any] | None] = {}

    @property
    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route(f"/{name}", self._serve, methods=["GET"]) for name in DOCUMENTS]

    def document(self, name: str) -> dict[str, Any] | None:
        """None when the build wrote none, or what is there is no contract any more."""
        if name not in self._read:
            self._read[name] = _load(self._folder / name)
        return self._read[name]

    async def _serve(self, request: Request) -> Response:
        name = request.url.path.removeprefix("/")
        found = self.document(name)
        if found is None:
            message = f"this app was built without contract/{name}: build the program again"
            body = Refusal("not_found", message).body()
            return JSONResponse(body, status_code=STATUS["not_found"])
        return JSONResponse(_reached_by(found, request), headers=_NEVER_STALE)


def _load(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _reached_by(document: dict[str, Any], request: Request) -> dict[str, Any]:
    """With the address of whoever asks, which a build cannot know."""
    if "asyncapi" not in document:
        return document
    protocol = "wss" if request.url.scheme == "https" else "ws"
    return {**document, "servers": {"app": {"host": request.url.netloc, "protocol": protocol}}}
