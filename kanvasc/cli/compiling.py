"""From a file to its built files, or to its findings on standard error."""

from __future__ import annotations

from kanvasc.cli.checking import print_text
from kanvasc.cli.reading import read
from kanvasc.pipeline import Compilation


def compiled(path: str) -> Compilation | None:
    """The compilation of a program, or None when it has errors, which are then printed."""
    compilation = Compilation(read(path))
    if any(found for _, found in compilation.findings):
        print_text(compilation.findings, to_stdout=False)
    return compilation if compilation.ok else None
