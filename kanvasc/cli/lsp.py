"""`kanvasc lsp`: the language server, for editors."""

from __future__ import annotations

from typing import Annotated

import typer

from kanvasc.cli.exits import Exit, UsageError


def lsp(
    tcp: Annotated[
        int | None,
        typer.Option("--tcp", min=1, max=65535, metavar="PORT", help="Serve on this local port."),
    ] = None,
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Serve on standard input and output (the default).")
    ] = False,
) -> int:
    """Answer an editor: findings, completion, navigation and more."""
    if stdio and tcp is not None:
        raise UsageError("--stdio and --tcp exclude each other")
    try:
        from kanvasc.lsp.start import serve
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UsageError(
            'the language server needs more than this installation has: install "kanvasc[lsp]"'
        ) from None
    serve(tcp)
    return Exit.CLEAN
