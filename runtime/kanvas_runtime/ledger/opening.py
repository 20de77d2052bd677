"""The ledger of a process: in its data directory, or in a database that others share."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from kanvas_runtime.ledger.directory import LEASED
from kanvas_runtime.ledger.interface import Journal, Scalar
from kanvas_runtime.ledger.postgres.address import VARIABLE, Address
from kanvas_runtime.ledger.writer import Ledger

_log = logging.getLogger("kanvas_runtime.ledger")


async def open_ledger(
    directory: Path,
    address: Address | None,
    *,
    common: Mapping[str, Scalar] = MappingProxyType({}),
) -> Journal:
    """See `Ledger.open`. With an address the records are there; all else is in the directory."""
    if address is not None:
        from kanvas_runtime.ledger.postgres.ledger import PostgresLedger

        return await PostgresLedger.open(directory, address, common=common)
    if (directory / LEASED).exists():
        _log.warning(
            "the records of %s were kept in Postgres before; %s is not set, so new ones are kept"
            " in the directory",
            directory,
            VARIABLE,
        )
    return await Ledger.open(directory, common=common)
