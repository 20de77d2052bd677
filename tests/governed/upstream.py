"""What a served app asks: a model's provider and a host, on loopback, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from types import TracebackType

from tests.fake_provider import FakeProvider, answering
from tests.runtime.outside.servers import Server, answer


class Upstream:
    """`provider` and `host` remember what came; leaving the block stops them."""

    def __enter__(self) -> Upstream:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.provider = FakeProvider(answering({"tone": "warm"}))
        self.host = Server(answer(b'{"ok": true}', content_type="application/json"))
        self._wait(self.provider.__aenter__())
        self._wait(self.host.__aenter__())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait(self.provider.__aexit__(kind, error, trace))
        self._wait(self.host.__aexit__(kind, error, trace))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        self._loop.close()

    @property
    def environment(self) -> dict[str, str]:
        """With which an app finds the provider."""
        return {"ANTHROPIC_API_KEY": "sk-test", "ANTHROPIC_BASE_URL": self.provider.url}

    def _wait(self, what: object) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(60)  # type: ignore[arg-type]
