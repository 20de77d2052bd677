"""Where the text of a file comes from: the disk, or an editor that has not saved it yet."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

SUFFIX = ".kanvas"
LARGEST = 16 * 1024 * 1024
"""Bytes; a program is written by people, so anything larger is a mistake in the file name."""


class Unreadable(Exception):
    """There is no text at a path; the message says why, without the path."""


class NoFile(Unreadable):
    """There is nothing at all at a path."""


class Reader(Protocol):
    """Reads files by their path. An editor answers for what is open in it, and asks `Disk` for
    the rest."""

    def read(self, path: str) -> str:
        """The text at a path, with `\\n` at the end of lines. Raises NoFile or Unreadable."""

    def key(self, path: str) -> str:
        """What is equal for all paths of one file, whether there is one or not."""

    def names(self, folder: str) -> list[str]:
        """The programs in a folder by name, sorted; none where there is no such folder."""


class Disk:
    """Reads what is saved."""

    def read(self, path: str) -> str:
        # A pipe or a device would keep whoever reads it waiting, or never end.
        if os.path.exists(path) and not os.path.isfile(path):
            raise Unreadable("it is a folder" if os.path.isdir(path) else "it is no file")
        return content(path)

    def key(self, path: str) -> str:
        try:
            return os.path.realpath(path)
        except (OSError, ValueError):
            return path

    def names(self, folder: str) -> list[str]:
        try:
            return sorted(name for name in os.listdir(folder or ".") if name.endswith(SUFFIX))
        except (OSError, ValueError):
            return []


def content(path: str) -> str:
    """The text at a path. Bytes that are no UTF-8 become U+FFFD, which the scanner reports where
    it stands. Raises NoFile or Unreadable."""
    return text_of(raw(path))


def raw(path: str) -> bytes:
    """The bytes at a path. Raises NoFile or Unreadable."""
    try:
        with Path(path).open("rb") as file:
            read = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError) as fault:
        raise NoFile(fault.strerror) from None
    except OSError as fault:
        raise Unreadable(fault.strerror or str(fault)) from None
    except ValueError:
        raise Unreadable("no file can have this name") from None
    if len(read) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST // 1024 // 1024} MB")
    return read


def text_of(content: bytes) -> str:
    """Line ends become `\\n`; a byte order mark is not part of the text."""
    text = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n")
