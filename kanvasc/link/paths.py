"""What a `uses` line may say, and what to do about one that leads nowhere."""

from __future__ import annotations

import os
import posixpath
import re

from kanvasc.diagnostics import Diagnostic, Edit, Fix, report
from kanvasc.link.reader import SUFFIX, NoFile, Reader, Unreadable
from kanvasc.names import closest
from kanvasc.source import Source
from kanvasc.syntax import tree

_DRIVE = re.compile(r"[A-Za-z]:")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


def wrong_path(source: Source, literal: tree.TextLit, reader: Reader) -> Diagnostic | None:
    """The finding about a path that no file can have here; None for one that may be read."""
    text = literal.plain
    if text is None:
        return report(
            "K1051",
            literal.span,
            "The path of a file holds no values",
            why="Which files a program has is known before anything runs.",
            help="write the path out, without `${…}`",
        )
    if not text.strip():
        return _no_path(literal, "This names no file", 'write its path: `"prices.kanvas"`')
    if _ADDRESS.match(text) and not _DRIVE.match(text):
        title = "A program is made of files that are here"
        return _no_path(literal, title, "put the file beside this one, and name it by its path")
    if text.startswith(("/", "~", "\\")) or _DRIVE.match(text):
        return _absolute(source, literal, text, reader)
    if "\\" in text:
        meant = text.replace("\\", "/")
        title = "Folders are parted by `/`, on every system"
        return _no_path(literal, title, f"write `{_quoted(meant)}`", meant)
    if not text.endswith(SUFFIX):
        return _no_program(source, literal, text, reader)
    return None


def _no_path(literal: tree.TextLit, title: str, help_: str, meant: str | None = None) -> Diagnostic:
    fixes: tuple[Fix, ...] = ()
    if meant is not None:
        edit = Edit(literal.span, _quoted(meant))
        fixes = (Fix(f"Write {edit.text}", (edit,), safe=False),)
    return report("K1051", literal.span, title, help=help_, fixes=fixes)


def _absolute(source: Source, literal: tree.TextLit, text: str, reader: Reader) -> Diagnostic:
    """With the fix, where there is such a file on this disk."""
    there = os.path.expanduser(text)
    title = "The path of a file begins where this file is"
    if os.path.basename(there) not in reader.names(os.path.dirname(there)):
        return _no_path(literal, title, 'write it so: `"../common/prices.kanvas"`')
    here = os.path.dirname(os.path.abspath(source.path))
    meant = os.path.relpath(there, here).replace(os.sep, "/")
    return _no_path(literal, title, f"write `{_quoted(meant)}`", meant)


def _no_program(source: Source, literal: tree.TextLit, text: str, reader: Reader) -> Diagnostic:
    """A name with another ending, or none: perhaps that of a program all the same."""
    folder, name = posixpath.split(text)
    there = reader.names(os.path.join(os.path.dirname(source.path), folder))
    candidates = (f"{name}{SUFFIX}", f"{posixpath.splitext(name)[0]}{SUFFIX}")
    near = next((one for one in candidates if one in there), None)
    title = f"`{text}` is not the name of a program"
    if near is None:
        return _no_path(literal, title, f"name a file that ends in `{SUFFIX}`")
    meant = posixpath.join(folder, near)
    return _no_path(literal, title, f"write `{_quoted(meant)}`", meant)


def not_readable(
    source: Source, literal: tree.TextLit, reader: Reader, problem: Unreadable
) -> Diagnostic:
    """The finding about a path that is well formed, and where no file could be read."""
    text = literal.plain or ""
    if isinstance(problem, NoFile):
        return _no_file(source, literal, text, reader)
    reason = str(problem)
    return report(
        "K1050",
        literal.span,
        f"The file {_quoted(text)} cannot be read",
        label=reason[:1].lower() + reason[1:],
        help="name a file that can be read, or take the line away",
    )


def _no_file(source: Source, literal: tree.TextLit, text: str, reader: Reader) -> Diagnostic:
    folder, name = posixpath.split(text)
    own = "" if folder else os.path.basename(source.path)
    names = reader.names(os.path.join(os.path.dirname(source.path), folder))
    there = [one for one in names if one != own]
    near = closest(name, there)
    meant = _quoted(posixpath.join(folder, near)) if near else ""
    edit = Edit(literal.span, meant)
    return report(
        "K1050",
        literal.span,
        f"There is no file {_quoted(text)}",
        label=f"looked for in the folder `{folder}`" if folder else "looked for beside this file",
        help=f"did you mean `{meant}`?" if near else _others(folder, there),
        fixes=(Fix(f"Use {meant}", (edit,), safe=False),) if near else (),
    )


def _others(folder: str, there: list[str]) -> str:
    if not there:
        return "there is no other program there: a path begins where this file is"
    listed = ", ".join(f"`{posixpath.join(folder, name)}`" for name in there[:6])
    return f"the programs there: {listed}{', …' if len(there) > 6 else ''}"


def _quoted(text: str) -> str:
    """A path as it stands in a program."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
