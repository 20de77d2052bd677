"""What can be started from the program's own text: its tests and its surfaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kanvasc.source import Span
from kanvasc.syntax import tree


class TestLens(NamedTuple):
    """`title` is None for all tests of the machine."""

    span: Span
    machine: str
    title: str | None


class SurfaceLens(NamedTuple):
    span: Span
    kind: str
    path: str


def lenses(file: tree.File) -> tuple[TestLens | SurfaceLens, ...]:
    return tuple(lens for machine in file.machines for lens in _of(machine))


def _of(machine: tree.Machine) -> Iterator[TestLens | SurfaceLens]:
    name = machine.name.text
    for section in machine.sections:
        if isinstance(section, tree.Verifies) and section.tests:
            yield TestLens(section.span, name, None)
            for test in section.tests:
                if isinstance(test.title, tree.TextLit) and test.title.plain:
                    yield TestLens(test.span, name, test.title.plain)
        elif isinstance(section, tree.Expresses):
            for surface in section.surfaces:
                path = _path(surface) if isinstance(surface, tree.Surface) else None
                if path is not None and isinstance(surface, tree.Surface):
                    yield SurfaceLens(surface.span, surface.kind.text, path)


def _path(surface: tree.Surface) -> str | None:
    for option in surface.options:
        value = option.values[0] if option.values else None
        if option.name.text == "path" and isinstance(value, tree.TextLit):
            return value.plain
    return None
