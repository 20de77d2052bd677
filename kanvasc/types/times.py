"""Dates, times and UUIDs as a program writes them (RFC 3339, RFC 9562), judged before any run."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATETIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def is_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None and _reads(datetime.date.fromisoformat, text)


def is_datetime(text: str) -> bool:
    """Whether it is a moment: with an offset, so that everybody reads the same one."""
    return _DATETIME.fullmatch(text) is not None and _reads(_moment, text)


def is_uuid(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def _moment(text: str) -> object:
    # Python reads six digits behind the point at most; RFC 3339 allows any number.
    whole = re.sub(r"(\.\d{6})\d+", r"\1", text.upper())
    return datetime.datetime.fromisoformat(whole).astimezone(datetime.UTC)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, OverflowError):
        return False
    return True
