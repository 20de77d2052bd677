"""`/metrics`: the counts of the process and its present state, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kanvas_runtime import operators
from kanvas_runtime.engine import Engine
from kanvas_runtime.metrics import CONTENT_TYPE, Family, Metrics
from kanvas_runtime.version import VERSION

SCOPE = "metrics:read"
OFFICE = operators.Office("metrics", "/metrics", (SCOPE,))


class Host(operators.Host, Protocol):
    """A service, as far as metrics need it."""

    name: str
    program: str
    metrics: Metrics

    @property
    def engine(self) -> Engine | None:
        """None before the start and after the end."""
        ...


class MetricsRequests:
    """The endpoint. A scrape leaves no record: it runs nothing, and would drown the others."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._started = time.time()

    @property
    def route(self) -> Route:
        """Where it is."""
        return Route(OFFICE.path, self._handle, methods=["GET"])

    async def _handle(self, request: Request) -> Response:
        admitted = await operators.admit(self._host, request, OFFICE, local=True)
        if isinstance(admitted, Response):
            return admitted
        text = self._host.metrics.text(self._present())
        headers = {"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"}
        return Response(text, headers=headers)

    def _present(self) -> Iterator[Family]:
        host = self._host
        yield Family(
            "kanvas_app_info",
            "gauge",
            "Which program this is, and what runs it.",
            ("app", "program", "runtime"),
            {(host.name, host.program, VERSION): 1},
        )
        yield _gauge("kanvas_start_time_seconds", "When the process began.", self._started)
        engine = host.engine
        if engine is None:
            return
        yield Family(
            "kanvas_subscriptions",
            "gauge",
            "Live subscriptions.",
            ("machine",),
            {(name,): count for name, count in engine.hub.subscriptions().items()},
        )
        journal = engine.journal
        yield _gauge("kanvas_ledger_seq", "Number of the ledger's last record.", journal.seq)
        ready = engine.unready() is None
        yield _gauge("kanvas_ready", "Whether what comes in is served.", int(ready))


def _gauge(name: str, help: str, value: float) -> Family:
    return Family(name, "gauge", help, samples={(): value})
