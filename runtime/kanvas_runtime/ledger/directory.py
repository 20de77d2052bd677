"""The data directory: what is in it, and who may read it (its owner, nobody else)."""

from __future__ import annotations

import os
from pathlib import Path

from kanvas_runtime.ledger.interface import LedgerUnavailable

DATABASE = "ledger.db"
WITNESS = "ledger.head"
LEASED = "ledger.lease"
"""The same for a chain that is elsewhere."""
RESERVE = "ledger.reserve"
KEY = "instance.key"

_KEY_BYTES = 32


def prepare(directory: Path) -> None:
    """Make the directory, mode 0700, unless it is there. Its parents get the usual mode."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir(mode=0o700, exist_ok=True)


def private(path: Path) -> None:
    """Make sure that the file is there and that only its owner can read it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def instance_key(directory: Path, name: str = KEY) -> bytes:
    """The key of this instance's digests, or another of that kind; made at the first start.

    It appears under its name only when it is whole, so a crash leaves no half a key.
    Raises `LedgerUnavailable` when the file is not a key.
    """
    path = directory / name
    if not path.exists():
        replace_private(path, os.urandom(_KEY_BYTES))
    key = path.read_bytes()
    if len(key) != _KEY_BYTES:
        raise LedgerUnavailable(f"{path} is not a key of {_KEY_BYTES} bytes: it was changed")
    return key


def replace_private(path: Path, content: bytes) -> None:
    """Make this the content of the file, all or nothing, for its owner alone."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(file, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(file)
    fresh.replace(path)
    sync(path.parent)


def sync(directory: Path) -> None:
    """Make new, renamed and removed names of the directory durable (fsync(2), its notes)."""
    file = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
