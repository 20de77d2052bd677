"""The same clients for programs without asyncio: a thread of its own holds the connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, TypeVar

from .connection import Client, Held, Input, Output, Part, Push, State
from .errors import Closed

Self = TypeVar("Self", bound="BlockingClient[Any, Any]")
_END: Any = object()


class BlockingClient(Generic[Input, Output]):
    """One machine. Methods may be called from any thread; callbacks are called in its own."""

    def __init__(self, client: Client[Input, Output]) -> None:
        self._client = client
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def state(self) -> State:
        """Whether it is connected."""
        return self._client.state

    @property
    def hello(self) -> Mapping[str, Any] | None:
        """What the server said of itself, while it is connected."""
        return self._client.hello

    def run(
        self,
        input: Input,
        *,
        key: str | None = None,
        on_partial: Callable[[Part], None] | None = None,
        on_held: Callable[[Held], None] | None = None,
        on_push: Callable[[Output], None] | None = None,
        timeout: float | None = None,
    ) -> Output:
        """The answer to one input; see `Client.run`. After `timeout` seconds the run is cancelled,
        and TimeoutError is raised."""
        self._check()
        asked = self._client.run(
            input, key=key, on_partial=on_partial, on_held=on_held, on_push=on_push
        )
        output: Output = self._wait(asyncio.wait_for(asked, timeout))
        return output

    def subscribe(
        self,
        input: Input,
        *,
        after: str | None = None,
        buffer: int = 1000,
        on_partial: Callable[[Part], None] | None = None,
        on_held: Callable[[Held], None] | None = None,
    ) -> Iterator[Push[Output]]:
        """Every result for an input, until the loop is left; see `Client.subscribe`."""
        self._check()
        pushes = self._client.subscribe(
            input, after=after, buffer=buffer, on_partial=on_partial, on_held=on_held
        )
        try:
            while (push := self._wait(_next(pushes))) is not _END:
                yield push
        finally:
            if not self._loop.is_closed():
                self._wait(_leave(pushes))

    def renew(self) -> None:
        """Newer credentials for the open connection, from `ticket`."""
        self._check()
        self._wait(self._client.renew())

    def close(self) -> None:
        """Ends everything that is open, and the thread."""
        if self._loop.is_closed():
            return
        self._wait(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _check(self) -> None:
        if self._loop.is_closed():
            raise Closed("the client is closed")

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _next(pushes: AsyncIterator[Push[Output]]) -> Any:
    return await anext(pushes, _END)


async def _leave(pushes: Any) -> None:
    await pushes.aclose()
