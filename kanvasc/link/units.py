"""Which files a program has: the one that was named, and all that it uses, through others too."""

from __future__ import annotations

import os
import posixpath
from pathlib import PurePath

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.link.paths import not_readable, wrong_path
from kanvasc.link.reader import Unreadable
from kanvasc.link.sources import Sources
from kanvasc.records import dataclass, field, replace
from kanvasc.source import Source, Span
from kanvasc.syntax import Parsed, tree
from kanvasc.syntax.doubts import Torn, sound


@dataclass(eq=False, slots=True)
class Use:
    """A `uses` line; `unit` is None when there is no such file, which was said."""

    written: tree.Uses
    unit: Unit | None


@dataclass(eq=False, slots=True)
class Unit:
    """A file of a program. `name` is its path from the folder of the program's first file, with
    `/`; it does not say where that folder is. `torn`: what could not be read of its tree."""

    name: str
    source: Source
    parsed: Parsed
    uses: list[Use] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    torn: tuple[Torn, ...] = ()

    @property
    def file(self) -> tree.File:
        return self.parsed.tree

    @property
    def broken(self) -> bool:
        """Whether something in it could not be read, so that it may hold more than is known."""
        return bool(self.faults)

    @property
    def faults(self) -> tuple[Span, ...]:
        """Where it could not be read."""
        errors = (d for d in self.parsed.diagnostics if d.severity is Severity.ERROR)
        return tuple(error.span for error in errors)

    @property
    def garbled(self) -> bool:
        """Whether its bytes are no text, as in another encoding: no name in it can be made out."""
        return "\ufffd" in self.source.text or "\0" in self.source.text

    def path_to(self, other: Unit) -> str:
        """How a `uses` line of this file names another one."""
        return posixpath.relpath(other.name, posixpath.dirname(self.name) or ".")


def link(source: Source, sources: Sources) -> tuple[Unit, ...]:
    """The files of a program, each once: `source`, then the others as `uses` lines lead to them.

    Files may use each other in a circle: what they declare is known before anything is typed.
    """
    sources.put(source)
    first = Unit(PurePath(source.path).name, source, sources.parsed(source))
    units = {id(source): first}
    open_ = [first]
    while open_:
        unit = open_.pop()
        found = [_used(unit, written, units, sources) for written in unit.file.uses]
        unit.uses = [use for use, _ in found]
        open_.extend(reversed([new for _, new in found if new is not None]))
    return tuple(units.values())


def sound_units(units: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """The same files, in whose trees there is a hole wherever a fault makes a part doubtful; the
    very same ones where nothing is."""
    if not any(unit.parsed.doubts for unit in units):
        return units
    made: dict[int, Unit] = {}
    for unit in units:
        file, torn = sound(unit.source.text, unit.file, unit.parsed.doubts)
        parsed = replace(unit.parsed, tree=file)
        made[id(unit)] = replace(unit, parsed=parsed, torn=torn)
    for unit in made.values():
        unit.uses = [replace(use, unit=made.get(id(use.unit))) for use in unit.uses]
    return tuple(made.values())


def _used(
    unit: Unit, written: tree.Uses, units: dict[int, Unit], sources: Sources
) -> tuple[Use, Unit | None]:
    """A line's file, and whether it is met for the first time."""
    source = _source(unit, written, sources)
    if source is None:
        return Use(written, None), None
    known = units.get(id(source))
    if known is not None:
        return Use(written, known), None
    assert isinstance(written.path, tree.TextLit)
    text = written.path.plain or ""
    name = posixpath.normpath(posixpath.join(posixpath.dirname(unit.name), text))
    new = units[id(source)] = Unit(name, source, sources.parsed(source))
    return Use(written, new), new


def _source(unit: Unit, written: tree.Uses, sources: Sources) -> Source | None:
    """The file of a line; None when there is none, with a finding unless the line is broken."""
    if not isinstance(written.path, tree.TextLit):
        return None
    problem = wrong_path(unit.source, written.path, sources.reader)
    if problem is None:
        text = written.path.plain or ""
        try:
            return sources.get(beside(unit.source.path, text, sources))
        except Unreadable as why:
            problem = not_readable(unit.source, written.path, sources.reader, why)
    if not _is_broken(unit, written):
        unit.diagnostics.append(problem)
    return None


def _is_broken(unit: Unit, written: tree.Uses) -> bool:
    """Whether the line itself could not be read as it stands."""
    start, end = written.span
    return any(
        one.severity is Severity.ERROR and start <= one.span.start <= end
        for one in unit.parsed.diagnostics
    )


def beside(path: str, written: str, sources: Sources) -> str:
    """The path of a file that another one names, as short as it means the same file."""
    joined = os.path.join(os.path.dirname(path), written)
    short = os.path.normpath(joined)
    # Behind a link to a folder, `..` is not the folder that the link stands in.
    return short if sources.reader.key(short) == sources.reader.key(joined) else joined
