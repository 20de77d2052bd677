"""`check --fix` and `check --diff`: programs as their safe fixes leave them."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher, unified_diff
from pathlib import Path

from kanvasc.cli.exits import UsageError
from kanvasc.fixing import Fixed
from kanvasc.source import Source

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


def write(before: Source, fixed: Fixed) -> None:
    """Put a fixed program in its file's place; lines that were not touched keep their ends.

    Raises UsageError when it cannot be written. A file that is no UTF-8 is left alone: what its
    bytes meant is not known.
    """
    path = Path(before.path)
    try:
        content = path.read_bytes()
        text = with_line_ends(content.decode("utf-8"), fixed.source.text)
        path.write_bytes(text.encode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(f"{before.path} is not written in UTF-8, so it is not changed") from None
    except OSError as fault:
        raise UsageError(f"cannot write {before.path}: {fault.strerror or fault}") from None


def with_line_ends(written: str, text: str) -> str:
    """`text`, whose lines end in `\\n`, with the line ends and byte order mark of `written`."""
    mark = "\ufeff" if written.startswith("\ufeff") else ""
    old = written.removeprefix("\ufeff").split("\n")
    if not any(line.endswith("\r") for line in old):
        return mark + text
    usual = "\r" if sum(line.endswith("\r") for line in old) * 2 >= len(old) - 1 else ""
    new = text.split("\n")
    plain = [line.removesuffix("\r") for line in old]
    ends = [usual] * len(new)
    for tag, i, _, j, j_end in SequenceMatcher(a=plain, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            ends[j:j_end] = ["\r" * line.endswith("\r") for line in old[i : i + j_end - j]]
    ends[-1] = "\r" * (old[-1].endswith("\r") and new[-1] != "")
    return mark + "\n".join(line + end for line, end in zip(new, ends, strict=True))


def difference(before: Source, after: Source) -> str:
    """A unified diff; empty when nothing would change."""
    return "".join(_lines(before, after))


def _lines(before: Source, after: Source) -> Iterator[str]:
    old, new = (source.text.splitlines(keepends=True) for source in (before, after))
    for line in unified_diff(old, new, before.path, before.path):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
