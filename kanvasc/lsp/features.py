"""All features, each registered by its own module."""

from __future__ import annotations

from kanvasc.lsp import (
    actions,
    commands,
    completion,
    diagnostics,
    folding,
    formatting,
    highlights,
    hints,
    hover,
    lenses,
    links,
    navigation,
    rename,
    selection,
    signature,
    symbols,
    sync,
    tokens,
)
from kanvasc.lsp.server import Server

MODULES = (
    sync,
    diagnostics,
    hover,
    completion,
    navigation,
    highlights,
    rename,
    symbols,
    tokens,
    folding,
    formatting,
    selection,
    signature,
    hints,
    actions,
    lenses,
    commands,
    links,
)


def create() -> Server:
    """A server with all its features."""
    server = Server()
    for module in MODULES:
        module.register(server)
    return server
