"""`kanvasc explain`: what a code means, with a wrong and a right program."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from kanvasc.cli.exits import Exit, UsageError
from kanvasc.cli.terminal import style_of
from kanvasc.pipeline import Compilation
from kanvasc.records import replace


def explain(
    code: Annotated[
        str | None, typer.Argument(help="As findings show it: K1007. Without: all codes.")
    ] = None,
) -> int:
    """Say what a code means, with a wrong and a right program."""
    from kanvasc.diagnostics import explain as explaining

    style = style_of(sys.stdout)
    if code is None:
        typer.echo(explaining.listing(style), nl=False)
        return Exit.CLEAN
    try:
        entry = explaining.entry_of(code)
    except explaining.NoSuchCode as wrong:
        raise UsageError(str(wrong)) from None
    margin = 4
    narrow = replace(
        style,
        width=style.width - margin,
        window=None if style.window is None else style.window - margin,
    )
    said = explaining.explanation(entry, lambda each: Compilation(each).diagnostics, narrow)
    typer.echo(said, nl=False)
    return Exit.CLEAN
