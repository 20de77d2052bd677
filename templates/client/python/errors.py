"""What may go wrong: what the server answers instead of a result, and lost connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

ErrorCode: TypeAlias = Literal[
    "invalid_json",
    "invalid_frame",
    "invalid_input",
    "unknown_field",
    "too_large",
    "rate_limited",
    "budget_exceeded",
    "unauthenticated",
    "origin_refused",
    "denied",
    "guard_failed",
    "approval_denied",
    "approval_expired",
    "not_found",
    "method_not_allowed",
    "unsupported_media",
    "conflict",
    "cancelled",
    "step_failed",
    "provider_error",
    "timeout",
    "overloaded",
    "internal",
]
"""Later servers may have more."""


class KanvasError(Exception):
    """What the server answered instead of a result.

    `field` is a path such as `address.zip`; `run` is what the server's ledger and log call the
    run; `retry_after` is in seconds.
    """

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.code: ErrorCode = body.get("code", "internal")
        self.message = str(body.get("message", ""))
        self.field: str | None = body.get("field")
        self.step: str | None = body.get("step")
        self.run: str | None = body.get("run")
        self.retry_after: float | None = body.get("retry_after")
        super().__init__(f"{self.code}: {self.message}")


class ConnectionLost(ConnectionError):
    """The connection was lost after a run was sent: it may have been carried out, or not.

    A run with a key is sent again by itself, and never raises this.
    """


class Closed(Exception):
    """The client is closed."""
