"""From a request to the machine's input: its path, and its body or its query string."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from kanvas_runtime.api import query
from kanvas_runtime.codec import FieldInfo, fields
from kanvas_runtime.codec.json_text import decode_exact
from kanvas_runtime.contract import Record
from kanvas_runtime.engine import Served
from kanvas_runtime.errors import Refusal
from kanvas_runtime.http import media_type

JSON = "application/json"
WITHOUT_BODY = frozenset({"GET", "DELETE"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """What of a request makes the input. `texts` are the parameters of the path."""

    texts: dict[str, str]
    query: bytes
    body: bytes
    content_type: str


class Reader:
    """Reads the input of one endpoint, with the machine's own decoder."""

    def __init__(self, served: Served, method: str, parameters: tuple[str, ...]) -> None:
        self._served = served
        self._has_body = method not in WITHOUT_BODY
        record: type[Record] = served.machine.input
        accepted: tuple[FieldInfo, ...] = fields(record)
        self._fields = accepted
        self._in_path = frozenset(parameters)
        self._is_bare = all(field.name in self._in_path for field in accepted)

    def read(self, incoming: Incoming) -> Callable[[], Record]:
        """What gives the input, or raises the refusal."""
        return partial(self._read, incoming)

    def _read(self, incoming: Incoming) -> Record:
        value = self._value(incoming)
        read: Record = (
            self._served.codec.decode(value)
            if isinstance(value, bytes)
            else self._served.codec.convert(value)
        )
        return read

    def _value(self, incoming: Incoming) -> bytes | object:
        in_path = query.parameters(self._fields, incoming.texts)
        if not self._has_body:
            return self._joined(in_path, query.values(self._fields, query.pairs(incoming.query)))
        if incoming.query:
            name = next(iter(query.pairs(incoming.query)), ("", ""))[0]
            message = "the input stands in the body: nothing is read from the query"
            raise Refusal("unknown_field", message, field=name)
        if not incoming.body and self._is_bare and not incoming.content_type:
            return in_path
        check_media(incoming.content_type)
        if not in_path:
            return incoming.body
        return self._joined(in_path, decode_exact(incoming.body))

    def _joined(self, in_path: dict[str, object], value: Any) -> object:
        """The machine's decoder refuses what is no object."""
        if not isinstance(value, dict):
            return value
        for name in value:
            if name in self._in_path:
                raise Refusal("unknown_field", f"{name} stands in the path already", field=name)
        return in_path | value


def check_media(content_type: str) -> None:
    """Raises `unsupported_media` for what is no JSON."""
    kind = media_type(content_type)
    if kind == JSON or (kind.startswith("application/") and kind.endswith("+json")):
        return
    said = f"not {kind[:60]}" if kind else "and say so in Content-Type"
    raise Refusal("unsupported_media", f"send {JSON}, {said}")
