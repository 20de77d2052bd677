"""Forwarded values, believed only when a proxy says them that the operator trusts."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import TypeAlias

from starlette.types import Scope

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_SECURE = {("http", "https"): "https", ("ws", "https"): "wss"}


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and ranges of addresses. Raises `ValueError`."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def as_forwarded(scope: Scope, trusted: tuple[Network, ...]) -> Scope:
    """The request as the client sent it to the proxy; as it is when nobody trusted forwards it.

    The headers stay: that it came by a proxy is a fact that surfaces for this machine look at.
    """
    client = scope.get("client") or ("", 0)
    if not trusted or not _is_in(client[0], trusted):
        return scope
    seen = dict(scope)
    hops = _all(scope, b"x-forwarded-for")
    while hops:
        address = hops.pop()
        if not _is_address(address):
            break
        seen["client"] = (address, 0)
        if not _is_in(address, trusted):
            break
    schemes = _all(scope, b"x-forwarded-proto")
    if schemes:
        seen["scheme"] = _SECURE.get((scope["scheme"], schemes[-1].lower()), scope["scheme"])
    hosts = _all(scope, b"x-forwarded-host")
    if hosts:
        others = [pair for pair in scope["headers"] if pair[0] != b"host"]
        seen["headers"] = [(b"host", hosts[-1].encode("latin-1")), *others]
    return seen


def _all(scope: Scope, name: bytes) -> list[str]:
    """Every value of a header that is a list; the last was added by the proxy that we trust."""
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return [part.strip() for part in ",".join(values).split(",") if part.strip()]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(text: str, trusted: tuple[Network, ...]) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in trusted)
