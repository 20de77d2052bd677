"""The part of the Python client that is the program's own."""

from __future__ import annotations

import keyword
from typing import Final

from kanvasc.emit.clients.shapes import Member, Served, Shape, Shapes
from kanvasc.emit.imports import ordered
from kanvasc.plan.classes import literal
from kanvasc.types.program import TypedProgram
from kanvasc.types.types import (
    ANY,
    BOOLEAN,
    DECIMAL,
    INTEGER,
    NUMBER,
    Enum,
    ListOf,
    MapOf,
    Nullable,
    Record,
    Type,
)  # fmt: skip
from kanvasc.version import VERSION

OURS: Final = (
    "BlockingClient", "Client", "Closed", "ConnectionLost", "ErrorCode", "Held", "Json",
    "KanvasError", "Options", "Part", "Push", "State",
)  # fmt: skip
_LANGUAGE: Final = ("Any", "False", "Final", "Literal", "None", "NotRequired", "True", "TypedDict",
                    "Unpack")  # fmt: skip


def python(file: str, program: TypedProgram) -> dict[str, str]:
    """`machines.py`, with two classes for each machine with a socket, and `__init__.py`."""
    shapes = Shapes(program, (*OURS, *_LANGUAGE), twin="Blocking")
    head = [
        f'"""Written by kanvasc {VERSION} from {file}; change that, not this."""',
        "from __future__ import annotations",
    ]
    if not shapes.machines:
        return {"machines.py": "\n\n".join(head) + "\n", "__init__.py": _package([])}
    optional = any(member.optional for shape in shapes.found for member in shape.members)
    typing = ["Literal", *(["NotRequired"] if optional else []), "TypedDict", "Unpack"]
    ours = ["Client", "Given", *(["Json"] if shapes.has_any else []), "Options"]
    head += [
        f"from typing import {', '.join(typing)}",
        f"from .blocking import BlockingClient\nfrom .connection import {', '.join(ours)}",
    ]
    names = [name for each in shapes.machines for name in (each.name, _blocking(each))]
    names += [shape.name for shape in shapes.found]
    body = [_typed_dict(shape, shapes) for shape in shapes.found]
    body += [_classes(machine) for machine in shapes.machines]
    # isort's layout: two lines before a class, one before anything else.
    gap = "\n\n\n" if body[0].startswith("class ") else "\n\n"
    text = "\n\n".join(head) + gap + "\n\n\n".join(body) + "\n"
    return {"machines.py": text, "__init__.py": _package(names)}


def _package(names: list[str]) -> str:
    """What can be imported from the package itself."""
    own = {
        "connection": ("Held", "Json", "Options", "Part", "Push", "State"),
        "errors": ("Closed", "ConnectionLost", "ErrorCode", "KanvasError"),
        "machines": tuple(ordered(names)),
    }
    lines = [f"from .{module} import {', '.join(each)}" for module, each in own.items() if each]
    every = sorted(name for each in own.values() for name in each)
    listed = ", ".join(f'"{name}"' for name in every)
    head = '"""Typed clients of this program\'s machines."""'
    return "\n\n".join((head, "\n".join(lines), f"__all__ = [{listed}]")) + "\n"


def _typed_dict(shape: Shape, shapes: Shapes) -> str:
    members = [(m, _member(m, shapes, shape.sent)) for m in shape.members]
    if any(keyword.iskeyword(member.name) for member in shape.members):
        inner = ", ".join(f"{literal(member.name)}: {type_}" for member, type_ in members)
        return f'{shape.name} = TypedDict("{shape.name}", {{{inner}}})'
    lines = [f"class {shape.name}(TypedDict):"]
    for member, type_ in members:
        lines.append(f"    {member.name}: {type_}")
    if not members:
        lines.append("    pass")
    return "\n".join(lines)


def _member(member: Member, shapes: Shapes, sent: bool) -> str:
    type_ = _type(member.type, shapes, sent)
    return f"NotRequired[{type_}]" if member.optional else type_


def _blocking(machine: Served) -> str:
    return f"Blocking{machine.name}"


def _classes(machine: Served) -> str:
    paths = ", ".join(literal(path) for path in machine.paths)
    first = literal(machine.paths[0])
    both = f"{machine.takes}, {machine.gives}"
    return f'''class {machine.name}(Client[{both}]):
    """The machine `{machine.machine}`, for asyncio."""

    def __init__(
        self, url: str, path: Literal[{paths}] = {first}, **options: Unpack[Given]
    ) -> None:
        super().__init__(url, path, Options(**options))


class {_blocking(machine)}(BlockingClient[{both}]):
    """The machine `{machine.machine}`, without asyncio."""

    def __init__(
        self, url: str, path: Literal[{paths}] = {first}, **options: Unpack[Given]
    ) -> None:
        super().__init__({machine.name}(url, path, **options))'''


def _type(type_: Type, shapes: Shapes, sent: bool) -> str:
    match type_:
        case Enum(values):
            return f"Literal[{', '.join(map(literal, values))}]"
        case ListOf(item):
            return f"list[{_type(item, shapes, sent)}]"
        case MapOf(item):
            return f"dict[str, {_type(item, shapes, sent)}]"
        case Nullable(inner):
            return f"{_type(inner, shapes, sent)} | None"
        case Record():
            return shapes.name(type_, sent)
    if type_ == DECIMAL:
        return "str | float" if sent else "str"
    scalars: dict[Type, str] = {BOOLEAN: "bool", INTEGER: "int", NUMBER: "float", ANY: "Json"}
    return scalars.get(type_, "str")
