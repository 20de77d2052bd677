"""Programs from files and from standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from kanvasc.cli.exits import UsageError
from kanvasc.source import Source

LARGEST = 16 * 1024 * 1024
"""Bytes; a program is written by people, so anything larger is a mistake in the file name."""


def read(path: str, *, stdin_filename: str = "<stdin>") -> Source:
    """The program at `path`, or on standard input for `-`.

    Raises UsageError when it cannot be read. Bytes that are no UTF-8 become U+FFFD, which the
    scanner reports where it stands.
    """
    if path == "-":
        return Source(stdin_filename, text_of(sys.stdin.buffer.read(LARGEST + 1)))
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise UsageError(f"cannot read {path}: {reason}") from None
    if len(content) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST // 1024 // 1024} MB: is it a program?")
    return Source(path, text_of(content))


def text_of(content: bytes) -> str:
    """Line ends become `\\n`; a byte order mark is not part of the text."""
    text = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    return text.replace("\r\n", "\n")


def programs(paths: list[str]) -> list[str]:
    """The files that `paths` name: a directory stands for the `.kanvas` files in it, sorted."""
    found: list[str] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            inside = sorted(str(file) for file in Path(path).rglob("*.kanvas") if file.is_file())
            if not inside:
                raise UsageError(f"there is no .kanvas file in {path}")
            found.extend(inside)
        else:
            found.append(path)
    return list(dict.fromkeys(found))
