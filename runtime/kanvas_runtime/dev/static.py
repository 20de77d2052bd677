"""The files of the overlay and of the playground, which come with the runtime."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from kanvas_runtime.pages.headers import SAFE

PREFIX = "/_kanvas/dev/static/"
FOLDER = Path(__file__).parent / "static"

_TYPES = {".css": "text/css", ".js": "text/javascript"}


def file(name: str) -> Response | None:
    """The answer with a file's content; None where there is none."""
    if name not in {each.name for each in FOLDER.iterdir() if each.suffix in _TYPES}:
        return None
    kind = f"{_TYPES[Path(name).suffix]}; charset=utf-8"
    headers = {**SAFE, "Cache-Control": "no-cache"}
    return Response((FOLDER / name).read_bytes(), media_type=kind, headers=headers)
