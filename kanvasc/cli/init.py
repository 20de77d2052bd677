"""`kanvasc init`: a first program, small enough to read at a glance, that runs as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from kanvasc import resources
from kanvasc.cli.exits import Exit, UsageError

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def init(
    name: Annotated[str, typer.Argument(help="The machine's name, in snake_case.")],
) -> int:
    """Write a first program into a new folder."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} is no name for a machine: write it in small letters, digits and _, "
            "beginning with a letter"
        )
    folder = Path(name)
    program = folder / "app.kanvas"
    if program.exists():
        raise UsageError(f"{program} exists; init writes only new programs")
    template = (resources.folder("templates") / "init" / "app.kanvas").read_text(encoding="utf-8")
    try:
        folder.mkdir(exist_ok=True)
        program.write_text(template.replace("NAME", name), encoding="utf-8")
        (folder / ".gitignore").write_text(".kanvas/\nout/\n", encoding="utf-8")
    except OSError as fault:
        raise UsageError(f"cannot write {fault.filename}: {fault.strerror}") from None
    typer.echo(f"{program} written. Now:\n\n  kanvasc run {program} --simulate\n")
    return Exit.CLEAN
