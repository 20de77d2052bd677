"""The one file that knows asyncpg: a session, and what its errors mean for an operator."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from kanvas_runtime.ledger.postgres.address import VARIABLE, Address

CONNECT = 10.0
"""Seconds until a database has let us in."""
ANSWER = 10.0
"""Seconds until a statement is carried out; a database that takes longer is as good as gone."""
OLDEST = 13

_WATCH = {
    "application_name": "kanvas ledger",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""A host that is gone without a word is found out by the database, too: within half a minute it
ends the session, and with it the lease of a chain."""

T = TypeVar("T")


class DatabaseFailed(Exception):
    """The database did not do what it was asked. Of a statement that was sent nobody knows whether
    it was carried out. The message says what to do, and no password."""


class Session:
    """A connection. After an error it is of no use any more."""

    def __init__(self, connection: Any, address: Address) -> None:
        self._connection = connection
        self._address = address

    async def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query finds."""
        found = await self._asked(self._connection.fetch(statement, *values, timeout=ANSWER))
        return [tuple(row) for row in found]

    async def row(self, statement: str, *values: object) -> tuple[Any, ...] | None:
        """The first of them."""
        rows = await self.rows(statement, *values)
        return rows[0] if rows else None

    async def value(self, statement: str, *values: object) -> Any:
        """The first column of the first of them; None when there are none."""
        row = await self.row(statement, *values)
        return row[0] if row else None

    async def changed(self, statement: str, *values: object) -> int:
        """How many rows a statement has inserted, changed or deleted."""
        work = self._connection.execute(statement, *values, timeout=ANSWER)
        status: str = await self._asked(work)
        return int(status.rpartition(" ")[2])

    async def script(self, statements: str) -> None:
        """Several statements without values: one transaction."""
        await self._asked(self._connection.execute(statements, timeout=ANSWER))

    def on_end(self, call: Callable[[], None]) -> None:
        """Have it called when the connection is no more, whoever ended it."""
        self._connection.add_termination_listener(lambda _: call())

    @property
    def is_primary(self) -> bool:
        """Whether the database says that it can be written to."""
        settings = self._connection.get_settings()
        return str(getattr(settings, "in_hot_standby", "off")) != "on"

    async def close(self) -> None:
        """Take leave."""
        try:
            await self._connection.close(timeout=ANSWER)
        except Exception:
            self.terminate()

    def terminate(self) -> None:
        """Drop the connection, whatever is going on."""
        self._connection.terminate()

    async def _asked(self, work: Awaitable[T]) -> T:
        try:
            return await work
        except _errors() as error:
            self.terminate()
            raise DatabaseFailed(meaning(error, self._address)) from error


async def connect(address: Address, settings: Mapping[str, str] | None = None) -> Session:
    """A session with these settings of Postgres. Raises `DatabaseFailed`."""
    try:
        import asyncpg
    except ModuleNotFoundError:
        raise DatabaseFailed(
            f"{VARIABLE} needs one more package: pip install 'kanvas-runtime[postgres]'"
        ) from None
    wanted = {**_WATCH, **(settings or {})}
    mine = {name: value for name, value in wanted.items() if address.option(name) is None}
    try:
        connection = await asyncpg.connect(address.url, timeout=CONNECT, server_settings=mine)
    except _errors() as error:
        raise DatabaseFailed(meaning(error, address)) from error
    session = Session(connection, address)
    if connection.get_server_version().major < OLDEST:
        version = connection.get_server_version().major
        await session.close()
        raise DatabaseFailed(f"{address} is Postgres {version}, and {OLDEST} is the oldest for us")
    return session


async def connect_to_write(address: Address) -> Session:
    """A session with the server that takes writes, of those that the address names."""
    session = await connect(address)
    if not session.is_primary or await session.value("SELECT pg_is_in_recovery()"):
        await session.close()
        raise DatabaseFailed(
            f"{address} is a standby, which cannot be written: name the primary, or all hosts with"
            " commas and ?target_session_attrs=primary"
        )
    return session


def meaning(error: BaseException, address: Address) -> str:
    """What an error of the library or the system says, and what to do about it."""
    import asyncpg

    told = address.masked(str(error).strip() or type(error).__name__)
    user = address.user or os.environ.get("PGUSER") or "the user"
    match error:
        case asyncpg.InvalidAuthorizationSpecificationError():
            remedy = f"it does not let {user} in: look at user and password in {VARIABLE}"
        case asyncpg.InvalidCatalogNameError():
            remedy = "make it (`createdb`), or name another one"
        case asyncpg.InsufficientPrivilegeError():
            remedy = f"{user} needs more rights there: docs/ledger.md lists them"
        case asyncpg.ClientConfigurationError():
            return f"{VARIABLE} makes no sense: {told}"
        case asyncpg.PostgresError():
            remedy = ""
        case asyncpg.InterfaceError():
            remedy = "the connection is gone"
        case TimeoutError():
            return f"{address} does not answer within {ANSWER:.0f} seconds"
        case _:
            remedy = f"no Postgres can be reached there: start it, or correct {VARIABLE}"
    return f"{address}: {told}" + (f" ({remedy})" if remedy else "")


def _errors() -> tuple[type[BaseException], ...]:
    """`asyncpg` raises what is wrong with an address as a `ValueError`, too."""
    import asyncpg

    return (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError)
