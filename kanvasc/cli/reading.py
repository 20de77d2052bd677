"""Programs from files and from standard input."""

from __future__ import annotations

import glob
import os
import sys
from pathlib import Path

from kanvasc.cli.exits import UsageError
from kanvasc.source import Source

SUFFIX = ".kanvas"
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
    """The files that `paths` name, each once, in the order of the arguments.

    A folder stands for the `.kanvas` files in it and below, sorted; so does a pattern such as
    `services/**`, for shells that leave patterns alone. A file that is named is taken by any name.
    """
    found: dict[str, str] = {}
    for path in paths:
        for file in [path] if path == "-" else _named(path):
            found.setdefault(os.path.realpath(file) if file != "-" else file, file)
    return list(found.values())


def _named(path: str) -> list[str]:
    if Path(path).is_dir():
        inside = _below(Path(path))
        if not inside:
            raise UsageError(f"there is no .kanvas file in {path}")
        return inside
    if glob.has_magic(path) and not Path(path).exists():
        matches = sorted(glob.glob(path, recursive=True))
        inside = [file for match in matches for file in _matched(match)]
        if not inside:
            raise UsageError(f"no .kanvas file fits {path}")
        return inside
    return [path]


def _matched(match: str) -> list[str]:
    if Path(match).is_dir():
        return _below(Path(match))
    return [match] if match.endswith(SUFFIX) else []


def _below(folder: Path) -> list[str]:
    """Hidden folders and installed packages hold copies and caches, not what somebody writes."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "." and name != "node_modules"]
        found += [Path(place, name) for name in files if name.endswith(SUFFIX)]
    return [str(file) for file in sorted(found) if file.name != SUFFIX and file.is_file()]
