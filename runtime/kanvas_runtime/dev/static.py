"""The files of the overlay and of the playground, which come with the runtime."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response

from kanvas_runtime.pages.headers import SAFE
from kanvas_runtime.palette import in_colour

PREFIX = "/_kanvas/dev/static/"
FOLDER = Path(__file__).parent / "static"

_TYPES = {".css": "text/css", ".js": "text/javascript"}


def file(name: str) -> Response | None:
    """The answer with a file's content; None where there is none."""
    if name not in {each.name for each in FOLDER.iterdir() if each.suffix in _TYPES}:
        return None
    kind = f"{_TYPES[Path(name).suffix]}; charset=utf-8"
    headers = {**SAFE, "Cache-Control": "no-cache"}
    content = in_colour(name, (FOLDER / name).read_text(encoding="utf-8"))
    return Response(content, media_type=kind, headers=headers)
