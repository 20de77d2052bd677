"""`kanvasc mcp`: the machines of a program as tools, for a client that starts this command."""

from __future__ import annotations

from typing import Annotated

import typer

from kanvasc.cli.run import serve


def mcp(
    program: Annotated[str, typer.Argument(help="The program, a .kanvas file.")],
    simulate: Annotated[
        bool, typer.Option("--simulate", help="Answer every outside step as the program assumes.")
    ] = False,
) -> int:
    """Offer the machines of a program as MCP tools over standard input and output."""
    return serve(program, "mcp", ["--mcp"], simulate)
