"""A language server on a pipe, and an editor that talks to it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import pytest_asyncio
from lsprotocol import types as lsp
from pytest_lsp import LanguageClient, client_capabilities

from tests.lsp.editor import Editor, client_of


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client() -> AsyncIterator[LanguageClient]:
    """One server for a module's tests; it has to survive all of them."""
    made = client_of()
    await made.start_io(sys.executable, "-m", "kanvasc", "lsp")
    capabilities = client_capabilities("visual-studio-code")
    await made.initialize_session(lsp.InitializeParams(capabilities=capabilities))
    yield made
    await made.shutdown_session()
    await made.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def editor(client: LanguageClient) -> AsyncIterator[Editor]:
    made = Editor(client)
    yield made
    made.close_all()
