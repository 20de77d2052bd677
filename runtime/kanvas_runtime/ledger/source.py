"""The options by which a command is told where the records are."""

from __future__ import annotations

import argparse
import os
import sys

from kanvas_runtime.ledger.postgres.address import VARIABLE, Address, Source, chosen
from kanvas_runtime.usage import Unusable, add_data_directory, data_directory


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
