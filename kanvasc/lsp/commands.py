"""What code lenses start: a test, or the page of a surface."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp

from kanvasc.lsp.documents import Document
from kanvasc.lsp.server import Server

RUN_TEST = "kanvas.runTest"
OPEN_SURFACE = "kanvas.openSurface"
HOST, PORT = "127.0.0.1", 9000
LONGEST_TEST = 120.0
"""Seconds."""


def register(server: Server) -> None:
    @server.command(RUN_TEST)
    async def run_test(uri: str, machine: str, title: str | None = None) -> dict[str, Any]:
        """Runs a test, or all of a machine, on the buffer as it is."""
        code, output = await _run(server.document(uri), machine, title)
        shown = title or machine
        passed = code == 0
        server.window_show_message(
            lsp.ShowMessageParams(
                lsp.MessageType.Info if passed else lsp.MessageType.Error,
                f"{shown}: {'passed' if passed else 'failed'}" + ("" if passed else f"\n{output}"),
            )
        )
        return {"passed": passed, "output": output}

    @server.command(OPEN_SURFACE)
    async def open_surface(uri: str, path: str) -> dict[str, Any]:
        """Shows a surface in the browser, where the app is served."""
        address = f"http://{HOST}:{PORT}{path}"
        if not await _served():
            name = Path(server.document(uri).source.path).name
            server.window_show_message(
                lsp.ShowMessageParams(
                    lsp.MessageType.Warning,
                    f"nothing is served on {HOST}:{PORT} yet: start `kanvasc run {name}`",
                )
            )
            return {"opened": False, "address": address}
        shown = await server.window_show_document_async(
            lsp.ShowDocumentParams(uri=address, external=True)
        )
        return {"opened": shown.success, "address": address}


async def _run(document: Document, machine: str, title: str | None) -> tuple[int, str]:
    """`kanvasc test` in a process of its own; a buffer that is not saved runs from a copy."""
    chosen = " and ".join(f'"{_plain(word)}"' for word in (machine, title) if word)
    with tempfile.TemporaryDirectory(prefix="kanvasc-test-") as folder:
        command = [sys.executable, "-m", "kanvasc", "test", _file(document, Path(folder))]
        process = await asyncio.create_subprocess_exec(
            *command,
            "-k",
            chosen,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), LONGEST_TEST)
        except BaseException:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        return process.returncode or 0, output.decode("utf-8", "replace").strip()


def _plain(word: str) -> str:
    """A phrase for `-k`, where a quote would end it."""
    return max(word.split('"'), key=len)


def _file(document: Document, folder: Path) -> str:
    saved = Path(document.source.path)
    if saved.is_file() and _same(saved, document.text):
        return str(saved)
    copy = folder / (saved.name if saved.suffix == ".kanvas" else "buffer.kanvas")
    copy.write_text(document.text, encoding="utf-8")
    return str(copy)


def _same(saved: Path, text: str) -> bool:
    return saved.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n") == text


async def _served() -> bool:
    try:
        _, writer = await asyncio.open_connection(HOST, PORT)
    except OSError:
        return False
    writer.close()
    return True
