"""From a model's text to a record: our decoder decides, whatever the provider promised."""

from __future__ import annotations

from typing import TypeVar

from kanvas_runtime.codec import TypeInfo, convert, decode_json, type_info
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.reasoning.schema import carried

R = TypeVar("R", bound=Record)


def accept(text: str, returns: type[R]) -> R:
    """Decode an answer. Fields that nobody asked for are dropped.

    Raises:
        Refusal: the message says what is wrong, for the model to read.
    """
    value = _unpacked(decode_json(text, "the answer"), type_info(returns), "")
    answer: R = convert(value, returns, drop_unknown=True)
    return answer


def _unpacked(value: object, info: TypeInfo, path: str) -> object:
    """The value, with what texts hold in the place of those that carry JSON."""
    if isinstance(value, str) and carried(info):
        return _held(value, path)
    if isinstance(value, dict) and info.record is not None:
        types = {field.name: field.type for field in info.fields}
        return {
            name: _unpacked(each, types[name], f"{path}.{name}".lstrip("."))
            for name, each in value.items()
            if name in types
        }
    if isinstance(value, list) and info.item is not None:
        item = info.item
        return [_unpacked(each, item, f"{path}[{i}]") for i, each in enumerate(value)]
    return value


def _held(text: str, path: str) -> object:
    try:
        return decode_json(text)
    except Refusal:
        message = f"{path} must be text that holds JSON"
        raise Refusal("invalid_input", message, field=path) from None
