"""Tools over standard input and output: the app without a port, for one client that started it."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

from kanvas_runtime.ledger import LedgerUnavailable
from kanvas_runtime.start import StartRefused

if TYPE_CHECKING:
    from kanvas_runtime.service import Service


def talk(service: Service) -> str | None:
    """Until the input ends; why it cannot begin, in words for the operator."""
    try:
        import kanvas_runtime.tools.sdk  # noqa: F401  before anything else is opened
    except ImportError:
        return "this needs the package mcp: install kanvas-runtime[mcp]"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    try:
        asyncio.run(_talk(service))
    except (StartRefused, LedgerUnavailable) as problem:
        return str(problem)
    return None


async def _talk(service: Service) -> None:
    from kanvas_runtime.tools.sdk import speak

    async with service.app.router.lifespan_context(service.app):
        await speak(service.name, service.toolbox, service.toolbox.everybody())
