"""`ledger archive`."""

from __future__ import annotations

import argparse
import sqlite3

from kanvas_runtime.ledger.archive import Archived, archive
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.ledger.postgres.address import Address
from kanvas_runtime.ledger.questions import Commands, instant_option
from kanvas_runtime.ledger.reader import NoLedger
from kanvas_runtime.ledger.source import add_source, source
from kanvas_runtime.usage import Unusable, data_directory


def add(commands: Commands) -> None:
    """Add it to the family."""
    command = commands.add_parser("archive", help="take sealed segments out of the table")
    command.add_argument(
        "--before",
        type=instant_option,
        metavar="T",
        required=True,
        help="those that ended before: 30d, a date …",
    )
    command.add_argument("--delete", action="store_true", help="do not keep them in a file")
    command.set_defaults(command=_archive)
    add_source(command)


def _archive(options: argparse.Namespace) -> int:
    place, keep = source(options), not options.delete
    found = False
    try:
        if isinstance(place, Address):
            from kanvas_runtime.ledger.postgres.archive import archive_all

            directory = data_directory(options)
            for chain, done in archive_all(place, directory, options.before, keep=keep):
                _tell(done, chain)
                found = True
        else:
            if not (place / DATABASE).is_file():
                raise Unusable(f"there is no ledger in {place}")
            one = archive(place, options.before, keep=keep)
            if one is not None:
                _tell(one)
                found = True
    except (LedgerUnavailable, NoLedger, OSError, sqlite3.Error) as error:
        raise Unusable(str(error)) from error
    if not found:
        print(f"nothing to archive: no segment was sealed that ended before {options.before}")
    return 0


def _tell(done: Archived, chain: str = "") -> None:
    of_chain, prefix = (f" of {chain}", f"{chain}:") if chain else ("", "")
    where = f"are in {done.file}" if done.file else "were deleted"
    print(f"records {done.first} to {done.seal.seq}{of_chain} {where}")
    print(f"keep this seal: {prefix}{done.seal.seq}:{done.seal.hash}")
    print("`ledger verify --seal` with it accepts that they are not in the table any more")
