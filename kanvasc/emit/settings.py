"""What the README says of the variables that set the options of surfaces."""

from __future__ import annotations

import re
from collections.abc import Mapping

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

_GUARDED = ("auth", "scopes")
_OTHERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "api": ("KANVAS_API_", ("max_message", "rate", "origins", *_GUARDED)),
    "webhook": ("KANVAS_WEBHOOK_", ("max_message", "rate")),
}
"""What the variables of other surfaces begin with, and what they set."""
_LARGER = {"max_message": 256 * 1024}
"""What a webhook takes when the program says nothing."""
_TOOL = ("KANVAS_MCP_", ("rate", *_GUARDED))


@dataclass(frozen=True, slots=True)
class Settings:
    """A surface's variables: `prefix` and the name of an option; each with its present value.

    `name`: its path, with the method of an endpoint; the machine of a tool.
    """

    name: str
    prefix: str
    options: tuple[tuple[str, str], ...]


def settings(program: TypedProgram) -> list[Settings]:
    """Of every socket, in the order of the program."""
    return [
        _of(surface)
        for machine in program.machines
        for surface in machine.surfaces
        if surface.kind == "websocket"
    ]


def other_settings(program: TypedProgram) -> list[Settings]:
    """Of every endpoint, webhook and tool; a machine that says nothing of it is a tool, too."""
    found = []
    for machine in program.machines:
        for surface in machine.surfaces:
            if surface.kind in _OTHERS:
                prefix, names = _OTHERS[surface.kind]
                method = f"{surface.options.get('method', 'POST')} "
                title = f"{method if surface.kind == 'api' else ''}{surface.path}"
                options = (
                    _LARGER | surface.options if surface.kind == "webhook" else surface.options
                )
                found.append(_written_out(title, prefix + _words(surface.path), names, options))
        tool = next((each for each in machine.surfaces if each.kind == "mcp"), None)
        prefix, names = _TOOL
        of_tool = {} if tool is None else tool.options
        found.append(_written_out(machine.name, prefix + _words(machine.name), names, of_tool))
    return found


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


def _of(surface: SurfaceSpec) -> Settings:
    prefix = f"{PREFIX}{_words(surface.path)}"
    return _written_out(surface.path, prefix, tuple(_USUAL), surface.options)


def _written_out(
    title: str, prefix: str, names: tuple[str, ...], said: Mapping[str, object]
) -> Settings:
    options = tuple(
        (name.upper(), _written(name, said[name]) if name in said else _USUAL[name])
        for name in names
    )
    return Settings(title, prefix, options)


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
