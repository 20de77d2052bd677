"""Hosts of http steps: what a url names, what a permission names, and whether the one covers the
other. The runtime judges each request again, by the same rules."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address

from kanvasc.records import dataclass

PORTS = {"https": 443, "http": 80}
_AUTHORITY = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)")
_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[0-9]{1,5}")
_AMBIGUOUS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")


class NoHost(ValueError):
    """The text names no host; its message says why."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where requests go. `host` is in lower case; in a permission it may be `*.example.com`."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        """As a permission names it: https on port 443 goes without saying."""
        if self.scheme == "https" and self.port == 443:
            return self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"


def of_url(text: str) -> Origin:
    """The origin of a url whose authority is all there. Raises NoHost."""
    if _AMBIGUOUS.search(text):
        raise NoHost("a url has no blanks, backslashes or control characters in it")
    match = _AUTHORITY.match(text)
    if match is None:
        raise NoHost('a url begins with "https://" and a host')
    return _origin(match["scheme"].lower(), match["authority"])


def of_permission(target: str) -> Origin:
    """What `http "…"` names: a host, with scheme and port where they are written. Raises NoHost."""
    if "://" not in target:
        target = f"https://{target}"
    match = _AUTHORITY.fullmatch(target)
    if match is None:
        raise NoHost("a permission names a host, without a path")
    host = match["authority"]
    if host.startswith("*."):
        inner = _origin(match["scheme"].lower(), host[2:])
        return Origin(inner.scheme, f"*.{inner.host}", inner.port)
    return _origin(match["scheme"].lower(), host)


def _origin(scheme: str, authority: str) -> Origin:
    if scheme not in PORTS:
        raise NoHost('it must begin with "https://" or "http://"')
    if "@" in authority:
        raise NoHost("a url holds no user name and no password")
    host, port = authority, str(PORTS[scheme])
    if not authority.endswith("]") and ":" in authority:
        host, _, port = authority.rpartition(":")
    if not _PORT.fullmatch(port) or not 0 < int(port) < 65536:
        raise NoHost("a port is a number from 1 to 65535")
    return Origin(scheme, _host(host.lower()), int(port))


def _host(host: str) -> str:
    """The name, or the address in its one spelling: 127.1 is an address to some readers only."""
    if not host:
        raise NoHost("the host is missing")
    if not host.isascii():
        raise NoHost('the host is not in ASCII: write its "xn--" form')
    try:
        if host.startswith("["):
            return f"[{IPv6Address(host[1:-1]).compressed}]"
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return str(IPv4Address(host))
    except ValueError:
        raise NoHost("this is no address") from None
    if not _NAME.fullmatch(host):
        raise NoHost("this is no name of a host")
    return host


def covers(granted: str | None, wanted: str | None) -> bool:
    """Whether a permission for `granted` holds for `wanted`, both as a permission names them.

    None stands for every host. A malformed one is reported where it stands, and covers all: what
    it was to grant is not missing as well.
    """
    if granted is None or granted == wanted:
        return True
    if wanted is None:
        return False
    try:
        ours, theirs = of_permission(granted), of_permission(wanted)
    except NoHost:
        return True
    if (ours.scheme, ours.port) != (theirs.scheme, theirs.port):
        return False
    return _means(ours.host, theirs.host)


def forbids(denied: str | None, wanted: str | None) -> bool:
    """Whether `not allowed to` for `denied` rules `wanted` out: a bare host is ruled out whole,
    else another port would be the way around it."""
    if denied is None or denied == wanted:
        return True
    if wanted is None:
        return False
    try:
        ours, theirs = of_permission(denied), of_permission(wanted)
    except NoHost:
        return False
    exact = "://" in denied or (":" in denied and not denied.endswith("]"))
    same = (ours.scheme, ours.port) == (theirs.scheme, theirs.port)
    return (same or not exact) and _means(ours.host, theirs.host)


def _means(granted: str, host: str) -> bool:
    if not granted.startswith("*."):
        return granted == host
    return host == granted or host.endswith(granted[1:])
