"""Style sheet and scripts: read once, addressed by digest, so that browsers keep them for good."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kanvas_runtime.pages.headers import SAFE
from kanvas_runtime.palette import in_colour

PREFIX = "/_kanvas/static"
FILES = ("page.css", "page.js", "draw.js", "held.js", "approvals.css", "ledger.js")
"""Loaded where a run may have to wait for a person: the two behind `draw.js`; the last one by the
ledger alone."""
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_FOREVER = "public, max-age=31536000, immutable"

# What people need in a file and browsers do not: comments and layout. Of a script, texts stay as
# they are. They and comments stand on one line each, and a line's end stays where it may be the end
# of a statement; the front end's tests see to the first.
_STYLE = re.compile(r"/\*.*?\*/|(?<=[{};,>])\s+|(?<=:) |\s+(?=\{)|;(?=\s*\})", re.DOTALL)
_TEXT = r"(\"[^\"\n]*\"|`[^`\n]*`)"
_COMMENTS = re.compile(rf"{_TEXT}|\s*//.*$|^\s+", re.MULTILINE)
_SPACES = re.compile(
    rf"{_TEXT}|(?<=[{{}}()\[\],;:?=<>&|]) +| +(?=[{{}}()\[\],;:?=<>&|])"
    r"|(?<=[{(\[,;])\n|\n(?=[})\]])"
)


@dataclass(frozen=True)
class Assets:
    """The files by name, as they are served. `digest` names all of them together."""

    files: dict[str, bytes]
    digest: str

    @classmethod
    def read(cls, folder: Path) -> Assets:
        """Reads the files; raises `FileNotFoundError` with what to do when one is missing."""
        files = {name: compact(name, in_colour(name, _read(folder / name))) for name in FILES}
        sums = b"".join(hashlib.sha256(content).digest() for content in files.values())
        return cls(files, hashlib.sha256(sums).hexdigest()[:16])

    def url(self, name: str) -> str:
        """Where the page finds the file."""
        return f"{PREFIX}/{self.digest}/{name}"

    def route(self) -> Route:
        """The route that serves the files."""
        return Route(f"{PREFIX}/{{digest}}/{{name}}", self._serve, methods=["GET"])

    async def _serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        if request.path_params["digest"] != self.digest or name not in self.files:
            return Response(status_code=404, headers=SAFE)
        headers = {**SAFE, "Cache-Control": _FOREVER}
        return Response(self.files[name], media_type=_TYPES[Path(name).suffix], headers=headers)


def compact(name: str, content: str) -> bytes:
    """A file as it is served, without comments and layout."""
    if name.endswith(".css"):
        return _STYLE.sub("", content).strip().encode()
    return _SPACES.sub(_text, _COMMENTS.sub(_text, content)).strip().encode()


def _text(found: re.Match[str]) -> str:
    return found[1] or ""


def assets_of(app: Starlette, directory: Path) -> Assets:
    """Those of an app, served from the first time that somebody asks for them."""
    if not hasattr(app.state, "page_assets"):
        app.state.page_assets = Assets.read(directory / "static")
        app.router.routes.append(app.state.page_assets.route())
    assets: Assets = app.state.page_assets
    return assets


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path} is missing: build the program again, a page needs it"
        raise FileNotFoundError(message) from None
