"""CORS (Fetch standard, HTTP-CORS protocol): which pages of other origins may read answers.

Without cookies: what such a page sends is what its script has put there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kanvas_runtime.handshake import Knock, check_origin

_ALLOWED: Final = {
    "Access-Control-Allow-Headers": (
        "Authorization, X-API-Key, Content-Type, Idempotency-Key, Traceparent"
    ),
    "Access-Control-Max-Age": "600",
}
_EXPOSED: Final = "Location, Retry-After, Kanvas-Run, Idempotency-Replayed"


def sharing(request: Knock, origins: Iterable[str]) -> dict[str, str]:
    """The headers of an answer."""
    headers = {"Vary": "Origin"}
    if request.origins and check_origin(request, origins) is None:
        headers["Access-Control-Allow-Origin"] = request.origins[0]
        headers["Access-Control-Expose-Headers"] = _EXPOSED
    return headers


def preflight(request: Knock, origins: Iterable[str], methods: Iterable[str]) -> dict[str, str]:
    """The headers of the answer to `OPTIONS`."""
    listed = ", ".join(methods)
    headers = {"Allow": listed, **sharing(request, origins)}
    if "Access-Control-Allow-Origin" in headers:
        headers |= {"Access-Control-Allow-Methods": listed, **_ALLOWED}
    return headers
