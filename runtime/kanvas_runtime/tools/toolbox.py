"""What tools there are for whom, and what calling one comes to. Knows no protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct, field

from kanvas_runtime import exchange
from kanvas_runtime.auth.principal import Principal
from kanvas_runtime.clients import Clients
from kanvas_runtime.codec import decode_json
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Access, Caller, Engine, Served
from kanvas_runtime.errors import Refusal
from kanvas_runtime.exchange import Question
from kanvas_runtime.limits import too_fast
from kanvas_runtime.machine import ToolSurface

PATH = "/mcp"
SURFACE = "mcp"
_ANYTHING = {"type": "object"}


class Tool(NamedTuple):
    """A machine as a client sees it. `output` is None where an answer may be something else."""

    name: str
    title: str | None
    description: str | None
    input: dict[str, Any]
    output: dict[str, Any] | None


class Called(NamedTuple):
    """The answer: JSON, the value of it where it is an output."""

    text: str
    value: Any
    is_error: bool


class Visitor(Struct, frozen=True):
    """Who asks, by machine: those that they may run. `path` is empty for a way without one."""

    client: str
    path: str
    admitted: Mapping[str, Principal | None] = field(default_factory=dict)


class Toolbox:
    """The machines of an app; `folder` has the schemas that the build wrote."""

    def __init__(
        self, machines: Mapping[str, Served], folder: Path, engine: Callable[[], Engine | None]
    ) -> None:
        self.machines = machines
        self._surfaces: dict[str, ToolSurface] = {}
        self._clients: dict[str, Clients] = {}
        self._folder = folder
        self._engine = engine
        self._known: dict[str, Tool] = {}

    def add(self, machine: str, surface: ToolSurface) -> None:
        """Say who may call the machine, and how often."""
        self._surfaces[machine] = surface
        self._clients[machine] = Clients(surface.rate)

    def surface(self, machine: str) -> ToolSurface:
        """What is said of the machine as a tool."""
        return self._surfaces[machine]

    def everybody(self, path: str = "") -> Visitor:
        """Who sits at this machine and speaks over standard input: may run everything."""
        return Visitor("", path, dict.fromkeys(self.machines))

    def shown_to(self, visitor: Visitor) -> list[Tool]:
        """In the order of the program."""
        return [self._tool(name) for name in self.machines if name in visitor.admitted]

    async def call(self, name: str, arguments: dict[str, Any], visitor: Visitor) -> Called | None:
        """None when there is no such tool for them."""
        served, engine, started = self.machines.get(name), self._engine(), time.monotonic()
        if engine is None:
            answer = exchange.refused(Refusal("overloaded", "the server is stopping"))
        elif served is None or name not in visitor.admitted:
            caller = Caller(SURFACE, visitor.path, visitor.client)
            await exchange.recorded(engine, caller, Access("not_found", started), exchange.NOTHING)
            return None
        else:
            principal = visitor.admitted[name]
            who = None if principal is None else principal.name
            caller = Caller(SURFACE, visitor.path, visitor.client, who)
            question = Question(partial(self._read, served, caller, arguments), started)
            answer = await exchange.answer(engine, served, caller, question)
        text = answer.body.decode()
        value = None if answer.refusal or answer.held else decode_json(text)
        return Called(text, value, answer.refusal is not None)

    def _read(self, served: Served, caller: Caller, arguments: dict[str, Any]) -> Record:
        name = served.machine.name
        wait = self._clients[name].take(caller.client, caller.principal, time.monotonic())
        if wait:
            raise too_fast(self._surfaces[name].rate, "from one client", wait)
        given: Record = served.codec.convert(arguments)
        return given

    def _tool(self, name: str) -> Tool:
        if name not in self._known:
            self._known[name] = self._described(name)
        return self._known[name]

    def _described(self, name: str) -> Tool:
        served = self.machines[name]
        machine = served.machine
        schemas = self._schemas(name)
        output = None if served.may_hold else schemas.get("output")
        return Tool(
            name, machine.title, machine.goal or None, schemas.get("input", _ANYTHING), output
        )

    def _schemas(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self._folder / f"{name}.schema.json").read_bytes())
            schemas: dict[str, Any] = found["$defs"]
        except (OSError, ValueError, KeyError):
            return {}
        return schemas
