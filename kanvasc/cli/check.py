"""`kanvasc check`: its options."""

from __future__ import annotations

from typing import Annotated

import typer

from kanvasc.cli.checking import FATAL, Check, Deny, Format
from kanvasc.cli.exits import UsageError
from kanvasc.cli.reading import STDIN
from kanvasc.cli.watching import again


def check(
    files: Annotated[
        list[str] | None, typer.Argument(help="Files, folders, patterns, or - for standard input.")
    ] = None,
    format: Annotated[Format, typer.Option(help="How findings are printed.")] = Format.text,
    fix: Annotated[bool, typer.Option("--fix", help="Make all fixes that are safe.")] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print what --fix would change, and change nothing.")
    ] = False,
    deny: Annotated[
        Deny | None,
        typer.Option(help="Let warnings fail the check, too; `hints`: warnings and hints."),
    ] = None,
    stdin_filename: Annotated[str, typer.Option(help="What to call standard input.")] = STDIN,
    watch: Annotated[bool, typer.Option("--watch", help="Check again after each change.")] = False,
) -> int:
    """Check programs and print what is wrong with them."""
    paths = files or ["."]
    asked = Check(paths, format, FATAL[deny], stdin_filename)
    if watch and (fix or diff):
        raise UsageError("--watch only looks: leave out --fix and --diff")
    if watch:
        return again(paths, asked.print)
    if diff:
        return asked.print_difference()
    return asked.fix() if fix else asked.print()
