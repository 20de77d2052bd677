"""A service that runs machines and records nothing: what a page needs, without the rest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from kanvas_runtime import pages
from kanvas_runtime.codec import Codec
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.handshake import Denial, Knock
from kanvas_runtime.http import DeniedResponse
from kanvas_runtime.machine import Machine, PageSurface
from kanvas_runtime.run import Run
from kanvas_runtime.wishes import Notice
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parents[2] / "templates" / "page"


@dataclass
class FakeAnswer:
    run: str
    output: Record | None = None
    body: bytes = b""
    refusal: Refusal | None = None
    held: Notice | None = None


@dataclass
class FakeHost:
    """`asked` is every value that a page asked with.

    `closed` refuses every request, `refusal` every run; `delay` is a run's length in seconds.
    """

    app: Starlette = field(default_factory=Starlette)
    directory: Path = FOLDER
    simulated: bool = False
    closed: bool = False
    delay: float = 0.0
    refusal: Refusal | None = None
    asked: list[object] = field(default_factory=list)

    def page(self, machine: Machine[Any, Any], title: str = "T", **rest: Any) -> None:
        surface = PageSurface(path=f"/{machine.name}", title=title, **rest)
        pages.install(self, machine, surface)

    async def guard_http(self, request: Request, surface: PageSurface) -> Response | None:
        return Response(status_code=401) if self.closed else None

    def denied(
        self, denial: Denial, request: Knock, surface: str, path: str | None = None
    ) -> DeniedResponse:
        return DeniedResponse(denial, None)

    async def answer(
        self,
        machine: Machine[Any, Any],
        value: object,
        *,
        surface: str,
        path: str,
        principal: str | None,
        client: str = "",
        key: str | None = None,
    ) -> FakeAnswer:
        assert (surface, path, principal) == ("page", f"/{machine.name}", None)
        self.asked.append(value)
        await asyncio.sleep(self.delay)
        if self.refusal is not None:
            return FakeAnswer("run-1", refusal=self.refusal)
        codec = Codec(machine.input, machine.output)
        try:
            given = codec.decode(value) if isinstance(value, bytes) else codec.convert(value)
        except Refusal as refusal:
            return FakeAnswer("run-1", refusal=refusal)
        output = machine.run(given, cast(Run, None))
        assert isinstance(output, Record)
        return FakeAnswer("run-1", output=output)
