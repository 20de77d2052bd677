"""`kanvasc client`: typed clients of a program's sockets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from kanvasc.cli.compiling import compiled
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.output import Output, OutputProblem
from kanvasc.diagnostics.text import plural

if TYPE_CHECKING:
    from kanvasc.emit import Files
    from kanvasc.pipeline import Compilation

PLACES: Final = {"ts": "clients/ts", "python": "clients/python/kanvas_client"}
"""Where a build puts them."""


def client(
    language: Annotated[Literal["ts", "python"], typer.Argument(help="What it is written in.")],
    program: Annotated[str, typer.Argument(help="The program, a .kanvas file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write.")],
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that were changed by hand.")
    ] = False,
) -> int:
    """Write a typed client of a program's sockets."""
    compilation = compiled(program)
    if compilation is None:
        return Exit.PROBLEMS
    sockets = [s for m in compilation.program.machines for s in m.surfaces if s.kind == "websocket"]
    if not sockets:
        raise UsageError(f"{program} has no websocket: clients speak to those only")
    folder = Output(output, _files(compilation, language), compilation.plan.program)
    try:
        written, _ = folder.write(force=force)
    except OutputProblem as problem:
        raise UsageError(str(problem)) from None
    told = f"{plural(written, 'file')} written" if written else "nothing to write"
    typer.echo(f"{output}: {told}", err=True)
    return Exit.CLEAN


def built_clients(compilation: Compilation) -> Files:
    """All of them, where a build puts them."""
    return {
        f"{place}/{name}": content
        for language, place in PLACES.items()
        for name, content in _files(compilation, language).items()
    }


def _files(compilation: Compilation, language: str) -> Files:
    from kanvasc.emit.clients import clients

    return clients(language, compilation.plan.file, compilation.program)
