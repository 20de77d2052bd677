"""The endpoints of a program as their documents need them: what stands in the path, the query, the
body, and examples from the program's own tests."""

from __future__ import annotations

from typing import Any, Final

from kanvasc.emit.schema import plain_value, schemas
from kanvasc.records import dataclass
from kanvasc.types.inside import every, outermost
from kanvasc.types.program import (
    FieldSpec,
    SurfaceSpec,
    TypedCall,
    TypedMachine,
    TypedProgram,
)
from kanvasc.types.surface_paths import parameters_of, shape
from kanvasc.types.types import ANY, ListOf, MapOf, Record, Type, without_null

WITHOUT_BODY: Final = ("GET", "DELETE")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`path` is the surface's; where others share it, with the names of the first one's fields.
    `body`: its schema, None where nothing is read from it. `may_hold`: a person may have to
    approve a step, of the machine or of one that it calls."""

    id: str
    method: str
    path: str
    machine: TypedMachine
    surface: SurfaceSpec
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    examples: dict[str, Any]
    may_hold: bool


def endpoints(program: TypedProgram) -> list[Endpoint]:
    """In the order of the program."""
    known = schemas(program)
    paths: dict[str, str] = {}
    held = _held(program)
    return [
        _endpoint(
            machine,
            surface,
            paths.setdefault(shape(surface.path), surface.path),
            number,
            known[machine.name]["$defs"]["input"],
            held,
        )
        for machine in program.machines
        for number, surface in enumerate(_apis(machine), 1)
    ]


def _apis(machine: TypedMachine) -> list[SurfaceSpec]:
    return [surface for surface in machine.surfaces if surface.kind == "api"]


def _endpoint(
    machine: TypedMachine,
    surface: SurfaceSpec,
    path: str,
    number: int,
    schema: dict[str, Any],
    held: frozenset[str],
) -> Endpoint:
    method = str(surface.options.get("method", "POST"))
    in_path = parameters_of(surface.path)
    names = dict(zip(in_path, parameters_of(path), strict=True))
    has_body = method not in WITHOUT_BODY
    parameters = [
        _parameter(field, names.get(field.name), schema["properties"][field.name])
        for field in machine.input.fields
        if field.name in in_path or not has_body
    ]
    body = _body(machine.name, schema, in_path) if has_body else None
    return Endpoint(
        id=machine.name if number == 1 else f"{machine.name}_{number}",
        method=method,
        path=path,
        machine=machine,
        surface=surface,
        parameters=tuple(parameters),
        body=body,
        examples={} if body is None else _examples(machine, in_path),
        may_hold=machine.name in held,
    )


def _body(name: str, schema: dict[str, Any], in_path: tuple[str, ...]) -> dict[str, Any] | None:
    rest = {key: said for key, said in schema["properties"].items() if key not in in_path}
    if not rest:
        return None
    if not in_path:
        return {"$ref": f"#/components/schemas/{name}.input"}
    required = [key for key in schema.get("required", ()) if key not in in_path]
    bare = {**_without(schema, "required"), "properties": rest}
    return {**bare, "required": required} if required else bare


def _parameter(field: FieldSpec, in_path: str | None, schema: dict[str, Any]) -> dict[str, Any]:
    """`in_path`: what it is called in the path, where it stands there."""
    said: dict[str, Any] = {
        "name": in_path or field.name,
        "in": "path" if in_path else "query",
        "required": bool(in_path) or field.required,
    }
    if field.description or field.label:
        said["description"] = field.description or field.label
    schema = _without_null(schema)
    if in_path and schema.get("type") == "string" and not schema.keys() & {"enum", "format"}:
        schema = {**schema, "minLength": max(1, schema.get("minLength", 1))}
    bare = without_null(field.type)
    if _is_json(bare):
        return {**said, "content": {"application/json": {"schema": schema}}}
    if isinstance(bare, ListOf):
        # An empty list cannot be told from one that is not there.
        rest = _without(schema, "default") if schema.get("default") == [] else schema
        schema = {**rest, "minItems": max(1, rest.get("minItems", 1))}
        return {**said, "style": "form", "explode": True, "schema": schema}
    return {**said, "schema": schema}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What stands in a path or a query is never null; what it is for is said beside it."""
    rest = {key: said for key, said in schema.items() if key not in ("title", "description")}
    kinds = rest.get("anyOf")
    if kinds is None or {"type": "null"} not in kinds:
        return rest
    left = [kind for kind in kinds if kind != {"type": "null"}]
    return {**rest, "anyOf": left} if len(left) > 1 else {**_without(rest, "anyOf"), **left[0]}


def _without(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: said for key, said in schema.items() if key != name}


def _is_json(type_: Type) -> bool:
    """Whether a value of the type stands in a query as JSON."""
    inner = without_null(type_.item) if isinstance(type_, ListOf) else type_
    return inner == ANY or isinstance(inner, ListOf | MapOf | Record)


def _examples(machine: TypedMachine, in_path: tuple[str, ...]) -> dict[str, Any]:
    """What the tests of the machine send that succeed."""
    found: dict[str, Any] = {}
    for number, test in enumerate(machine.tests, 1):
        if test.given is None or test.expect_error is not None:
            continue
        value = plain_value(test.given)
        if isinstance(value, dict):
            rest = {name: each for name, each in value.items() if name not in in_path}
            title = {"summary": test.title} if test.title else {}
            found[f"example_{number}"] = {**title, "value": rest}
    return found


def _held(program: TypedProgram) -> frozenset[str]:
    """The machines whose runs may wait for a person."""
    calls = {
        machine.name: {
            step.machine
            for step in every(outermost(machine.steps, machine.flows))
            if isinstance(step, TypedCall)
        }
        for machine in program.machines
    }
    held = {
        machine.name
        for machine in program.machines
        if any(rule.verdict == "requires approval" for rule in machine.permissions)
    }
    while True:
        more = {name for name, called in calls.items() if called & held} - held
        if not more:
            return frozenset(held)
        held |= more
