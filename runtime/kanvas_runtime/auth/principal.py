"""A caller who has shown who it is."""

from __future__ import annotations

from msgspec import Struct

RUN = "machines:run"
"""The scope that a surface usually asks for, if it asks for one."""


class Principal(Struct, frozen=True):
    """`name` is what `context.principal` and the ledger say.

    `expires`: when its credentials end, in seconds since the epoch. `key` is the id of the API key
    that they came from, `session` that of the sign-in, if they did; neither for a token.
    """

    name: str
    scopes: frozenset[str] = frozenset()
    expires: float | None = None
    key: str | None = None
    session: str | None = None

    def has_expired(self, now: float) -> bool:
        """Whether its credentials have ended."""
        return self.expires is not None and now >= self.expires

    def lacks(self, scopes: tuple[str, ...]) -> str | None:
        """The first scope of these that it does not have."""
        return next((scope for scope in scopes if scope not in self.scopes), None)
