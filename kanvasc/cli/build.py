"""`kanvasc build`: a program becomes a folder that runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kanvasc.cli.clients import built_clients
from kanvasc.cli.compiling import compiled
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.output import Output, OutputProblem
from kanvasc.diagnostics.text import plural


def build(
    program: Annotated[str, typer.Argument(help="The program, a .kanvas file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder to write.")] = Path(
        "out"
    ),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; say whether the folder is current.")
    ] = False,
    clients: Annotated[
        bool, typer.Option("--clients", help="Write clients too, for TypeScript and Python.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite files that were changed by hand.")
    ] = False,
) -> int:
    """Check a program and write the app that serves it."""
    compilation = compiled(program)
    if compilation is None:
        return Exit.PROBLEMS
    files = compilation.files
    if clients:
        files = {**files, **built_clients(compilation)}
    folder = Output(output, files, compilation.plan.program)
    try:
        if check:
            return _check(folder, output)
        written, deleted = folder.write(force=force)
    except OutputProblem as problem:
        raise UsageError(str(problem)) from None
    parts = [f"{plural(written, 'file')} written" if written else "nothing to write"]
    if deleted:
        parts.append(f"{deleted} removed")
    typer.echo(f"{output}: {', '.join(parts)}", err=True)
    return Exit.CLEAN


def _check(folder: Output, output: Path) -> int:
    stale = folder.stale()
    for path in stale:
        typer.echo(f"{output / path} is not current", err=True)
    if not stale:
        typer.echo(f"{output} is current", err=True)
    return Exit.PROBLEMS if stale else Exit.CLEAN
