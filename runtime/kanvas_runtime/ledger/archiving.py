"""`ledger archive`."""

from __future__ import annotations

import argparse
import sqlite3

from kanvas_runtime.ledger.archive import archive
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.ledger.interface import LedgerUnavailable
from kanvas_runtime.ledger.questions import Commands, instant_option
from kanvas_runtime.usage import Unusable, add_data_directory, data_directory


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
    add_data_directory(command)


def _archive(options: argparse.Namespace) -> int:
    directory = data_directory(options)
    if not (directory / DATABASE).is_file():
        raise Unusable(f"there is no ledger in {directory}")
    try:
        done = archive(directory, options.before, keep=not options.delete)
    except (LedgerUnavailable, OSError, sqlite3.Error) as error:
        raise Unusable(str(error)) from error
    if done is None:
        print(f"nothing to archive: no segment was sealed that ended before {options.before}")
        return 0
    where = f"are in {done.file}" if done.file else "were deleted"
    print(f"records {done.first} to {done.seal.seq} {where}")
    print(f"keep this seal: {done.seal.seq}:{done.seal.hash}")
    print("`ledger verify --seal` with it accepts that they are not in the table any more")
    return 0
