"""Addresses as operators write them, and what is shown of them."""

from __future__ import annotations

import pytest
from kanvas_runtime.ledger.postgres.address import Address, chosen

SHOWN = [
    ("postgresql://ann:s3cret@db:5432/desk?sslmode=verify-full", "postgresql://ann@db:5432/desk"),
    ("postgres://db/desk", "postgresql://db/desk"),
    ("postgresql://ann@one:1,two:2/desk", "postgresql://ann@one:1,two:2/desk"),
    ("postgresql:///desk?host=/run/pg&password=s3cret", "postgresql:///desk?host=/run/pg"),
    ("postgresql://ann:s3cret@/desk?host=%2Frun%2Fpg", "postgresql://ann@/desk?host=/run/pg"),
    ("postgresql://ann:s%40cret@[::1]/", "postgresql://ann@[::1]/"),
]


@pytest.mark.parametrize(("url", "shown"), SHOWN)
def test_the_password_is_not_shown(url: str, shown: str) -> None:
    address = Address(url)
    assert str(address) == shown
    assert repr(address) == f"Address('{shown}')"
    assert "s3cret" not in f"{address} {address!r}"


def test_what_an_error_says_is_masked() -> None:
    address = Address("postgresql://ann:s%40cret@db/desk?password=tops3cret")
    assert address.masked("s%40cret s@cret tops3cret") == "[password] [password] [password]"
    assert (address.user, address.database) == ("ann", "desk")


@pytest.mark.parametrize("url", ["sqlite:///x", "db/desk", "postgresql:db", "mysql://db/desk"])
def test_another_database_is_none(url: str) -> None:
    with pytest.raises(ValueError, match="KANVAS_LEDGER is the address of a Postgres database"):
        chosen({"KANVAS_LEDGER": url})


def test_nothing_said() -> None:
    assert chosen({}) is None
    assert chosen({"KANVAS_LEDGER": " "}) is None
