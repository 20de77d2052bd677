"""Texts of a certain form: `format:` of a text, and the types that travel as text."""

from __future__ import annotations

import datetime
import ipaddress
import re
import uuid
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EMAIL = re.compile(
    r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
"""What browsers take in `input type=email` (HTML Living Standard); no part can be read two ways."""

_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f]")
_LONGEST_EMAIL = 254
_INSTANT = Annotated[datetime.datetime, msgspec.Meta(tz=True)]


def parse_uuid(text: str) -> uuid.UUID:
    """RFC 9562 section 4: 8-4-4-4-12 hex digits.

    Raises:
        ValueError: it is written otherwise.
    """
    if _UUID.fullmatch(text) is None:
        raise ValueError(text)
    return msgspec.convert(text, uuid.UUID)


def parse_date(text: str) -> datetime.date:
    """RFC 3339 `full-date`.

    Raises:
        ValueError: it is no date.
    """
    return msgspec.convert(text, datetime.date)


def parse_datetime(text: str) -> datetime.datetime:
    """RFC 3339 `date-time`, in UTC.

    Raises:
        ValueError: it is no date and time, has no offset, or is outside the years 1 to 9999.
    """
    try:
        return msgspec.convert(text, _INSTANT).astimezone(datetime.UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def _parses(parse: Callable[[str], Any]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            parse(text)
        except ValueError:
            return False
        return True

    return holds


def _is_email(text: str) -> bool:
    return len(text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def _is_url(text: str) -> bool:
    """Absolute, http or https: what a page may link to."""
    if _UNSEEN.search(text) is not None:
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _parse_ipv6(text: str) -> None:
    if ipaddress.IPv6Address(text).scope_id is not None:
        raise ValueError(text)


A_UUID = "a UUID such as 123e4567-e89b-12d3-a456-426614174000"
A_DATE = "a date such as 2026-01-31"
A_DATETIME = "a date and time with its offset, such as 2026-01-31T12:00:00Z"

FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "email": (_is_email, "an email address"),
    "url": (_is_url, "an address that begins with http:// or https://"),
    "uuid": (_parses(parse_uuid), A_UUID),
    "ipv4": (_parses(ipaddress.IPv4Address), "an IPv4 address"),
    "ipv6": (_parses(_parse_ipv6), "an IPv6 address"),
    "date-time": (_parses(parse_datetime), A_DATETIME),
}
"""Name of a format → whether a text has it, and what is said to who sent another."""
