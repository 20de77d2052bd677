"""`kanvasc fmt`: programs in their one canonical layout."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.progress import shown
from kanvasc.cli.reading import STDIN, content_of, programs
from kanvasc.format import Formatted, Unfaithful, format_program
from kanvasc.link.reader import text_of
from kanvasc.source import Source


def fmt(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, or - for standard input.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; name the files that would change.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; print what would change.")
    ] = False,
    stdin_filename: Annotated[str, typer.Option(help="What to call standard input.")] = STDIN,
) -> int:
    """Lay out programs as they should look."""
    run = _Run(check, diff, stdin_filename)
    for path in shown(programs(files or ["."]), "formatting"):
        run.file(path)
    return run.finish()


class _Run:
    """One call of the command, over all its files."""

    def __init__(self, check: bool, diff: bool, stdin_filename: str) -> None:
        self.check = check
        self.diff = diff
        self.stdin_filename = stdin_filename
        self.changed = self.unchanged = 0
        self.bug: Unfaithful | None = None
        self.quiet = False

    def file(self, path: str) -> None:
        name = self.stdin_filename if path == "-" else path
        content = content_of(path)
        try:
            before = content.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise UsageError(f"{name} is not UTF-8 (byte {fault.start})") from None
        source = Source(name, text_of(content))
        try:
            done = format_program(source)
        except Unfaithful as bug:
            # The others can still be laid out; this file is not touched.
            self.bug = self.bug or bug
            done = Formatted(before)
        self._kept(name, done)
        self._write(path, name, before, done.text)

    def _kept(self, name: str, done: Formatted) -> None:
        if done.kept:
            parts = "a part" if done.kept == 1 else f"{done.kept} parts"
            sys.stderr.write(
                f"{name}: {parts} with errors left as written; `kanvasc check` says what is wrong\n"
            )

    def _write(self, path: str, name: str, before: str, after: str) -> None:
        if before == after:
            self.unchanged += 1
        else:
            self.changed += 1
        if self.diff:
            _out("".join(_diff(name, before, after)))
        elif self.check:
            if before != after:
                _out(f"{name}\n")
        elif path == "-":
            self.quiet = True
            _out(after)
        elif before != after:
            _replace(Path(path), after)

    def finish(self) -> int:
        if self.bug is not None:
            raise self.bug
        only_asked = self.check or self.diff
        if not self.quiet:
            sys.stdout.flush()
            sys.stderr.write(self._summary("would change" if only_asked else "formatted"))
        return Exit.PROBLEMS if only_asked and self.changed else Exit.CLEAN

    def _summary(self, done: str) -> str:
        counts = [(self.changed, done), (self.unchanged, "as they should be")]
        said = [f"{_files(count)} {what}" for count, what in counts if count]
        return ", ".join(said).replace("1 file as they", "1 file as it") + "\n"


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _out(text: str) -> None:
    """Bytes, so that no platform changes line ends or letters."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for line in unified_diff(old, new, name, name):
        yield line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"


def _replace(path: Path, text: str) -> None:
    """Atomic: a reader sees the old text or the new one, and the file keeps its mode.

    A link stays a link. Raises UsageError when the file cannot be written.
    """
    target = path.resolve()
    temporary = None
    try:
        if not os.access(target, os.W_OK):
            raise PermissionError(13, os.strerror(13))
        mode = target.stat().st_mode
        with tempfile.NamedTemporaryFile(
            "wb", dir=target.parent, prefix=f".{target.name}.", delete=False
        ) as file:
            temporary = Path(file.name)
            file.write(text.encode("utf-8"))
        temporary.chmod(mode & 0o7777)
        os.replace(temporary, target)
    except OSError as fault:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()
        raise UsageError(f"cannot write {path}: {fault.strerror or fault}") from None
