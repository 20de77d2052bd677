"""`kanvasc graph`: a program as a picture."""

from __future__ import annotations

from typing import Annotated

import typer

from kanvasc.cli.compiling import compiled
from kanvasc.cli.exits import Exit
from kanvasc.contract.graph import graph as drawn


def graph(
    program: Annotated[str, typer.Argument(help="The program, a .kanvas file.")],
) -> int:
    """Print surfaces, machines, events and capabilities as a Mermaid flowchart."""
    compilation = compiled(program)
    if compilation is None:
        return Exit.PROBLEMS
    typer.echo(drawn(compilation.program), nl=False)
    return Exit.CLEAN
