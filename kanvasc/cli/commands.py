"""The commands and their options, as typer reads them."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Final

import typer
from typer.exceptions import TyperException

from kanvasc.cli.exits import Exit
from kanvasc.version import VERSION

_COMMANDS: Final = {
    "build": "build.build",
    "check": "check.check",
    "fmt": "fmt.fmt",
    "run": "run.run",
    "dev": "dev.dev",
    "mcp": "mcp.mcp",
    "test": "test.run_tests",
    "explain": "explain.explain",
    "init": "init.init",
    "contract": "contract.app",
    "client": "clients.client",
    "graph": "graph.graph",
    "lsp": "lsp.lsp",
    "ledger": "handed_on.ledger",
    "keys": "handed_on.keys",
    "approvals": "handed_on.approvals",
}
"""Where each is in this package. The order is that of the help."""


def run(arguments: list[str]) -> int:
    """Runs a command line: an exit code. UsageError and what else a command raises go through."""
    app = _app([name for name in _COMMANDS if name in arguments[:1]] or list(_COMMANDS))
    try:
        result = app(arguments, standalone_mode=False)
        return result if isinstance(result, int) else Exit.CLEAN
    except TyperException as wrong:
        _show(wrong)
        return Exit.USAGE
    except typer.Exit as done:
        return done.exit_code
    except typer.Abort:
        return 130


def _app(names: list[str]) -> typer.Typer:
    """The command line with some of the commands: only their modules are loaded."""
    app = typer.Typer(
        name="kanvasc",
        help="Compile machines: contracts, permissions and a ledger for live endpoints.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_options)
    for name in names:
        module, _, function = _COMMANDS[name].partition(".")
        loaded: Any = import_module(f"kanvasc.cli.{module}")
        command = getattr(loaded, function)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name)
        else:
            app.command(name, context_settings=getattr(loaded, "SETTINGS", None))(command)
    return app


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kanvasc {VERSION}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Compile machines: contracts, permissions and a ledger for live endpoints."""


def _show(wrong: TyperException) -> None:
    """What was wrong with the command line, in typer's words, which name the command's usage."""
    show = getattr(wrong, "show", None)
    if show is not None:
        show()
    else:
        typer.echo(f"kanvasc: {wrong.format_message()}", err=True)
