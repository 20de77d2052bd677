"""URLs, read strictly: what two readers could take for two different hosts is refused.

The forms are RFC 3986's, the hosts' letters UTS 46's. Messages never hold any part of the URL,
where secrets may stand.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

Address: TypeAlias = IPv4Address | IPv6Address

_PORTS = {"http": 80, "https": 443}
_LONGEST = 2**16
_LONGEST_HOST = 253

_AMBIGUOUS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\\\ud800-\udfff]")
_URL = re.compile(r"([A-Za-z]+)://([^/?#]*)([^?#]*)(\?[^#]*)?(?:#.*)?")
_AUTHORITY = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SENT_AS_IT_IS = "/?:@!$&'()*+,;=-._~%[]"


class Origin(NamedTuple):
    """Scheme, host and port (RFC 6454). A host is lowercase ASCII, or an address without `[]`."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """What the header Host says: the port only when it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


class Url(NamedTuple):
    """`target` is the path with the query, in ASCII, as a request line has it."""

    origin: Origin
    target: str


def parse_url(text: str) -> Url:
    """Read an absolute http or https URL.

    Raises:
        ValueError: with a sentence that holds nothing of the text.
    """
    if len(text) > _LONGEST:
        raise ValueError(f"the url is longer than {_LONGEST} characters")
    if _AMBIGUOUS.search(text):
        raise ValueError("the url has a blank, a backslash or a control character in it")
    parts = _URL.fullmatch(text)
    if parts is None or parts[1].lower() not in _PORTS:
        raise ValueError("the url does not begin with http:// or https://")
    target = quote((parts[3] or "/") + (parts[4] or ""), safe=_SENT_AS_IT_IS)
    return Url(_origin(parts[1].lower(), parts[2]), target)


def literal(host: str) -> Address | None:
    """The address that a parsed host is; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _origin(scheme: str, authority: str) -> Origin:
    if "@" in authority:
        raise ValueError("the url has a user name in it; credentials belong into a header")
    parts = _AUTHORITY.fullmatch(authority)
    if parts is None:
        raise ValueError("the url has no host, or a port that is none")
    port = int(parts[3]) if parts[3] else _PORTS[scheme]
    if not 0 < port < 2**16:
        raise ValueError("the url has a port that is none")
    return Origin(scheme, _ipv6(parts[1]) if parts[1] else _host(parts[2]), port)


def _ipv6(text: str) -> str:
    try:
        return IPv6Address(text).compressed
    except ValueError:
        raise ValueError("the url's host is no IPv6 address") from None


def _host(text: str) -> str:
    host = text.lower() if text.isascii() else _mapped(text)
    labels = host.split(".")
    if len(host) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("the url's host is no name")
    # 127.1, 2130706433 and 0x7f.0.0.1 are addresses to some readers, and names to others.
    return _ipv4(host) if _NUMBER.fullmatch(labels[-1]) else host


def _mapped(text: str) -> str:
    """Letters beyond ASCII become what is looked up for them (UTS 46, RFC 5891)."""
    import idna

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    except UnicodeError:
        raise ValueError("the url's host is no name") from None


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except ValueError:
        raise ValueError("the url's host is no IPv4 address of four decimal parts") from None
