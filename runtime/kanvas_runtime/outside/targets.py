"""Which hosts the target of an `http` permission means.

`h` is https on port 443 of exactly h, `*.h` its subdomains; a scheme or port counts when written.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct

from kanvas_runtime.outside.url import Origin, literal, parse_url


class HttpTarget(Struct, frozen=True):
    """`below`: subdomains instead of the host itself. `bare`: neither scheme nor port written."""

    origin: Origin
    below: bool
    bare: bool
    scheme_written: bool

    def grants(self, origin: Origin) -> bool:
        """Whether a permission for this target is one for `origin`."""
        return self.origin[::2] == origin[::2] and self._means_host(origin.host)

    def forbids(self, origin: Origin) -> bool:
        """Whether a prohibition of this target is one of `origin`.

        A bare host is forbidden whole: otherwise another port would be the way around it.
        """
        return self._means_host(origin.host) if self.bare else self.grants(origin)

    def locates(self, origin: Origin) -> bool:
        """Whether it says so exactly where `origin` is that it need not be a public address.

        An address does, and so does a name whose scheme is written, as in `http://billing:8080`.
        """
        exact = self.scheme_written or literal(self.origin.host) is not None
        return exact and not self.below and self.grants(origin)

    def _means_host(self, host: str) -> bool:
        if self.below:
            return host.endswith(f".{self.origin.host}")
        return host == self.origin.host


@lru_cache(maxsize=1024)
def read_target(text: str) -> HttpTarget:
    """Read the target of a permission.

    Raises:
        ValueError: it is none; the compiler accepts no such program.
    """
    scheme, written, rest = text.rpartition("://")
    below = rest.startswith("*.")
    url = parse_url(f"{scheme if written else 'https'}://{rest.removeprefix('*.')}")
    if url.target != "/" or (below and literal(url.origin.host) is not None):
        raise ValueError(f"{text!r} is no target of an http permission")
    bare = not written and (":" not in rest or rest.endswith("]"))
    return HttpTarget(url.origin, below, bare, scheme_written=bool(written))
