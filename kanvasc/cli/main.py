"""`kanvasc`: the commands, and what happens when one of them fails."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer
from typer.exceptions import TyperException

from kanvasc.cli import build, check, explain, fmt, handed_on, init, lsp, run, test
from kanvasc.cli.exits import Exit, UsageError
from kanvasc.version import VERSION

app = typer.Typer(
    name="kanvasc",
    help="Compile machines: contracts, permissions and a ledger for live endpoints.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kanvasc {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Compile machines: contracts, permissions and a ledger for live endpoints."""


app.command("build")(build.build)
app.command("check")(check.check)
app.command("fmt")(fmt.fmt)
app.command("run")(run.run)
app.command("test")(test.run_tests)
app.command("explain")(explain.explain)
app.command("init")(init.init)
app.command("lsp")(lsp.lsp)
app.command("ledger", context_settings=handed_on.SETTINGS)(handed_on.ledger)
app.command("keys", context_settings=handed_on.SETTINGS)(handed_on.keys)


def main() -> None:
    """Runs the command line and exits with one of `Exit`."""
    sys.exit(_main())


def _main() -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # File names may hold what no encoding has; that is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        result = app(standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else Exit.CLEAN
    except UsageError as wrong:
        typer.echo(f"kanvasc: {wrong}", err=True)
        return Exit.USAGE
    except TyperException as wrong:
        _show(wrong)
        return Exit.USAGE
    except typer.Exit as done:
        return done.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; a second failure at exit would only be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.CLEAN
    except Exception:
        return _report_bug()


def _show(wrong: TyperException) -> None:
    """What was wrong with the command line, in typer's words, which name the command's usage."""
    show = getattr(wrong, "show", None)
    if show is not None:
        show()
    else:
        typer.echo(f"kanvasc: {wrong.format_message()}", err=True)


def _report_bug() -> int:
    detail = traceback.format_exc()
    with tempfile.NamedTemporaryFile(
        "w", prefix="kanvasc-bug-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"kanvasc {VERSION}, Python {sys.version}\n{sys.argv!r}\n\n{detail}")
    typer.echo(
        "kanvasc: this is a bug in kanvasc, not in your program. Please report it with the "
        f"detail in {Path(file.name)}",
        err=True,
    )
    return Exit.BUG
