"""`DateTime.*`. Times are aware and in UTC; weeks begin on Monday (ISO 8601).

Units are `millisecond second minute hour day week month year`, in the singular or plural.
"""

from __future__ import annotations

import calendar
import datetime
import re
from datetime import timedelta
from typing import TypedDict

from kanvas_runtime.codec.formats import A_DATETIME, parse_datetime
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.ops import number

_SPANS = {
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
_MONTHS = {"month": 1, "year": 12}
_TOKENS = re.compile("YYYY|MM|DD|HH|mm|ss")


class _Clock(TypedDict):
    hour: int
    minute: int
    second: int
    microsecond: int


_MIDNIGHT: _Clock = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}


def datetime_parse(text: str) -> datetime.datetime:
    """RFC 3339 text as a time."""
    try:
        return parse_datetime(text)
    except ValueError:
        raise StepFailure("runtime", f"the text is not {A_DATETIME}") from None


def datetime_add(at: datetime.datetime, amount: int, unit: str) -> datetime.datetime:
    """Later by `amount` units, or earlier. A month more than 31 January is the end of February."""
    unit = _singular(unit)
    try:
        if unit in _MONTHS:
            return _months_later(at, amount * _MONTHS[unit])
        return at + amount * _SPANS[unit]
    except (OverflowError, ValueError):
        raise StepFailure("runtime", "the time is outside of the years 1 to 9999") from None


def _months_later(at: datetime.datetime, months: int) -> datetime.datetime:
    year, month0 = divmod(at.year * 12 + at.month - 1 + months, 12)
    if not datetime.MINYEAR <= year <= datetime.MAXYEAR:
        raise ValueError(year)
    days = calendar.monthrange(year, month0 + 1)[1]
    return at.replace(year=year, month=month0 + 1, day=min(at.day, days))


def datetime_diff(later: datetime.datetime, earlier: datetime.datetime, unit: str) -> int | float:
    """The time from `earlier` to `later`: a number of units, of months and years whole ones."""
    unit = _singular(unit)
    if unit in _SPANS:
        return number((later - earlier) / _SPANS[unit])
    months = _months_between(earlier, later)
    return months // _MONTHS[unit] if months >= 0 else -(-months // _MONTHS[unit])


def _months_between(earlier: datetime.datetime, later: datetime.datetime) -> int:
    """As many as can be added without passing the other end."""
    if later < earlier:
        return -_months_between(later, earlier)
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    return months - (_months_later(earlier, months) > later)


def datetime_format(at: datetime.datetime, pattern: str) -> str:
    """`YYYY MM DD HH mm ss` replaced by the parts of the time; all else stays."""
    return _TOKENS.sub(lambda token: _part(at, token[0]), pattern)


def _part(at: datetime.datetime, token: str) -> str:
    parts = {
        "YYYY": f"{at.year:04}",
        "MM": f"{at.month:02}",
        "DD": f"{at.day:02}",
        "HH": f"{at.hour:02}",
        "mm": f"{at.minute:02}",
        "ss": f"{at.second:02}",
    }
    return parts[token]


def datetime_start_of(at: datetime.datetime, unit: str) -> datetime.datetime:
    """The first moment of the unit that the time is in."""
    unit = _singular(unit)
    match unit:
        case "year":
            return at.replace(month=1, day=1, **_MIDNIGHT)
        case "month":
            return at.replace(day=1, **_MIDNIGHT)
        case "week":
            return datetime_add(at.replace(**_MIDNIGHT), -at.weekday(), "day")
    return at - (at - at.replace(**_MIDNIGHT)) % _SPANS[unit]


def _singular(unit: str) -> str:
    singular = unit.removesuffix("s")
    if singular in _SPANS or singular in _MONTHS:
        return singular
    known = ", ".join([*_SPANS, *_MONTHS])
    raise StepFailure("runtime", f"an unknown unit of time; one of {known} was expected")
