"""`kanvasc mcp`: the machines of a program as tools, for a client that starts this command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kanvasc.cli.compiling import compiled
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.output import Output, OutputProblem
from kanvasc.cli.run import cache_folder, environment, serve


def mcp(
    program: Annotated[str, typer.Argument(help="The program, a .kanvas file.")],
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Answer every outside step as the program assumes.")
    ] = False,
) -> int:
    """Offer the machines of a program as MCP tools over standard input and output."""
    compilation = compiled(program)
    if compilation is None:
        return Exit.PROBLEMS
    folder = cache_folder(Path(program), "mcp")
    try:
        Output(folder, compilation.files, compilation.plan.program).write(force=True)
    except OutputProblem as problem:
        raise UsageError(str(problem)) from None
    command = [sys.executable, "app.py", "--mcp", *(["--simulate"] if simulate else [])]
    return serve(command, folder, environment(program))
