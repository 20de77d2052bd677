"""What a page accepts by POST: from itself only, bounded, a form or JSON."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from kanvas_runtime import handshake
from kanvas_runtime.errors import Refusal
from kanvas_runtime.handshake import knock
from kanvas_runtime.http import media_type

LARGEST = 1024 * 1024
"""Bytes of a body."""
_MOST_FIELDS = 1000
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


def check_origin(request: Request) -> None:
    """Only the page itself may post: raises `origin_refused` otherwise (against CSRF).

    A browser that sends `Sec-Fetch-Site` cannot be made to lie about it, and it is right behind
    a proxy too; without it the request has to name its origin, and that has to be our own.
    """
    site = request.headers.get("sec-fetch-site")
    if not (site == "same-origin" if site else handshake.is_own_page(knock(request.scope))):
        raise Refusal("origin_refused", "a page's form can be sent from that page only")


def wants_json(request: Request) -> bool:
    """True for the page's own script, which asks for JSON and nothing else."""
    return request.headers.get("accept", "") == _JSON


def is_json(request: Request) -> bool:
    """True for JSON, false for a form; raises `unsupported_media` for anything else."""
    kind = media_type(request.headers.get("content-type", ""))
    if kind not in (_FORM, _JSON):
        raise Refusal("unsupported_media", f"send {_FORM} or {_JSON}")
    return kind == _JSON


def texts(body: bytes) -> dict[str, str]:
    """The fields of a form; of a name that comes twice, the last."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:  # not ASCII, not UTF-8 once decoded, or too many fields
        raise Refusal("invalid_frame", "this is not a form as browsers send it") from error
    return dict(pairs)
