"""The closed list of error codes, the same on every surface, and the close codes of a socket."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

STATUS: dict[str, int] = {
    "invalid_json": 400,
    "invalid_frame": 400,
    "unauthenticated": 401,
    "denied": 403,
    "approval_denied": 403,
    "guard_failed": 403,
    "origin_refused": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "too_large": 413,
    "unsupported_media": 415,
    "invalid_input": 422,
    "unknown_field": 422,
    "rate_limited": 429,
    "budget_exceeded": 429,
    "cancelled": 500,
    "internal": 500,
    "step_failed": 502,
    "provider_error": 502,
    "overloaded": 503,
    "timeout": 504,
    "approval_expired": 504,
}
"""Error code → HTTP status."""


@dataclass(eq=False)
class Refusal(Exception):
    """An answer that is an error. `code` is a key of `STATUS`; `message` is for the caller to read.

    `field` is a path such as `address.zip` or `items[3].price`; `retry_after` is in seconds.
    """

    code: str
    message: str
    field: str | None = None
    step: str | None = None
    retry_after: float | None = None

    def body(self, *, run: str | None = None) -> dict[str, object]:
        """The error body: `{"error": {"code", "message", …}}`, absent parts left out."""
        parts: dict[str, object] = {"code": self.code, "message": self.message}
        optional = {
            "field": self.field,
            "step": self.step,
            "retry_after": self.retry_after,
            "run": run,
        }
        parts.update({name: value for name, value in optional.items() if value is not None})
        return {"error": parts}


FailureType = Literal["timeout", "denied", "invalid_output", "provider", "http", "runtime"]

_CODE_OF_FAILURE: dict[FailureType, str] = {
    "timeout": "timeout",
    "denied": "denied",
    "invalid_output": "provider_error",
    "provider": "provider_error",
    "http": "step_failed",
    "runtime": "step_failed",
}


@dataclass(eq=False)
class StepFailure(Exception):
    """A step that failed, as `on failure` sees it. `step` is filled in by the run when empty.

    `code` is what a caller is told, where that says more than the type does; `retry_after` in
    seconds.
    """

    type: FailureType
    message: str
    step: str = ""
    details: str = ""
    code: str = ""
    retry_after: float | None = None

    def refusal(self) -> Refusal:
        """What the caller is told."""
        return Refusal(
            self.code or _CODE_OF_FAILURE[self.type],
            self.message,
            step=self.step or None,
            retry_after=self.retry_after,
        )


class CloseCode(IntEnum):
    """RFC 6455 section 7.4 and our own (4xxx)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    INVALID_TEXT = 1007  # a text frame that is not UTF-8
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011
    RESTART = 1012
    OVERLOAD = 1013
    EXPIRED = 4401  # credentials expired or revoked
    IDLE = 4408
