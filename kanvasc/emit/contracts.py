"""The files of `contract/`: what a program promises, for machines to read."""

from __future__ import annotations

import json
from typing import Any

from kanvasc.emit.asyncapi import asyncapi
from kanvasc.emit.openapi import openapi
from kanvasc.emit.schema import schemas
from kanvasc.types.program import TypedProgram

_DOCUMENTS = {"asyncapi": asyncapi, "openapi": openapi}


def contracts(name: str, program: TypedProgram) -> dict[str, str]:
    """File name → text; `name` is the app's."""
    files = {f"{machine}.schema.json": said for machine, said in schemas(program).items()}
    files["asyncapi.json"] = asyncapi(name, program)
    files["openapi.json"] = openapi(name, program)
    return {file: text_of(said) for file, said in files.items()}


def text_of(value: Any) -> str:
    """JSON as it stands in files."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def document(kind: str, name: str, program: TypedProgram, machine: str | None = None) -> str:
    """One contract as a file: `asyncapi`, `openapi`, or `jsonschema` of one machine or of all (by
    `$defs`)."""
    if kind in _DOCUMENTS:
        return text_of(_DOCUMENTS[kind](name, program))
    known = schemas(program)
    if machine is not None:
        return text_of(known[machine])
    draft = next(iter(known.values()))["$schema"] if known else ""
    bare = {each: {"$defs": said["$defs"]} for each, said in known.items()}
    return text_of({"$schema": draft, "title": name, "$defs": bare})
