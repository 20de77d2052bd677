"""What a program wrote on a memory step, checked: some of it is only known when it runs."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.memory.interface import Remembered, Wanted

LIMIT = 10
"""Results of a `recall` that says no number."""
MOST_RESULTS = 1_000

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d)")


def remembered(
    content: str,
    collection: str | None,
    metadata: Mapping[str, Any] | None,
    namespace: str | None,
    ttl: float | str | None,
) -> Remembered:
    """Raises `StepFailure`."""
    seconds = _seconds(ttl) if isinstance(ttl, str) else ttl
    if seconds is not None and not (seconds > 0 and math.isfinite(seconds)):
        raise StepFailure("runtime", f"ttl is a time longer than nothing, not {ttl}")
    return Remembered(content, collection or "", metadata or {}, namespace or "", seconds)


def wanted(
    query: str,
    collection: str | None,
    limit: int | None,
    threshold: float | None,
    filter: Mapping[str, Any] | None,
    namespace: str | None,
) -> Wanted:
    """Raises `StepFailure`."""
    number = LIMIT if limit is None else limit
    if not 1 <= number <= MOST_RESULTS:
        raise StepFailure("runtime", f"limit is a number from 1 to {MOST_RESULTS}, not {limit}")
    least = 0.0 if threshold is None else threshold
    if not 0 <= least <= 1:
        raise StepFailure("runtime", f"threshold is a number from 0 to 1, not {threshold}")
    return Wanted(query, collection or "", number, least, filter or {}, namespace or "")


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise StepFailure("runtime", f'ttl is a duration such as "24h", not "{text[:60]}"')
    return float(found[1]) * _SECONDS[found[2]]
