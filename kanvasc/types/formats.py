"""`format:` of a text that is known before any run, judged as a client's text is in one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit

from kanvasc.types.times import is_datetime, is_uuid

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")
"""What browsers take as an address (HTML Living Standard)."""
_LONGEST_EMAIL = 254
_INVISIBLE = re.compile(r"[\s\x00-\x1f\x7f]")


def _is_email(text: str) -> bool:
    return len(text) <= _LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None


def _is_url(text: str) -> bool:
    if _INVISIBLE.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.IPv6Address(text).scope_id is None
    except ValueError:
        return False


FORMATS: dict[str, tuple[Callable[[str], bool], str]] = {
    "email": (_is_email, "an email address"),
    "url": (_is_url, "an address that begins with http:// or https://"),
    "uuid": (is_uuid, "a UUID"),
    "ipv4": (_is_ipv4, "an IPv4 address"),
    "ipv6": (_is_ipv6, "an IPv6 address"),
    "date-time": (is_datetime, "a date and time with its offset"),
}
"""Name of a format → whether a text has it, and what such a text is."""
