"""AsyncAPI 3 of the sockets of a program: both protocols, every message, error and close code.

It is made of the typed program, so it says what was declared, and not what happens to be routed.
A socket has a channel for each protocol, `desk.plain` and `desk.v1`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Final

from kanvasc.emit.messages import Message, Protocol, envelope, error_body, plain
from kanvasc.emit.protocol import CLOSES, ERRORS, HANDSHAKE
from kanvasc.emit.schema import schemas
from kanvasc.emit.security import SCHEMES, auth, texts
from kanvasc.plan.streams import streams
from kanvasc.records import dataclass
from kanvasc.types.inside import every, outermost
from kanvasc.types.program import SurfaceSpec, TypedAsk, TypedMachine, TypedProgram

VERSION: Final = "3.0.0"
DEFAULT_HOST: Final = "127.0.0.1:9000"

_TICKET: Final = {
    "ticket": {
        "type": "httpApiKey",
        "in": "query",
        "name": "ticket",
        "description": "A ticket for one handshake within 30 seconds, from POST /_kanvas/ticket"
        " with any of the other credentials. The subprotocol kanvas.ticket.<ticket>, named beside"
        " the one to speak, does the same without a query.",
    }
}


def asyncapi(name: str, program: TypedProgram) -> dict[str, Any]:
    """The document; its version changes when anything else of it does."""
    sockets = list(_sockets(program))
    document: dict[str, Any] = {
        "asyncapi": VERSION,
        "info": {"title": name, "version": "", "description": _description(sockets)},
        "defaultContentType": "application/json",
        "servers": {
            "app": {
                "host": DEFAULT_HOST,
                "protocol": "ws",
                "description": "Where the app listens unless it is told otherwise.",
            }
        },
        "channels": {c.name: _channel(c) for s in sockets for c in s.channels},
        "operations": dict(o for s in sockets for c in s.channels for o in _operations(s, c)),
        "components": _components(program, sockets),
        "x-error-codes": {
            code: {"status": status, "meaning": meaning}
            for code, (status, meaning) in ERRORS.items()
        },
    }
    text = json.dumps(document, sort_keys=True)
    document["info"]["version"] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return document


@dataclass(frozen=True, slots=True)
class _Channel:
    name: str
    machine: TypedMachine
    surface: SurfaceSpec
    protocol: Protocol

    def component(self, message: Message) -> str:
        """What a message is called among those of the document."""
        owner = "" if message.shared else f"{self.machine.name}."
        return f"{owner}{self.protocol.name}.{message.name}"


@dataclass(frozen=True, slots=True)
class _Socket:
    surface: SurfaceSpec
    channels: tuple[_Channel, ...]

    @property
    def schemes(self) -> tuple[str, ...]:
        """The security schemes any of which lets somebody in."""
        ways = self.surface.options.get("auth", ())
        assert isinstance(ways, tuple)
        named = [scheme for way in ways for scheme in SCHEMES.get(way, ())]
        return (*named, "ticket") if named else ()


def _sockets(program: TypedProgram) -> Iterator[_Socket]:
    for machine in program.machines:
        sockets = [surface for surface in machine.surfaces if surface.kind == "websocket"]
        spoken = (plain(machine), envelope(machine, _told(machine)))
        for number, surface in enumerate(sockets, 1):
            name = machine.name if number == 1 else f"{machine.name}.{number}"
            yield _Socket(
                surface,
                tuple(_Channel(f"{name}.{p.name}", machine, surface, p) for p in spoken),
            )


def _told(machine: TypedMachine) -> tuple[tuple[str, str], ...]:
    """Steps and fields of the output of which parts come early."""
    found = streams(machine)
    asks = [s for s in every(outermost(machine.steps, machine.flows)) if isinstance(s, TypedAsk)]
    return tuple(
        dict.fromkeys(
            (ask.symbol.name, field) for ask in asks for _, field in found.get(id(ask), ())
        )
    )


def _description(sockets: list[_Socket]) -> str:
    if not sockets:
        return "This app has no socket."
    return (
        "Every message is one text frame that holds a JSON object in UTF-8, at most 64 levels"
        " deep. A client chooses the protocol by the subprotocol that it names when it connects:"
        " kanvas.v1 for messages with ids, kanvas.plain or none for bare JSON."
    )


def _channel(channel: _Channel) -> dict[str, Any]:
    machine, protocol = channel.machine, channel.protocol
    title = machine.title or machine.name
    return {
        "address": channel.surface.path,
        "title": f"{title} ({' or '.join(_subprotocol(n) for n in protocol.subprotocols)})",
        **({"description": machine.goal} if machine.goal else {}),
        "messages": {
            message.name: {"$ref": f"#/components/messages/{channel.component(message)}"}
            for message in (*protocol.sent, *protocol.received)
        },
        "bindings": {"ws": {"method": "GET", "headers": _headers(protocol)}},
        "x-machine": machine.name,
        "x-auth": auth(channel.surface),
        "x-scopes": list(texts(channel.surface, "scopes")),
        "x-options": _options(channel.surface),
        "x-close-codes": {str(code): when for code, when in CLOSES.items()},
        "x-handshake": [
            {"status": status, "code": code, "when": when} for status, code, when in HANDSHAKE
        ],
    }


def _subprotocol(name: str | None) -> str:
    return "no subprotocol" if name is None else name


def _headers(protocol: Protocol) -> dict[str, Any]:
    named = [name for name in protocol.subprotocols if name is not None]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"Sec-WebSocket-Protocol": {"type": "string", "enum": named}},
    }
    if None not in protocol.subprotocols:
        schema["required"] = ["Sec-WebSocket-Protocol"]
    return schema


def _options(surface: SurfaceSpec) -> dict[str, Any]:
    """What the program says of the socket; times in seconds, sizes in bytes."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in surface.options.items()
        if name not in ("auth", "scopes")
    }


def _operations(socket: _Socket, channel: _Channel) -> Iterator[tuple[str, dict[str, Any]]]:
    """The app `receive`s what clients send, and `send`s what answers nothing in particular."""
    at = f"#/channels/{channel.name}"
    security = [{"$ref": f"#/components/securitySchemes/{name}"} for name in socket.schemes]
    common = {"channel": {"$ref": at}, **({"security": security} if security else {})}
    for message in channel.protocol.sent:
        reply = [{"$ref": f"{at}/messages/{name}"} for name in message.answers]
        yield (
            f"{channel.name}.{message.name}",
            {
                "action": "receive",
                "summary": message.summary,
                **common,
                "messages": [{"$ref": f"{at}/messages/{message.name}"}],
                "reply": {"channel": {"$ref": at}, "messages": reply},
            },
        )
    for message in channel.protocol.received:
        if message.name in ("hello", "push", "output", "error"):
            yield (
                f"{channel.name}.tell.{message.name}",
                {
                    "action": "send",
                    "summary": message.summary,
                    **common,
                    "messages": [{"$ref": f"{at}/messages/{message.name}"}],
                },
            )


def _components(program: TypedProgram, sockets: list[_Socket]) -> dict[str, Any]:
    contracts = schemas(program)
    served = list(dict.fromkeys(c.machine.name for s in sockets for c in s.channels))
    known: dict[str, Any] = {}
    for name in served:
        for side in ("input", "output"):
            known[f"{name}.{side}"] = contracts[name]["$defs"][side]
    if sockets:
        known |= {"error": error_body(plain=False), "plain.error": error_body(plain=True)}
    used = {name for socket in sockets for name in socket.schemes}
    schemes = {n: s for group in (*SCHEMES.values(), _TICKET) for n, s in group.items()}
    messages: dict[str, Any] = {}
    for socket in sockets:
        for channel in socket.channels:
            for message in (*channel.protocol.sent, *channel.protocol.received):
                messages[channel.component(message)] = _message(message)
    return {
        "schemas": known,
        "messages": messages,
        "securitySchemes": {name: said for name, said in schemes.items() if name in used},
        "correlationIds": {
            "id": {
                "description": "The id that the client made up for a run or a subscription.",
                "location": "$message.payload#/id",
            }
        },
    }


def _message(message: Message) -> dict[str, Any]:
    properties = message.payload.get("properties", {})
    has_id = "id" in properties and "op" in properties
    return {
        "name": message.name,
        "summary": message.summary,
        "contentType": "application/json",
        "payload": message.payload,
        **({"correlationId": {"$ref": "#/components/correlationIds/id"}} if has_id else {}),
    }
