"""OpenAPI 3.1 of the endpoints of a program: every parameter, body, status and error.

It is made of the typed program, so it says what was declared, and not what happens to be routed.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from kanvasc.emit.endpoints import Endpoint, endpoints
from kanvasc.emit.messages import error_body, held_body
from kanvasc.emit.protocol import ERRORS, LONGEST_KEY
from kanvasc.emit.schema import schemas
from kanvasc.emit.security import auth, http_schemes, requirements
from kanvasc.types.program import TypedProgram

VERSION: Final = "3.1.0"
MISDIRECTED: Final = 421

_STATUSES: Final = {
    400: "The request cannot be read.",
    401: "Credentials are missing or wrong.",
    403: "The caller, or the page that it calls from, may not do this.",
    404: "There is no such path.",
    405: "The path does not take this method; Allow names those that it takes.",
    409: "The key was used with another input.",
    413: "The request is larger than the endpoint takes.",
    415: "The body is not application/json.",
    MISDIRECTED: "The server does not answer for this host name.",
    422: "The input does not fit; field says where.",
    429: "Too often, or a limit of the program is used up.",
    500: "A fault of the server, or the run was cancelled.",
    502: "A step failed.",
    503: "The server has no room, or nothing can be recorded.",
    504: "A step, the run, or a person's decision took too long.",
}
_HEADERS: Final = {
    "Kanvas-Run": {
        "description": "What the ledger calls the run.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "Idempotency-Replayed": {
        "description": "This is the answer to an earlier request with the same key.",
        "schema": {"type": "string", "const": "true"},
    },
    "Location": {
        "description": "Where the answer will be, for a day.",
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "Allow": {"description": "The methods of the path.", "schema": {"type": "string"}},
}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Within a day the same caller, machine and key get the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}


def openapi(name: str, program: TypedProgram) -> dict[str, Any]:
    """The document; its version changes when anything else of it does."""
    served = endpoints(program)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in served:
        item = paths.setdefault(endpoint.path, {})
        item[endpoint.method.lower()] = _operation(endpoint)
    document: dict[str, Any] = {
        "openapi": VERSION,
        "info": {"title": name, "version": "", "description": _description(served)},
        "servers": [{"url": "/", "description": "The app that serves this document."}],
        "paths": paths,
        "components": _components(program, served),
    }
    text = json.dumps(document, sort_keys=True)
    document["info"]["version"] = hashlib.sha256(text.encode()).hexdigest()[:12]
    return document


def _description(served: list[Endpoint]) -> str:
    if not served:
        return "This app has no endpoint."
    return (
        "A request is one input of a machine, and its answer the output. Errors have one form on"
        " every surface; the code in it says what went wrong."
    )


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    machine = endpoint.machine
    said: dict[str, Any] = {
        "operationId": endpoint.id,
        "summary": machine.title or machine.name,
        **({"description": machine.goal} if machine.goal else {}),
        "parameters": [*endpoint.parameters, {"$ref": "#/components/parameters/IdempotencyKey"}],
    }
    if endpoint.body is not None:
        examples = {"examples": endpoint.examples} if endpoint.examples else {}
        content = {"application/json": {"schema": endpoint.body, **examples}}
        said["requestBody"] = {"required": True, "content": content}
    said["responses"] = _responses(endpoint)
    said["security"] = requirements(endpoint.surface)
    return {
        **said,
        "x-machine": machine.name,
        "x-auth": auth(endpoint.surface),
        "x-rate": endpoint.surface.options.get("rate", 50.0),
        "x-max-message": endpoint.surface.options.get("max_message", 64 * 1024),
    }


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    output = {"$ref": f"#/components/schemas/{endpoint.machine.name}.output"}
    told = "push, held, result and error: each names what its data line holds"
    responses: dict[str, Any] = {
        "200": {
            "description": "The output; events for a client that accepts those.",
            "headers": _headers("Kanvas-Run", "Idempotency-Replayed"),
            "content": {
                "application/json": {"schema": output},
                "text/event-stream": {"schema": {"type": "string", "description": told}},
            },
        }
    }
    if endpoint.may_hold:
        responses["202"] = {"$ref": "#/components/responses/202"}
    for status in _STATUSES:
        if status != 405 and (status != 415 or endpoint.body is not None):
            responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return responses


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _components(program: TypedProgram, served: list[Endpoint]) -> dict[str, Any]:
    if not served:
        return {}
    contracts = schemas(program)
    known: dict[str, Any] = {}
    for name in dict.fromkeys(endpoint.machine.name for endpoint in served):
        for side in ("input", "output"):
            known[f"{name}.{side}"] = contracts[name]["$defs"][side]
    known["error"] = {
        "type": "object",
        "properties": {"error": error_body(plain=False)},
        "required": ["error"],
    }
    responses = {str(status): _refusal(status, said) for status, said in _STATUSES.items()}
    if any(endpoint.may_hold for endpoint in served):
        known["held"] = held_body()
        responses["202"] = {
            "description": "A step of the run waits for a person.",
            "headers": _headers("Location", "Kanvas-Run"),
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/held"}},
                "text/event-stream": {"schema": {"type": "string"}},
            },
        }
    schemes = http_schemes([endpoint.surface for endpoint in served])
    return {
        "schemas": known,
        "parameters": {"IdempotencyKey": _KEY},
        "headers": _HEADERS,
        "responses": responses,
        **({"securitySchemes": schemes} if schemes else {}),
    }


def _refusal(status: int, said: str) -> dict[str, Any]:
    codes = [code for code, (usual, _) in ERRORS.items() if usual == status]
    codes = ["origin_refused"] if status == MISDIRECTED else codes
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    headers = {429: ("Retry-After",), 503: ("Retry-After",), 405: ("Allow",)}.get(status, ())
    return {
        "description": said,
        **({"headers": _headers(*headers)} if headers else {}),
        "content": {
            "application/json": {
                "schema": {"allOf": [{"$ref": "#/components/schemas/error"}, narrowed]},
                "examples": {
                    code: {"value": {"error": {"code": code, "message": ERRORS[code][1]}}}
                    for code in codes
                },
            }
        },
    }
