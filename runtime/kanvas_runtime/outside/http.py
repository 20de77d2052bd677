"""The whole way of a request: name, address, connection, answer, within one timeout."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import HttpAnswer
from kanvas_runtime.outside import addresses
from kanvas_runtime.outside.request import Request

if TYPE_CHECKING:
    from kanvas_runtime.outside.client import Client


class Http:
    """The HTTP of one process. `resolve` and `client` are for tests, where the network is not."""

    def __init__(
        self, resolve: addresses.Resolve = addresses.resolve, client: Client | None = None
    ) -> None:
        self._resolve = resolve
        self._client = client

    def warm(self) -> None:
        """Open it now, so that no message pays for it; what is not installed is said by a step."""
        with contextlib.suppress(StepFailure):
            self.open()

    def open(self) -> Client:
        """What makes the connections; loaded at first use.

        Raises:
            StepFailure: `http`, when its package is not installed.
        """
        if self._client is None:
            try:
                from kanvas_runtime.outside.client import Client
            except ModuleNotFoundError:
                message = 'http needs a package: install "kanvas-runtime[http]"'
                raise StepFailure("http", message) from None
            self._client = Client()
        return self._client

    async def fetch(self, request: Request, located: bool, timeout: float) -> HttpAnswer:
        """Carry out a request within `timeout` seconds, redirects not followed.

        `located`: a permission says exactly where the host is; see `addresses.checked`.

        Raises:
            StepFailure: `http`, `timeout` or `denied`.
        """
        client, origin = self.open(), request.url.origin
        try:
            async with asyncio.timeout(timeout):
                found = await addresses.checked(origin, located, self._resolve)
                return await client.send(request, found)
        except TimeoutError:
            message = f"{origin.host} did not answer within {timeout:g} s"
            raise StepFailure("timeout", message) from None
