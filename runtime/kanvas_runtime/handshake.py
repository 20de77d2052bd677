"""Who may connect: Host, then path, then Origin, then authentication, then the cap.

All of it is decided before the upgrade, so that a refusal is an HTTP answer that says why.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from kanvas_runtime.errors import STATUS, Refusal

MISDIRECTED = 421
"""RFC 9110 section 15.5.20: the request names a host that this server does not answer for."""

_FORWARDING = (
    b"forwarded",
    b"via",
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
    b"x-real-ip",
)
_DEFAULT_PORT = {"http": 80, "https": 443}
_HTTP = {"ws": "http", "wss": "https"}


class Denial(Struct, frozen=True):
    """A refused request. `remedy` is for the log: which option would let it through."""

    refusal: Refusal
    remedy: str
    status: int

    @classmethod
    def of(cls, code: str, message: str, remedy: str) -> Denial:
        """The usual one: its status follows from the code."""
        return cls(Refusal(code, message), remedy, STATUS[code])


class Knock(Struct, frozen=True):
    """What of a request decides whether it may pass. `host` has no port; `port` is never None."""

    path: str
    scheme: str
    host: str
    port: int
    origins: tuple[str, ...]
    client: str
    forwarded: bool


def knock(scope: Mapping[str, Any]) -> Knock:
    """Read it from an ASGI scope, of a WebSocket or of an HTTP request."""
    scheme = _HTTP.get(scope["scheme"], scope["scheme"])
    named: list[str] = []
    origins: list[str] = []
    forwarded = False
    for name, value in scope["headers"]:
        if name == b"host":
            named.append(value.decode("latin-1"))
        elif name == b"origin":
            origins.append(value.decode("latin-1"))
        elif name in _FORWARDING:
            forwarded = True
    # RFC 9112 section 3.2: exactly one Host; anything else matches no name.
    host, port = _authority(scheme, named[0]) if len(named) == 1 else ("", 0)
    client = scope.get("client") or ("",)
    return Knock(scope["path"], scheme, host, port, tuple(origins), client[0], forwarded)


def check_host(request: Knock, hosts: Iterable[str]) -> Denial | None:
    """Against DNS rebinding: a page under a foreign name that resolves to us is not served."""
    if is_loopback_name(request.host) or request.host in hosts:
        return None
    name = request.host or "this host"
    refusal = Refusal("origin_refused", f"this server does not answer for {name}")
    return Denial(refusal, f"set KANVAS_HOSTS={request.host or '<name>'}", MISDIRECTED)


def check_origin(
    request: Knock, allowed: Iterable[str], remedy: str | None = None
) -> Denial | None:
    """A browser says where its page is from; others send no Origin and go on to authentication."""
    if not request.origins:
        return None
    origin = request.origins[0]
    if len(request.origins) == 1 and _is_welcome(origin, request, allowed):
        return None
    message = f"a page of {origin} may not connect here"
    remedy = remedy or f'write origins: ["{origin}"] on the surface'
    return Denial.of("origin_refused", message, remedy)


def origin_text(request: Knock) -> str | None:
    """The page's origin in one spelling, whoever writes it; None for what is no browser."""
    own = _origin(request.origins[0]) if request.origins else None
    return None if own is None else "{}://{}:{}".format(*own)


def is_own_page(request: Knock) -> bool:
    """Whether a page of this very app sent it, as far as its Origin says."""
    return bool(request.origins) and check_origin(request, ()) is None


def check_auth(request: Knock, auth: tuple[str, ...]) -> Denial | None:
    """A surface that says nothing serves this machine only; `none` serves everybody."""
    if "none" in auth:
        return None
    if auth:
        ways = ", ".join(auth)
        return Denial.of("unauthenticated", f"this needs credentials: {ways}", f"sign in by {ways}")
    if is_loopback_address(request.client) and not request.forwarded:
        return None
    message = "this surface serves its own machine only"
    remedy = "write auth: none (open to everybody) or another auth on the surface"
    return Denial.of("unauthenticated", f"{message}; {remedy}", remedy)


def is_loopback_name(host: str) -> bool:
    """`localhost`, or an address of this machine itself."""
    return host == "localhost" or is_loopback_address(host)


def is_loopback_address(text: str) -> bool:
    """127.0.0.0/8, ::1, and the former written as IPv6."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _is_welcome(origin: str, request: Knock, allowed: Iterable[str]) -> bool:
    own = _origin(origin)
    if own is None:
        return False
    scheme, host, port = own
    if is_loopback_name(host) and is_loopback_name(request.host):
        return True
    if (scheme, host, port) == (request.scheme, request.host, request.port):
        return True
    return any(own == _origin(other) for other in allowed)


def _origin(text: str) -> tuple[str, str, int] | None:
    """RFC 6454 section 4: scheme, host, port. None for `null` and for what is no web origin."""
    scheme, separator, authority = text.strip().partition("://")
    if not separator or scheme.lower() not in _DEFAULT_PORT:
        return None
    host, port = _authority(scheme.lower(), authority)
    return (scheme.lower(), host, port) if host else None


def _authority(scheme: str, text: str) -> tuple[str, int]:
    """Host, lower-case and without brackets, and port; `("", 0)` when it makes no sense."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return "", 0
    if not host or parts.path or parts.query or parts.fragment or "@" in text:
        return "", 0
    return host.rstrip("."), port or _DEFAULT_PORT.get(scheme, 0)
