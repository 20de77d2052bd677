"""`kanvasc contract`: what a program promises, written out, and compared with what it promised."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from kanvasc.cli.compiling import compiled
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.contract.change import Change
from kanvasc.contract.compare import compare
from kanvasc.contract.promises import NoContract, Promises, of_files, of_program
from kanvasc.diagnostics.text import plural
from kanvasc.emit.contracts import document

app = typer.Typer(
    help="Print the contract of a program, or what changed in it.", no_args_is_help=True
)

Program = Annotated[str, typer.Argument(help="The program, a .kanvas file.")]
Side = Annotated[
    str, typer.Argument(help="A .kanvas file, an asyncapi.json, a schema, or a built folder.")
]


@app.command()
def asyncapi(program: Program) -> int:
    """Print the AsyncAPI document of its sockets."""
    return _print(program, "asyncapi")


@app.command()
def openapi(program: Program) -> int:
    """Print the OpenAPI document of its endpoints."""
    return _print(program, "openapi")


@app.command()
def jsonschema(
    program: Program,
    machine: Annotated[str | None, typer.Option(help="Only this machine's schema.")] = None,
) -> int:
    """Print the JSON Schemas of what its machines accept and answer."""
    return _print(program, "jsonschema", machine)


def _print(program: str, kind: str, machine: str | None = None) -> int:
    compilation = compiled(program)
    if compilation is None:
        return Exit.PROBLEMS
    known = [each.name for each in compilation.program.machines]
    if machine is not None and machine not in known:
        raise UsageError(f"{program} has no machine {machine!r}; it has {', '.join(known)}")
    typer.echo(document(kind, compilation.plan.name, compilation.program, machine), nl=False)
    return Exit.CLEAN


@app.command()
def diff(
    old: Side,
    new: Side,
    format: Annotated[
        Literal["text", "json"], typer.Option("--format", help="For people, or for tools.")
    ] = "text",
) -> int:
    """Say what changed for clients; the exit code is 1 when something breaks them."""
    before, after = _promises(old), _promises(new)
    if before is None or after is None:
        return Exit.PROBLEMS
    changes = compare(before, after)
    breaking = [change for change in changes if change.breaking]
    other = [change for change in changes if not change.breaking]
    if format == "json":
        told = {"schema": 1, "breaking": _listed(breaking), "other": _listed(other)}
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        for title, each in (("breaking", breaking), ("other", other)):
            if each:
                typer.echo("\n".join((title, *(f"  {change.shown}" for change in each))))
        counted = f"{plural(len(breaking), 'breaking change')}, {len(other)} other"
        typer.echo(counted if changes else "no changes", err=True)
    return Exit.PROBLEMS if breaking else Exit.CLEAN


def _listed(changes: list[Change]) -> list[dict[str, str]]:
    return [{"where": change.where, "what": change.what} for change in changes]


def _promises(path: str) -> Promises | None:
    """None for a program with errors, which are then printed."""
    if path == "-" or path.endswith(".kanvas"):
        compilation = compiled(path)
        return None if compilation is None else of_program(compilation.program)
    try:
        return of_files(Path(path))
    except NoContract as problem:
        raise UsageError(str(problem)) from None
    except OSError as fault:
        raise UsageError(f"cannot read {fault.filename or path}: {fault.strerror}") from None
