"""Options of surfaces that an operator sets: `KANVAS_<KIND>_<NAME>_<OPTION>`.

A surface is named by its path, a tool by its machine: in capitals, with `_` for whatever is no
letter or digit. The heartbeat of the socket at `/ws/metrics` is
`KANVAS_SOCKET_WS_METRICS_HEARTBEAT`; the rate of the endpoints at `/orders/{id}`, whatever their
method, `KANVAS_API_ORDERS_ID_RATE`. Values are written as in a program: `30s`, `64KB`, `50/s`,
`true`, and lists with commas. `off`: as if the option did not exist.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar

from msgspec.structs import fields, replace

from kanvas_runtime.machine import ApiSurface, ToolSurface, WebhookSurface, WebSocketSurface

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"B": 1, "KB": 1024, "MB": 1024 * 1024}
_LARGEST_COUNT = 10**7

S = TypeVar("S", WebSocketSurface, ApiSurface, ToolSurface, WebhookSurface)


class Kind(NamedTuple):
    """One kind of surface: what its variables begin with, what it is called, what can be set."""

    prefix: str
    title: str
    options: tuple[str, ...]


Named: TypeAlias = tuple[Kind, str]
"""A surface: its kind, and its path or machine."""


def prefix_of(kind: Kind, name: str) -> str:
    """What the variables of a surface begin with."""
    words = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    return f"{kind.prefix}{words}_" if words else kind.prefix


def overridden(surface: S, environ: Mapping[str, str], machine: str = "") -> S:
    """The surface as the operator wants it. A tool is named by its machine.

    Raises `ValueError`, in words for the operator.
    """
    kind = KINDS[type(surface)]
    prefix = prefix_of(kind, machine or surface.path)
    changes: dict[str, Any] = {}
    for option in kind.options:
        variable = prefix + option.upper()
        text = environ.get(variable, "").strip()
        if text:
            changes[option] = _value(variable, option, text, _READERS[option])
    changed = replace(surface, **changes)
    if changes and isinstance(changed, WebSocketSurface):
        _check_clocks(changed, prefix)
    return changed


def _check_clocks(changed: WebSocketSurface, prefix: str) -> None:
    if changed.heartbeat > changed.idle_timeout:
        raise ValueError(
            f"{changed.path}: a heartbeat each {changed.heartbeat:g} s and idle after"
            f" {changed.idle_timeout:g} s contradict each other; see {prefix}HEARTBEAT and"
            f" {prefix}IDLE_TIMEOUT"
        )


def unknown(
    surfaces: Iterable[Named], environ: Mapping[str, str], others: Collection[str] = ()
) -> str | None:
    """What is set and belongs to no option, in a sentence; None when there is nothing.

    `others`: variables that begin like options and are none.
    """
    known = [*others]
    for kind, name in surfaces:
        known += (prefix_of(kind, name) + option.upper() for option in kind.options)
    for variable in sorted(environ):
        meant = next((k for k in KINDS.values() if variable.startswith(k.prefix)), None)
        if meant is not None and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f": did you mean {near[0]}?" if near else ""
            return f"{variable} sets no option of {meant.title} of this app{hint}"
    return None


def _value(variable: str, option: str, text: str, read: Callable[[str], object]) -> object:
    if text == "off" and option in _OPTIONAL:
        return None
    try:
        return read(text)
    except (ValueError, KeyError) as error:
        wanted = _FORMS[read]
        raise ValueError(f"{variable} is {wanted}, not {text!r}") from error


def _duration(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", text, re.ASCII)
    seconds = float(match[1]) * _SECONDS[match[2]] if match else 0.0
    if not 0 < seconds <= 7 * 86400:
        raise ValueError
    return seconds


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d{1,9})(B|KB|MB)?", text, re.ASCII)
    size = int(match[1]) * _BYTES[match[2] or "B"] if match else 0
    if not 64 <= size <= 64 * _BYTES["MB"]:
        raise ValueError
    return size


def _rate(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)/(s|m)", text, re.ASCII)
    rate = float(match[1]) / (60 if match[2] == "m" else 1) if match else 0.0
    if rate <= 0:
        raise ValueError
    return rate


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < _LARGEST_COUNT:
        raise ValueError
    return int(text)


def _switch(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text.lower()]


def _list(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _name(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", text):
        raise ValueError
    return text


def _ways(text: str) -> tuple[str, ...]:
    ways = _list(text)
    if not set(ways) <= {"none", "api_key", "session", "oauth"} or ("none" in ways and ways[1:]):
        raise ValueError
    return ways


_READERS: dict[str, Callable[[str], object]] = {
    "every": _duration,
    "on": _name,
    "shared": _switch,
    "idle_timeout": _duration,
    "heartbeat": _duration,
    "max_message": _size,
    "rate": _rate,
    "rate_per_principal": _rate,
    "queue": _count,
    "concurrency": _count,
    "max_connections": _count,
    "max_connections_per_client": _count,
    "max_subscriptions": _count,
    "max_keys": _count,
    "origins": _list,
    "auth": _ways,
    "scopes": _list,
}
"""Every option, whatever surfaces have it."""


SOCKET = Kind("KANVAS_SOCKET_", "a socket", tuple(_READERS))
ENDPOINT = Kind("KANVAS_API_", "an endpoint", ("max_message", "rate", "origins", "auth", "scopes"))
TOOL = Kind("KANVAS_MCP_", "a tool", ("rate", "auth", "scopes"))
HOOK = Kind("KANVAS_WEBHOOK_", "a webhook", ("max_message", "rate"))
KINDS: dict[type, Kind] = {
    WebSocketSurface: SOCKET,
    ApiSurface: ENDPOINT,
    ToolSurface: TOOL,
    WebhookSurface: HOOK,
}

_OPTIONAL = frozenset(field.name for field in fields(WebSocketSurface) if field.default is None)

_FORMS: dict[Callable[[str], object], str] = {
    _duration: "a duration such as 30s, up to 7d",
    _size: "a size such as 64KB, from 64B to 64MB",
    _rate: "a rate such as 50/s",
    _count: "a whole number above 0",
    _switch: "true or false",
    _list: "a list with commas",
    _name: "the name of an event",
    _ways: "none, or api_key, session and oauth with commas",
}
