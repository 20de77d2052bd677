"""The part of the TypeScript client that is the program's own."""

from __future__ import annotations

import json
from typing import Final

from kanvasc.emit.clients.shapes import Served, Shape, Shapes
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
    "CallOptions", "Client", "Closed", "ConnectionLost", "ErrorCode", "Held", "Json", "KanvasError",
    "Options", "Part", "Push", "RunOptions", "SocketConstructor", "SocketLike", "State",
    "SubscribeOptions", "Subscription",
)  # fmt: skip
_LANGUAGE: Final = (
    "Array", "Boolean", "Date", "Error", "Map", "Number", "Object", "Promise", "Record", "String",
    "Symbol", "URL", "WebSocket",
)  # fmt: skip


def typescript(file: str, program: TypedProgram) -> str:
    """`index.ts`: a class for each machine with a socket, an interface for each of its objects."""
    shapes = Shapes(program, (*OURS, *_LANGUAGE))
    head = f"// Written by kanvasc {VERSION} from {file}; change that, not this."
    ours = 'export * from "./kanvas.js";'
    if not shapes.machines:
        return f"{head}\n{ours}\n"
    json_type = "type Json, " if shapes.has_any else ""
    used = f'import {{ Client, {json_type}type Options }} from "./kanvas.js";'
    parts = [f"{head}\n{used}\n\n{ours}"]
    parts += [_interface(shape, shapes) for shape in shapes.found]
    parts += [_class(machine) for machine in shapes.machines]
    return "\n\n".join(parts) + "\n"


def _interface(shape: Shape, shapes: Shapes) -> str:
    if not shape.members:
        return f"export type {shape.name} = Record<string, never>;"
    lines = [f"export interface {shape.name} {{"]
    for member in shape.members:
        if member.note:
            lines.append(f"\t/** {comment(member.note)} */")
        mark = "?" if member.optional else ""
        type_ = _type(member.type, shapes, shape.sent)
        # Whoever leaves something out may as well say `undefined`: JSON leaves that out.
        type_ = f"{type_} | undefined" if member.optional else type_
        lines.append(f"\t{member.name}{mark}: {type_};")
    return "\n".join((*lines, "}"))


def _class(machine: Served) -> str:
    paths = " | ".join(_quoted(path) for path in machine.paths)
    texts = " | ".join(_quoted(name) for name in machine.texts) or "never"
    said = f"{machine.title}: {machine.goal}" if machine.goal else machine.title
    return f"""/** {comment(said)} */
export class {machine.name} extends Client<{machine.takes}, {machine.gives}, {texts}> {{
	constructor(options: Options & {{ path?: {paths} }} = {{}}) {{
		super(options.path ?? {_quoted(machine.paths[0])}, options);
	}}
}}"""


def _type(type_: Type, shapes: Shapes, sent: bool) -> str:
    match type_:
        case Enum(values):
            return " | ".join(map(_quoted, values))
        case ListOf(item):
            inner = _type(item, shapes, sent)
            return f"({inner})[]" if " " in inner and not inner.startswith("{") else f"{inner}[]"
        case MapOf(item):
            return f"{{ [key: string]: {_type(item, shapes, sent)} }}"
        case Nullable(inner):
            return f"{_type(inner, shapes, sent)} | null"
        case Record():
            return shapes.name(type_, sent)
    if type_ in (INTEGER, NUMBER):
        return "number"
    if type_ == DECIMAL:
        return "string | number" if sent else "string"
    scalars: dict[Type, str] = {BOOLEAN: "boolean", ANY: "Json"}
    return scalars.get(type_, "string")


def _quoted(text: str) -> str:
    return json.dumps(text)  # ASCII: no sign in it means anything to the language


def comment(text: str) -> str:
    """Text of a program where it can end no comment."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable.replace("*/", "* /").replace("\\", "/")
