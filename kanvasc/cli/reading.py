"""Programs from files and from standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from kanvasc.cli.exits import UsageError
from kanvasc.link import Sources, Unreadable
from kanvasc.link.reader import LARGEST, SUFFIX, raw, text_of
from kanvasc.pipeline import Compilation
from kanvasc.source import Source

STDIN = "<stdin>"
"""What standard input is called when nothing else is said."""


def read(path: str, *, stdin_filename: str = STDIN) -> Source:
    """The program at `path`, or on standard input for `-`.

    Raises UsageError when it cannot be read. Bytes that are no UTF-8 become U+FFFD, which the
    scanner reports where it stands.
    """
    return Source(stdin_filename if path == "-" else path, text_of(content_of(path)))


def content_of(path: str) -> bytes:
    """The bytes of the file at `path`, or of standard input for `-`; UsageError as for `read`."""
    if path == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        return raw(path)
    except Unreadable as problem:
        raise UsageError(f"cannot read {path}: {problem}") from None


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


def compilations(sources: Sequence[Source]) -> list[Compilation]:
    """The programs that files are: each file that no other one of them uses, with those it uses.

    Of files that use each other in a circle the first one counts. No file is parsed twice.
    """
    shared = Sources()
    for source in sources:
        shared.put(source)
    made = [Compilation(source, shared) for source in sources]
    used = {id(unit.source) for one in made for unit in one.units[1:]}
    found: list[Compilation] = []
    covered: set[int] = set()
    # First those that nobody uses; what is not covered then is a circle.
    for one in sorted(made, key=lambda one: id(one.source) in used):
        if id(one.source) not in covered:
            found.append(one)
            covered |= {id(unit.source) for unit in one.units}
    return found
