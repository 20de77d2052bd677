"""Where the database is, as an operator writes it; what is shown of it has no password."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qs, unquote

from msgspec import Struct

SCHEMES = ("postgresql", "postgres")
VARIABLE = "KANVAS_LEDGER"


class Address(Struct, frozen=True):
    """A URL such as `postgresql://user:password@host:5432/database?sslmode=verify-full`.

    As text it is what may be shown. Raises `ValueError` for other URLs, in words for the operator.
    """

    url: str

    def __post_init__(self) -> None:
        if self.url.partition("://")[0] not in SCHEMES or "://" not in self.url:
            raise ValueError(
                f"{VARIABLE} is the address of a Postgres database, such as"
                " postgresql://user@host/database"
            )

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __str__(self) -> str:
        credentials, at, hosts = self._place.rpartition("@")
        user = credentials.partition(":")[0]
        host = "" if hosts else self.option("host") or ""
        return f"postgresql://{user}{at}{hosts}{self._path}{f'?host={host}' if host else ''}"

    @property
    def user(self) -> str:
        """The user whom it names; empty when that is left to the environment."""
        credentials = self._place.rpartition("@")[0]
        return unquote(credentials.partition(":")[0]) or self.option("user") or ""

    @property
    def database(self) -> str:
        """The database that it names; empty as above."""
        return unquote(self._path.strip("/")) or self.option("database") or ""

    def option(self, name: str) -> str | None:
        """What it says behind the question mark."""
        return parse_qs(self.url.partition("?")[2]).get(name, [None])[-1]

    def masked(self, text: str) -> str:
        """The text of an error, without what nobody may read."""
        written = self._place.rpartition("@")[0].partition(":")[2]
        for secret in (written, unquote(written), self.option("password")):
            if secret:
                text = text.replace(secret, "[password]")
        return text

    @property
    def _place(self) -> str:
        return self._rest.partition("/")[0]

    @property
    def _path(self) -> str:
        _, slash, path = self._rest.partition("/")
        return slash + path

    @property
    def _rest(self) -> str:
        return self.url.partition("://")[2].partition("?")[0].partition("#")[0]


Source: TypeAlias = Path | Address
"""Where records are: in a data directory, or in a database."""


def chosen(environment: Mapping[str, str]) -> Address | None:
    """The database that the environment names. Raises `ValueError`, in words for the operator."""
    url = environment.get(VARIABLE, "").strip()
    return Address(url) if url else None
