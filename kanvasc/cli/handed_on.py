"""Commands that belong to the runtime: handed to it in a child process, as they are."""

from __future__ import annotations

import subprocess
import sys

import typer

SETTINGS = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}


def ledger(context: typer.Context) -> int:
    """Read and verify a ledger (`verify`, `tail`, `query`, `show`, `export`)."""
    return hand_on("ledger", context.args)


def keys(context: typer.Context) -> int:
    """Make, list and revoke API keys (`keys new`, `keys list`, `keys revoke`)."""
    return hand_on("keys", context.args)


def approvals(context: typer.Context) -> int:
    """See which steps wait for a person, and decide (`list`, `approve`, `deny`)."""
    return hand_on("approvals", context.args)


def hand_on(command: str, arguments: list[str]) -> int:
    """The exit code of the runtime's own command."""
    runtime = [sys.executable, "-m", "kanvas_runtime", "--called-as", "kanvasc"]
    return subprocess.run([*runtime, command, *arguments], check=False).returncode
