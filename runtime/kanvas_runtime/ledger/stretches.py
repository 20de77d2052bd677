"""A long chain is checked by several processes, each some stretches of it.

Every stretch begins with the hash that the table has of the record before it. That this is the
right one shows when the stretch before it ends there: so joined, all of it is one chain.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from kanvas_runtime.ledger.reader import NoLedger, reading
from kanvas_runtime.ledger.record import Head
from kanvas_runtime.ledger.records import Records

LENGTH = 25_000
"""Records in a stretch."""


class Stretch(NamedTuple):
    """The records behind `after`, up to `last`."""

    after: int
    last: int


class Checked(NamedTuple):
    """What was found of one. `head` is where it ended; None: something is wrong in it."""

    began: Head
    chain: str
    head: Head | None
    seals: list[str]


Check = Callable[[Records, Head, Stretch], Checked]
"""Checks one stretch that begins with this head."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Checked).decode


def stretches(records: Records, after: int) -> list[Stretch]:
    """All of a chain but the rest that is shorter than one; none where numbers look odd."""
    found = records.bounds()
    if found is None or found[0] < after:
        return []
    whole = (found[1] - after) // LENGTH
    return [Stretch(after + n * LENGTH, after + (n + 1) * LENGTH) for n in range(whole)]


def check_all(
    directory: Path, head: Head, parts: Sequence[Stretch], check: Check, workers: int
) -> Generator[Checked, None, None]:
    """What was found of each, in their order; ends early where a process could not go on.

    The process may have no other threads: it is copied.
    """
    pipes: list[BinaryIO] = []
    children: list[int] = []
    for number in range(workers):
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            _work(directory, head, parts[number::workers], check, writer)
        os.close(writer)
        children.append(child)
        pipes.append(os.fdopen(reader, "rb"))
    try:
        for place in range(len(parts)):
            line = pipes[place % workers].readline()
            if not line:
                return
            yield _decode(line)
    finally:
        for pipe in pipes:
            pipe.close()  # who still writes is told by that to end
        for child in children:
            os.waitpid(child, 0)


def _work(directory: Path, head: Head, parts: Sequence[Stretch], check: Check, writer: int) -> None:
    """The life of a child. It ends here, without a word: who started it looks at what it said."""
    try:
        with reading(directory) as (records,), os.fdopen(writer, "wb", buffering=0) as told:
            for part in parts:
                began = head if part.after == head.seq else _head_at(records, part.after)
                told.write(_encode(check(records, began, part)) + b"\n")
    except (OSError, sqlite3.Error, NoLedger, LookupError):
        pass
    finally:
        os._exit(0)


def _head_at(records: Records, seq: int) -> Head:
    row = records.at(seq)
    if row is None:
        raise LookupError(seq)
    return Head(row.seq, row.hash)
