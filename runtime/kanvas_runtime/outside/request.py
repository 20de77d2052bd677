"""A request as it leaves, made of what a step says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from kanvas_runtime.codec.json_text import encode_json
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.ops import text
from kanvas_runtime.outside.url import Url, parse_url
from kanvas_runtime.version import VERSION

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?|")

_OURS = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""What frames the message, or says whom it is for: a step that sets it could be another request."""


class Request(NamedTuple):
    """`headers` have lowercase names and are complete but for the length of `content`."""

    method: str
    url: Url
    headers: Mapping[str, str]
    content: bytes | None

    def traced(self, parent: str) -> Request:
        """With a `traceparent`, unless the step has set its own."""
        return self._replace(headers={"traceparent": parent, **self.headers})


def prepare(
    method: str, url: str, headers: Mapping[str, object] | None, body: object = None
) -> Request:
    """The request of a step. A text is sent as it is, any other body as JSON, null not at all.

    Raises:
        StepFailure: `http`, in words that hold nothing of the url, the headers or the body.
    """
    try:
        parsed = parse_url(url)
    except ValueError as error:
        raise StepFailure("http", str(error)) from None
    own = _headers(headers or {})
    content_type, content = _content(body)
    ours = {
        "host": parsed.origin.authority,
        "user-agent": f"kanvas-runtime/{VERSION}",
        "accept": "*/*",
        "accept-encoding": "gzip",
        "connection": "close",
    }
    if content_type is not None:
        ours["content-type"] = content_type
    return Request(method, parsed, ours | own, content)


def _headers(given: Mapping[str, object]) -> dict[str, str]:
    """Lowercase names (RFC 9110 section 5); a header that is null is not sent."""
    headers: dict[str, str] = {}
    for name, value in given.items():
        lower = name.lower()
        if not _NAME.fullmatch(name):
            raise StepFailure("http", "a header has a name that is none")
        if lower in _OURS:
            raise StepFailure("http", f"the header {lower} is not a step's to set")
        if lower in headers:
            raise StepFailure("http", f"the header {lower} is there twice")
        if value is not None:
            headers[lower] = _value(lower, value)
    return headers


def _value(name: str, value: object) -> str:
    if not isinstance(value, str | int | float | Decimal):
        raise StepFailure("http", f"the header {name} is neither a text nor a number")
    written = text(value)
    if not _VALUE.fullmatch(written):
        raise StepFailure("http", f"the header {name} has characters that no header may have")
    return written


def _content(body: object) -> tuple[str | None, bytes | None]:
    if body is None:
        return None, None
    try:
        if isinstance(body, str):
            return "text/plain; charset=utf-8", body.encode()
        return "application/json", encode_json(body)
    except (UnicodeEncodeError, msgspec.MsgspecError, TypeError, RecursionError):
        raise StepFailure("http", "the body has no JSON, or half a surrogate pair in it") from None
