"""What a held step is about to do, as a person reads it: exactly that, without its secrets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import asdict

from kanvas_runtime.codec.describe import fields
from kanvas_runtime.codec.json_text import encode_sorted
from kanvas_runtime.contract import Record
from kanvas_runtime.machine import Ask, Value
from kanvas_runtime.mask import MASK, Mask
from kanvas_runtime.memory.interface import Remembered, Wanted
from kanvas_runtime.outside.request import Request, prepare
from kanvas_runtime.reasoning.prompt import compose

SECRET_HEADERS = frozenset({"authorization", "cookie", "x-api-key", "x-auth-token"})
"""What proves who one is, wherever it came from."""


class Arguments(NamedTuple):
    """`shown` makes what a person sees, `exact` all that is executed; both may be asked again."""

    shown: Callable[[Mask], object]
    exact: Callable[[], object]

    def told(self, mask: Mask) -> str:
        """What a person sees, as JSON."""
        return encode_sorted(mask.value(self.shown(mask))).decode()

    def fingerprint(self) -> bytes:
        """Changes with anything that is executed; stays in this process."""
        return hashlib.sha256(encode_sorted(self.exact())).digest()


def of_ask(step: Ask[Any], task: Iterable[str | Value], role: str | None) -> Arguments:
    """The very prompt, and what is said beside it."""
    parts = tuple(task)

    def shown(mask: Mask) -> dict[str, object]:
        # Before they are written: a prompt escapes more letters than the mask knows of.
        hidden = [p if isinstance(p, str) else _hidden(p, mask) for p in parts]
        prompt = compose(hidden, role)
        said = {"model": step.model, "system": prompt.system, "user": prompt.user}
        effort = {} if step.effort is None else {"effort": step.effort}
        return said | effort | {"max_tokens": step.max_tokens}

    return Arguments(shown, lambda: shown(Mask()))


def of_http(request: Request) -> Arguments:
    """The request as it leaves; of its headers, those that the step has set."""

    def exact() -> list[object]:
        return [request.method, str(request.url), dict(request.headers), request.content]

    return Arguments(lambda _: _request(request), exact)


def of_call(machine: str, input: Record) -> Arguments:
    """The other machine, and what it is given."""
    return Arguments(
        lambda _: {"machine": machine, "input": masked(input)},
        lambda: {"machine": machine, "input": input},
    )


def of_memory(what: Remembered | Wanted) -> Arguments:
    """What is remembered, or looked for."""
    return Arguments(lambda _: asdict(what), lambda: asdict(what))


def masked(value: object) -> object:
    """The same value, its records as dicts in which secrets are masked."""
    if isinstance(value, Record):
        return {
            field.name: MASK if field.secret else masked(getattr(value, field.attribute))
            for field in fields(type(value))
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, dict):
        return {key: masked(item) for key, item in value.items()}
    return value


def _hidden(value: Value, mask: Mask) -> Value:
    return Value(value.name, mask.value(masked(value.value)))


_USUAL = prepare("GET", "http://localhost", None).headers.items()
_OURS = frozenset({"host", "accept-encoding", "connection"})
"""Headers that no step can set."""


def _request(request: Request) -> dict[str, object]:
    origin, target = request.url
    shown: dict[str, object] = {
        "method": request.method,
        "url": f"{origin.scheme}://{origin.authority}{target}",
    }
    headers = {
        name: MASK if name in SECRET_HEADERS else value
        for name, value in request.headers.items()
        if name not in _OURS and (name, value) not in _USUAL
    }
    if headers:
        shown["headers"] = headers
    if request.content is not None:
        shown["body"] = _body(request)
    return shown


def _body(request: Request) -> object:
    content = request.content or b""
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            return msgspec.json.decode(content)
        except msgspec.DecodeError:
            pass  # the step names a type that its text is not
    return content.decode(errors="replace")
