"""Where a host is, and whether a step may go there.

A name is looked up once, every address that comes back is judged, and the caller connects to one
of these and to no other: what the name means a moment later does not matter (DNS rebinding).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.outside.url import Address, Origin, literal

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port → addresses as text. Raises `OSError` when there are none."""


class Kind(Enum):
    """What an address is good for."""

    PUBLIC = "anybody's"
    SITE = "this machine's or this network's"
    NONE = "nobody's: link-local, multicast, reserved, documentation, unspecified"


_SITE_4 = tuple(
    map(
        IPv4Network,
        ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
    )
)
_SITE_6 = tuple(map(IPv6Network, ("::1/128", "fc00::/7")))
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_NOT_PUBLIC_4 = tuple(map(IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
_NOT_PUBLIC_6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "3fff::/20")))
"""IANA's registries of special-purpose addresses, where the standard library's are older."""


def kind_of(address: Address) -> Kind:
    """An IPv6 address that carries an IPv4 address is what that one is."""
    if isinstance(address, IPv6Address):
        inner = _carried(address)
        return _kind_6(address) if inner is None else kind_of(inner)
    if any(address in network for network in _SITE_4):
        return Kind.SITE
    special = address.is_multicast or any(address in network for network in _NOT_PUBLIC_4)
    return Kind.PUBLIC if address.is_global and not special else Kind.NONE


def _kind_6(address: IPv6Address) -> Kind:
    if any(address in network for network in _SITE_6):
        return Kind.SITE
    special = any(address in network for network in _NOT_PUBLIC_6)
    public = address.is_global and address in _GLOBAL_UNICAST and not special
    return Kind.PUBLIC if public else Kind.NONE


def _carried(address: IPv6Address) -> IPv4Address | None:
    """Mapped (RFC 4291), 6to4 (RFC 3056) and NAT64 (RFC 6052) addresses."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


async def resolve(host: str, port: int) -> Sequence[str]:
    """The system's answer. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def checked(origin: Origin, located: bool, resolve: Resolve) -> tuple[str, ...]:
    """The addresses of a host to connect to, in the resolver's order.

    `located`: a permission says exactly where the host is, so it may be an address of this site.

    Raises:
        StepFailure: `denied` when one of them may not be connected to, `http` when there is none.
    """
    address = literal(origin.host)
    if address is not None and located:
        return (str(address),)
    found = [address] if address is not None else await _found(origin, resolve)
    admitted = {Kind.PUBLIC, Kind.SITE} if located else {Kind.PUBLIC}
    if not all(kind_of(each) in admitted for each in found):
        raise StepFailure("denied", _NOT_PUBLIC.format(origin.host, origin))
    return tuple(dict.fromkeys(map(str, found)))


async def _found(origin: Origin, resolve: Resolve) -> list[Address]:
    try:
        found = [ip_address(text) for text in await resolve(origin.host, origin.port)]
    except OSError:
        found = []
    if not found:
        raise StepFailure("http", f"there is no host {origin.host}")
    return found


_NOT_PUBLIC = (
    "{} is not at a public address; a host of this machine or network is allowed"
    ' only with its scheme and port, as in `http "{}"`'
)
