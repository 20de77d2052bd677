"""What every app says in the same way: error codes, close codes, refusals of a handshake.

The runtime has its own tables; a test holds them equal to these.
"""

from __future__ import annotations

from typing import Final

ERRORS: Final[dict[str, tuple[int, str]]] = {
    "invalid_json": (400, "not JSON, or nested too deeply"),
    "invalid_frame": (400, "a binary frame, or JSON that is no object"),
    "invalid_input": (422, "a value that does not fit"),
    "unknown_field": (422, "a field that there is not"),
    "too_large": (413, "more bytes than a message may have"),
    "rate_limited": (429, "too many messages; retry_after says how long to wait"),
    "budget_exceeded": (429, "a limit of the program is used up"),
    "unauthenticated": (401, "credentials are missing or wrong"),
    "origin_refused": (403, "a page of that origin, or that host name, may not connect"),
    "denied": (403, "a permission or a scope is missing"),
    "guard_failed": (403, "a guard of the program said no"),
    "approval_denied": (403, "a person said no"),
    "approval_expired": (504, "nobody decided in time"),
    "not_found": (404, "there is no such path"),
    "method_not_allowed": (405, "the path does not take this method"),
    "unsupported_media": (415, "a body of another kind"),
    "conflict": (409, "an id or a key that is in use for something else"),
    "cancelled": (500, "the run was cancelled"),
    "step_failed": (502, "a step failed"),
    "provider_error": (502, "a model gave no answer that fits"),
    "timeout": (504, "a step or a run took too long"),
    "overloaded": (503, "no room, or nothing can be recorded; try again later"),
    "internal": (500, "a fault of the server, which its log has under the run's id"),
}
"""Code → HTTP status, meaning."""

CLOSES: Final[dict[int, str]] = {
    1000: "the client closed",
    1001: "the client went away",
    1007: "a text frame that is not UTF-8",
    1008: "a hundred bad messages in a row within a minute",
    1009: "a message beyond the hard cap: 16 times max_message, at least 1 MB",
    1011: "a fault of the server",
    1012: "the server restarts; connect again",
    1013: "the server has no room",
    4401: "credentials have expired or were revoked",
    4408: "idle: no message, run, hold or subscription for idle_timeout",
}

HANDSHAKE: Final[tuple[tuple[int, str, str], ...]] = (
    (421, "origin_refused", "the host name is none of the app's"),
    (404, "not_found", "there is no socket at this path"),
    (403, "origin_refused", "pages of this origin may not connect"),
    (401, "unauthenticated", "credentials are missing or wrong"),
    (403, "denied", "a scope is missing"),
    (503, "overloaded", "no room for another connection, or of this client"),
)
"""In the order in which it is checked: HTTP status, code, when."""

VERSION: Final = 1
"""Of `kanvas.v1`, as its `hello` says it."""
LONGEST_ID: Final = 128
LONGEST_KEY: Final = 255
LONGEST_TICKET: Final = 1024
