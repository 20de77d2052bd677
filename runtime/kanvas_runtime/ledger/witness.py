"""A second memory of the chain's head, in a small file beside the table.

It is rewritten after every commit and never waited for: after a crash it may be behind the table,
but it can only be ahead of it when records that were acknowledged are gone. That is how a cut
write-ahead log, a restored backup or deleted last rows are recognised.
"""

from __future__ import annotations

import os
from pathlib import Path

from msgspec import Struct

from kanvas_runtime.ledger.record import NO_HASH, Head


class Testimony(Struct, frozen=True):
    """The chain's id and the last record that was acknowledged."""

    chain: str
    head: Head


class Witness:
    """The file, open for writing."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def remember(self, chain: str, head: Head) -> None:
        """One line of constant length, so that nothing of an older one can stay behind."""
        os.pwrite(self._file, f"{chain} {head.seq:016d} {head.hash}\n".encode(), 0)

    def close(self) -> None:
        """Once."""
        os.close(self._file)


def recall(path: Path) -> Testimony | None:
    """What the file says; None when it cannot be read or understood."""
    try:
        chain, seq, digest = path.read_text("ascii").split()
        number = int(seq)
    except (OSError, ValueError):
        return None
    whole = number > 0 and len(digest) == len(NO_HASH)
    return Testimony(chain, Head(number, digest)) if whole else None
