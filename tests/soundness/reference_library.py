"""The library of the language once more, as a person would explain it, for plain values.

Values: None, bool, int, float (always finite; whole ones are ints where they are small),
`Decimal`, str, `datetime`, `date`, `UUID`, list, dict. `Failed` is a step that fails.
"""

from __future__ import annotations

import calendar
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal, DecimalException
from typing import Any
from uuid import UUID

LARGEST = 2**53 - 1
EXACT = Context(prec=34, Emax=6144, Emin=-6143)


class Failed(Exception):
    """The step fails with `runtime`."""


def whole(value: int) -> int:
    if abs(value) > LARGEST:
        raise Failed
    return value


def numeric(value: float) -> int | float:
    """The result of a calculation with numbers."""
    try:
        near = float(value)
    except OverflowError:
        raise Failed from None
    if not math.isfinite(near):
        raise Failed
    return int(value) if near.is_integer() and abs(near) <= LARGEST else near


def exact(value: Decimal) -> Decimal:
    """At most 34 digits and 34 places; what is lost by that may not be everything."""
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise Failed
    try:
        if exponent < -34:
            settled = value.quantize(Decimal(1).scaleb(-34), context=EXACT)
        elif exponent > 34:
            settled = value.quantize(Decimal(1).scaleb(34), context=EXACT)
        else:
            settled = value
    except DecimalException:
        raise Failed from None
    if value and not settled:
        raise Failed
    return settled


def equal(a: Any, b: Any) -> bool:
    """By value; a field that is not there is null."""
    if isinstance(a, dict) and isinstance(b, dict):
        return all(equal(a.get(name), b.get(name)) for name in {*a, *b})
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(equal(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)


def rendered(value: Any) -> str:
    """As `${…}` shows it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int():
            return str(value)
        case float():
            return _float(value)
        case Decimal():
            return format(value, "f")
        case datetime() | date() | UUID():
            return str(plain(value))
    return compact(value)


def _float(value: float) -> str:
    """ECMA-262 Number::toString."""
    sign = "-" if value < 0 else ""
    digits = Decimal(repr(abs(value))).normalize()
    _, figures, exponent = digits.as_tuple()
    assert isinstance(exponent, int)
    shown, n = "".join(map(str, figures)), len(figures) + exponent
    if not any(figures):
        return "0"
    if 0 < n <= 21:
        shown = shown.ljust(n, "0")
        return sign + (shown[:n] + "." + shown[n:] if len(shown) > n else shown)
    if -6 < n <= 0:
        return f"{sign}0.{'0' * -n}{shown}"
    mantissa = shown[0] + ("." + shown[1:] if shown[1:] else "")
    return f"{sign}{mantissa}e{'+' if n > 0 else '-'}{abs(n - 1)}"


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    match value:
        case Decimal():
            return str(value)
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date() | UUID():
            return str(value)
        case list():
            return [plain(item) for item in value]
        case dict():
            return {name: plain(item) for name, item in value.items()}
    return value


def compact(value: Any) -> str:
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))


_NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def numeral(value: Any) -> Decimal:
    """What a text or number says, exactly."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict | date):
        raise Failed
    said = value.strip() if isinstance(value, str) else repr(value)
    said = str(value) if isinstance(value, Decimal) else said
    if not _NUMERAL.fullmatch(said):
        raise Failed
    return Decimal(said)


def to_integer(value: Any) -> int:
    said = numeral(value)
    if abs(said) > LARGEST or said != said.to_integral_value():
        raise Failed
    return int(said)


def to_decimal(value: Any) -> Decimal:
    said = numeral(value)
    exponent = said.as_tuple().exponent
    assert isinstance(exponent, int)
    if len(said.as_tuple().digits) > 34 or abs(exponent) > 34:
        raise Failed
    return said


def parse(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        raise Failed from None


def sliced(value: Any, start: int, end: int | None = None) -> Any:
    return value[start:end]


def padding(text: str, length: int, fill: str) -> str:
    return (fill * length)[: max(0, length - len(text))]


def replaced(text: str, old: str, new: str) -> str:
    return new.join(split(text, old)) if old else text.replace(old, new)


def split(text: str, separator: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def added(items: list[Any]) -> Any:
    total: Any = 0
    for item in items:
        total = plus(total, item)
    return total


def plus(a: Any, b: Any) -> Any:
    if isinstance(a, Decimal) or isinstance(b, Decimal):
        return exact(EXACT.add(Decimal(a), Decimal(b)))
    both = isinstance(a, int) and isinstance(b, int)
    return whole(a + b) if both else numeric(a + b)


def unique(items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        if not any(equal(item, other) for other in kept):
            kept.append(item)
    return kept


def grouped(items: list[Any], by: Callable[[Any], str]) -> dict[str, list[Any]]:
    keys = [by(item) for item in items]
    return {key: [i for i, k in zip(items, keys, strict=True) if k == key] for key in keys}


def reduced(items: list[Any], step: Callable[[Any, Any], Any], start: Any) -> Any:
    for item in items:
        start = step(start, item)
    return start


def rounded(value: Any) -> int:
    """Halves go up."""
    below = math.floor(value)
    rest = Decimal(value) - below if isinstance(value, Decimal) else value - below
    return whole(below + 1 if rest >= Decimal("0.5") else below)


def power(x: float, y: float) -> int | float:
    try:
        return numeric(math.pow(x, y))
    except (OverflowError, ValueError):
        raise Failed from None


def root(x: float) -> int | float:
    if x < 0:
        raise Failed
    return numeric(math.sqrt(x))


SECONDS = {
    "millisecond": Decimal("0.001"),
    "second": Decimal(1),
    "minute": Decimal(60),
    "hour": Decimal(3600),
    "day": Decimal(86400),
    "week": Decimal(7 * 86400),
}


def instant(text: str) -> datetime:
    if "T" not in text:
        raise Failed
    return datetime.fromisoformat(text).astimezone(UTC)


def later(at: datetime, amount: int, unit: str) -> datetime:
    unit = unit.removesuffix("s")
    try:
        if unit in SECONDS:
            return at + timedelta(microseconds=int(SECONDS[unit] * amount * 1_000_000))
        return months_later(at, amount * (12 if unit == "year" else 1))
    except (OverflowError, ValueError):
        raise Failed from None


def months_later(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise Failed
    last = calendar.monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))


def between(later_: datetime, earlier: datetime, unit: str) -> int | float:
    unit = unit.removesuffix("s")
    if unit in SECONDS:
        microseconds = (later_ - earlier) // timedelta(microseconds=1)
        return numeric(microseconds / int(SECONDS[unit] * 1_000_000))
    sign = 1 if later_ >= earlier else -1
    first, last = sorted((later_, earlier))
    months = 0
    while months_later(first, months + 1) <= last:
        months += 1
    return sign * (months // 12 if unit == "year" else months)


def start_of(at: datetime, unit: str) -> datetime:
    unit = unit.removesuffix("s")
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "year":
            return day.replace(month=1, day=1)
        case "month":
            return day.replace(day=1)
        case "week":
            return later(day, -at.weekday(), "day")
    size = timedelta(microseconds=int(SECONDS[unit] * 1_000_000))
    return day + (at - day) // size * size


def formatted(at: datetime, pattern: str) -> str:
    parts = {
        "YYYY": f"{at.year:04}",
        "MM": f"{at.month:02}",
        "DD": f"{at.day:02}",
        "HH": f"{at.hour:02}",
        "mm": f"{at.minute:02}",
        "ss": f"{at.second:02}",
    }
    return re.sub("YYYY|MM|DD|HH|mm|ss", lambda found: parts[found[0]], pattern)
