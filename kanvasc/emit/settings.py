"""What the README says of the variables that set the options of sockets."""

from __future__ import annotations

import re

from kanvasc.records import dataclass
from kanvasc.types.program import SurfaceSpec, TypedProgram

PREFIX = "KANVAS_SOCKET_"

_USUAL: dict[str, str] = {
    "every": "off",
    "on": "off",
    "shared": "false",
    "idle_timeout": "5m",
    "heartbeat": "20s",
    "max_message": "64KB",
    "rate": "50/s",
    "rate_per_principal": "off",
    "queue": "32",
    "concurrency": "1",
    "max_connections": "10000",
    "max_connections_per_client": "100",
    "max_subscriptions": "16",
    "max_keys": "1000",
    "origins": "its own",
    "auth": "this machine only",
    "scopes": "none",
}
"""What holds where the program says nothing."""


@dataclass(frozen=True, slots=True)
class SocketSettings:
    """A socket's variables: `prefix` and the name of an option; each with its present value."""

    path: str
    prefix: str
    options: tuple[tuple[str, str], ...]


def settings(program: TypedProgram) -> list[SocketSettings]:
    """Of every socket, in the order of the program."""
    return [
        _of(surface)
        for machine in program.machines
        for surface in machine.surfaces
        if surface.kind == "websocket"
    ]


def hooks(program: TypedProgram) -> list[tuple[str, str]]:
    """The path of each webhook, and the variable that holds its secret."""
    return [
        (surface.path, f"KANVAS_WEBHOOK_{_words(surface.path)}SECRET")
        for machine in program.machines
        for surface in machine.surfaces
        if surface.kind == "webhook"
    ]


def _words(path: str) -> str:
    words = re.sub(r"[^A-Z0-9]+", "_", path.upper()).strip("_")
    return f"{words}_" if words else ""


def _of(surface: SurfaceSpec) -> SocketSettings:
    prefix = f"{PREFIX}{_words(surface.path)}"
    options = tuple(
        (name.upper(), _written(name, surface.options[name]) if name in surface.options else usual)
        for name, usual in _USUAL.items()
    )
    return SocketSettings(surface.path, prefix, options)


def _written(name: str, value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name.startswith("rate"):
        return f"{value:g}/s"
    if isinstance(value, float):
        return f"{value:g}s"
    return f"{value}B" if name == "max_message" else f"{value}"
