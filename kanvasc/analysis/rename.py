"""Renaming: every place of a name, and the proof that the program means the same afterwards."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from kanvasc.analysis.analysis import Analysis
from kanvasc.analysis.entities import Kind, Occurrence
from kanvasc.diagnostics import Edit, Severity
from kanvasc.fixing import applied
from kanvasc.link import Reader, Sources

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EVENT = re.compile(r'[^"\\$\s]+')


class NoRename(ValueError):
    """The name cannot be changed; the message says why."""


class Renamed(NamedTuple):
    """The edits in one file."""

    analysis: Analysis
    edits: tuple[Edit, ...]

    @property
    def text(self) -> str:
        return applied(self.analysis.source.text, self.edits)


def renamed(analysis: Analysis, offset: int) -> Occurrence:
    """The name that a rename at `offset` is about. Raises NoRename."""
    found = analysis.index.at(offset)
    if found is None or not found.entity.definitions:
        raise NoRename("nothing here has a name that this program gave")
    return found


def rename(
    analysis: Analysis, offset: int, new: str, others: Iterable[Analysis] = ()
) -> tuple[Renamed, ...]:
    """The edits that give the thing at `offset` another name, in this file and in `others`, which
    are those that may speak of it. Raises NoRename."""
    occurrence = renamed(analysis, offset)
    entity = occurrence.entity
    pattern = _EVENT if entity.kind is Kind.event else _NAME
    if pattern.fullmatch(new) is None:
        raise NoRename(f"`{new}` is no name: letters, digits and `_`, not a digit first")
    changes: list[Renamed] = []
    for one in (analysis, *others):
        edits = tuple(Edit(found.span, new) for found in one.index.of(entity.key))
        if edits:
            changes.append(Renamed(one, edits))
    _prove(changes, entity.name, new)
    return tuple(changes)


def _prove(changes: Sequence[Renamed], old: str, new: str) -> None:
    """No file has more errors than before, and every name means what it meant."""
    for change in changes:
        before = change.analysis
        overlay = _Overlay(before.sources().reader, changes)
        after = before.among(partial(Sources, overlay)).changed(change.text)
        new_faults = _faults(after) - _faults(before)
        if new_faults:
            raise NoRename(
                f"`{old}` cannot become `{new}`: the program would have a new error, "
                f"{next(iter(new_faults))}"
            )
        if len(after.index.occurrences) != len(before.index.occurrences):
            raise NoRename(f"`{new}` already means something else where `{old}` stands")


class _Overlay:
    """The files as they would be afterwards."""

    def __init__(self, reader: Reader, changes: Sequence[Renamed]) -> None:
        self.reader = reader
        self.texts = {reader.key(one.analysis.source.path): one.text for one in changes}

    def read(self, path: str) -> str:
        changed = self.texts.get(self.key(path))
        return self.reader.read(path) if changed is None else changed

    def key(self, path: str) -> str:
        return self.reader.key(path)

    def names(self, folder: str) -> list[str]:
        return self.reader.names(folder)


def _faults(analysis: Analysis) -> Counter[str]:
    errors = (d for d in analysis.diagnostics if d.severity is Severity.ERROR)
    return Counter(found.code for found in errors)
