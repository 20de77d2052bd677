"""Who signed a request: HMAC-SHA256 of its raw body (RFC 2104), as each sender writes it.

| sender    | headers                                              | what is signed        |
|-----------|------------------------------------------------------|-----------------------|
| stripe    | `Stripe-Signature: t=…,v1=…`                         | `{t}.{body}`          |
| slack     | `X-Slack-Request-Timestamp`, `X-Slack-Signature: v0=…` | `v0:{timestamp}:{body}` |
| github    | `X-Hub-Signature-256: sha256=…`                      | the body              |
| signature | `Kanvas-Timestamp`, `Kanvas-Signature: v1=…`         | `{timestamp}.{body}`  |

Times are seconds since 1970. GitHub signs none, so there only what is kept of a request tells that
it came before.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from kanvas_runtime.errors import Refusal

TOLERANCE = 300.0
"""Seconds by which a request's time may differ from ours."""

_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Signed(NamedTuple):
    """What a request says of its signature: any one of `signatures` (hex) does."""

    signatures: tuple[str, ...]
    time: str | None
    text: bytes


def check(
    sender: str,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Iterable[bytes],
    now: float,
) -> str:
    """The signature that holds. Raises `Refusal` (`unauthenticated`)."""
    signed = READERS[sender](headers, body)
    if signed is None or not signed.signatures:
        raise _refusal(f"this needs a signature: {HEADERS[sender]}")
    wanted = [hmac.new(secret, signed.text, hashlib.sha256).hexdigest() for secret in secrets]
    # Every pair is compared, each in constant time, so that nothing tells which one came near.
    found = [
        given
        for given in signed.signatures
        for own in wanted
        if hmac.compare_digest(own.encode(), given.encode())
    ]
    if not found:
        raise _refusal("the signature does not fit this body and the secret that is set here")
    if signed.time is not None and abs(now - float(signed.time)) > TOLERANCE:
        raise _refusal(f"this was signed more than {TOLERANCE:g} s from now")
    return found[0]


def _stripe(headers: Mapping[str, str], body: bytes) -> Signed | None:
    parts = [part.strip().partition("=") for part in headers.get("stripe-signature", "").split(",")]
    times = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    return None if len(times) != 1 else _timed(given, times[0], b"%s.", body)


def _slack(headers: Mapping[str, str], body: bytes) -> Signed | None:
    version, _, given = headers.get("x-slack-signature", "").partition("=")
    time = headers.get("x-slack-request-timestamp", "")
    return _timed([given], time, b"v0:%s:", body) if version == "v0" else None


def _github(headers: Mapping[str, str], body: bytes) -> Signed | None:
    kind, _, given = headers.get("x-hub-signature-256", "").partition("=")
    return Signed(_well_formed([given]), None, body) if kind == "sha256" else None


def _generic(headers: Mapping[str, str], body: bytes) -> Signed | None:
    version, _, given = headers.get("kanvas-signature", "").partition("=")
    time = headers.get("kanvas-timestamp", "")
    return _timed([given], time, b"%s.", body) if version == "v1" else None


def _timed(given: Iterable[str], time: str, form: bytes, body: bytes) -> Signed | None:
    if _TIME.fullmatch(time) is None:
        return None
    return Signed(_well_formed(given), time, form % time.encode() + body)


def _well_formed(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(each for each in given if _HEX.fullmatch(each))


def _refusal(message: str) -> Refusal:
    return Refusal("unauthenticated", message)


READERS: Final[dict[str, Callable[[Mapping[str, str], bytes], Signed | None]]] = {
    "stripe": _stripe,
    "slack": _slack,
    "github": _github,
    "signature": _generic,
}
HEADERS: Final = {
    "stripe": "Stripe-Signature",
    "slack": "X-Slack-Signature and X-Slack-Request-Timestamp",
    "github": "X-Hub-Signature-256",
    "signature": "Kanvas-Signature and Kanvas-Timestamp",
}
