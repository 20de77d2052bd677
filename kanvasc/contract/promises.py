"""What a program promises to its clients, read from the program or from what a build wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from kanvasc.contract.protocols import Talk, talk
from kanvasc.emit.asyncapi import asyncapi
from kanvasc.emit.schema import schemas
from kanvasc.records import dataclass
from kanvasc.types.program import TypedProgram

Schema = dict[str, Any]
SUFFIX: Final = ".schema.json"


class NoContract(Exception):
    """There is no contract in a file or a folder: one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Way:
    """A surface, as far as a client notices it. `auth`: `loopback` where nothing was said."""

    kind: str
    path: str
    machine: str
    auth: tuple[str, ...]
    scopes: tuple[str, ...]
    options: dict[str, Any]

    @property
    def shown(self) -> str:
        """`websocket /ws/desk`; of an endpoint with its method."""
        method = f"{self.options.get('method', 'POST')} " if self.kind == "api" else ""
        return f"{self.kind} {method}{self.path}"


@dataclass(frozen=True, slots=True)
class Promises:
    """Machines with the schemas of their input and output, and ways to them.

    `ways` is None where nothing is known of them, `talk` where nothing is of messages and codes.
    `complete`: these are all machines of the program, not only those behind its sockets; `whole`:
    these are all its surfaces as well.
    """

    machines: dict[str, tuple[Schema, Schema]]
    ways: tuple[Way, ...] | None
    complete: bool = True
    whole: bool = True
    talk: Talk | None = None

    def has_socket(self, machine: str) -> bool:
        """Whether a socket leads to it."""
        return any(w.kind == "websocket" and w.machine == machine for w in self.ways or ())


def of_program(program: TypedProgram) -> Promises:
    """All of a program."""
    ways = [
        Way(
            surface.kind,
            surface.path,
            machine.name,
            _texts(surface.options.get("auth")) or ("loopback",),
            _texts(surface.options.get("scopes")),
            {k: v for k, v in surface.options.items() if k not in ("auth", "scopes")},
        )
        for machine in program.machines
        for surface in machine.surfaces
    ]
    sides = {n: _sides(s) for n, s in schemas(program).items()}
    return Promises(sides, tuple(ways), talk=talk(asyncapi("", program)))


def of_files(path: Path) -> Promises:
    """Of an `asyncapi.json`, of a machine's schema, or of the folder of a build.

    Raises NoContract, and OSError when a file cannot be read.
    """
    if path.is_dir():
        return _folder(path / "contract" if (path / "contract").is_dir() else path)
    document = _json(path)
    if "asyncapi" in document:
        return _asyncapi(document, path)
    if "input" in document.get("$defs", {}):
        return Promises({path.name.removesuffix(SUFFIX): _sides(document)}, None, False, False)
    raise NoContract(f"{path} is no AsyncAPI document, and no schema of a machine")


def _folder(folder: Path) -> Promises:
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise NoContract(f"{folder} has no contract: name a folder that kanvasc has built")
    machines = {file.name.removesuffix(SUFFIX): _sides(_json(file)) for file in files}
    document = folder / "asyncapi.json"
    if not document.is_file():
        return Promises(machines, None, whole=False)
    said = _asyncapi(_json(document), document)
    return Promises(machines, said.ways, whole=False, talk=said.talk)


def _asyncapi(document: Schema, path: Path) -> Promises:
    try:
        channels = document["channels"].values()
        ways = {
            channel["address"]: Way(
                "websocket",
                channel["address"],
                channel["x-machine"],
                tuple(channel["x-auth"]),
                tuple(channel["x-scopes"]),
                channel["x-options"],
            )
            for channel in channels
        }
        known = document["components"]["schemas"]
        machines = {
            way.machine: (known[f"{way.machine}.input"], known[f"{way.machine}.output"])
            for way in ways.values()
        }
        said = talk(document)
    except (KeyError, TypeError, AttributeError):
        raise NoContract(f"{path} is not a document that kanvasc has written") from None
    return Promises(machines, tuple(ways.values()), False, False, said)


def _json(path: Path) -> Schema:
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise NoContract(f"{path} is no JSON") from None
    if not isinstance(found, dict):
        raise NoContract(f"{path} is no contract")
    return found


def _sides(schema: Schema) -> tuple[Schema, Schema]:
    return schema["$defs"]["input"], schema["$defs"]["output"]


def _texts(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
