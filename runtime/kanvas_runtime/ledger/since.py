"""Points in time as a person types them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from kanvas_runtime.ledger.record import timestamp

_AGO = re.compile(r"(\d{1,6})(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def instant(text: str, now: datetime) -> str:
    """The time as records write it: `15min`, `2h`, `7d` before `now`, or a date (and time, UTC
    unless it says otherwise). Raises `ValueError`, with a message for whoever typed it.
    """
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return timestamp(now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}))
        moment = datetime.fromisoformat(text)
        return timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        forms = "15min, 2h, 7d, 2031-05-01, 2031-05-01T08:30:00Z"
        raise ValueError(f"{text!r} is no time; write it as one of these: {forms}") from None
