"""From a model's text to a record: our decoder decides, whatever the provider promised."""

from __future__ import annotations

from typing import TypeVar

from kanvas_runtime.codec import TypeInfo, convert, decode_json, type_info
from kanvas_runtime.codec.convert import converter
from kanvas_runtime.codec.mismatch import Mismatch
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
    if carried(info) and value is not None:
        return _held(value, info, path)
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


def _held(value: object, info: TypeInfo, path: str) -> object:
    """What a text that carries JSON holds; a value that did not come as text is its own.

    The keys in it are the model's, and must not come back to it as our words: so it is checked
    here, where a complaint can name the field alone.
    """
    try:
        held = decode_json(value) if isinstance(value, str) else value
        converter(info)(held)
    except Refusal:
        message = f"{path} must be text that holds JSON"
        raise Refusal("invalid_input", message, field=path) from None
    except Mismatch as mismatch:
        message = f"what {path} holds does not fit: a part of it {mismatch.message}"
        raise Refusal("invalid_input", message, field=path) from None
    return held
