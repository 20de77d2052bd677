"""The answer of a request whose program says what its body holds."""

from __future__ import annotations

from typing import TypeVar

from kanvas_runtime.codec import convert
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal, StepFailure
from kanvas_runtime.machine import HttpAnswer

R = TypeVar("R", bound=Record)


def shaped(answer: HttpAnswer, returns: type[R]) -> R:
    """The answer as a `returns`, which has its `status`, its `headers` and a `body` of its own.

    Fields that the body has beyond that are left out.

    Raises:
        StepFailure: `http`, for a status other than 2xx, which no such body comes with, and for a
            body that does not fit.
    """
    if not 200 <= answer.status < 300:
        raise StepFailure("http", f"the answer has the status {answer.status}")
    parts = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    try:
        value: R = convert(parts, returns, drop_unknown=True)
    except Refusal as refusal:
        raise StepFailure("http", f"the answer does not fit: {refusal.message}") from None
    return value
