"""Where the records are that somebody wants to read: a data directory, or a database."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from kanvas_runtime.ledger.postgres.address import VARIABLE, Address
from kanvas_runtime.usage import Unusable, add_data_directory, data_directory

Source: TypeAlias = Path | Address


def chosen(environment: Mapping[str, str]) -> Address | None:
    """The database that the environment names. Raises `ValueError`, in words for the operator."""
    url = environment.get(VARIABLE, "").strip()
    return Address(url) if url else None


def add_source(parser: argparse.ArgumentParser) -> None:
    """The options of a command that reads records."""
    add_data_directory(parser)
    help_ = f"a ledger in Postgres (default: {VARIABLE}, which is the place for a password)"
    parser.add_argument("--ledger", metavar="URL", help=help_)


def source(options: argparse.Namespace) -> Source:
    """What the command is about; told on stderr. A directory that was named comes before the
    environment. Raises `Unusable`."""
    try:
        address = Address(options.ledger) if options.ledger else None
        if address is None and options.data_dir is None:
            address = chosen(os.environ)
    except ValueError as error:
        raise Unusable(str(error)) from None
    if address is None:
        return data_directory(options)
    print(f"ledger: {address}", file=sys.stderr)
    return address
