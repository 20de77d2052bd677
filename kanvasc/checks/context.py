"""What a rule may look at."""

from __future__ import annotations

from dataclasses import dataclass

from kanvasc.source import Source
from kanvasc.syntax import tree
from kanvasc.types.program import TypedProgram


@dataclass(frozen=True, slots=True)
class Context:
    source: Source
    file: tree.File
    program: TypedProgram
