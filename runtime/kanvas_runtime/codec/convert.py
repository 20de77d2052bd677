"""The converter that explains: from decoded JSON to the types of a contract.

It decides what fits. msgspec's typed decoder is only a faster way to the same result.
Types are compiled once into closures, records into `RecordConverter`s that are shared.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable
from typing import Any, TypeAlias

from kanvas_runtime.codec.describe import FieldInfo, TypeInfo, fields, type_info
from kanvas_runtime.codec.mismatch import Mismatch, cut, expected
from kanvas_runtime.codec.rules import Rule, one_of, rules_of
from kanvas_runtime.codec.scalars import SCALARS, text
from kanvas_runtime.contract import Record

Converter: TypeAlias = Callable[[object], Any]


def convert(value: object, type_: Any, path: str = "", *, drop_unknown: bool = False) -> Any:
    """A decoded JSON value as a value of any annotated type of a contract.

    `path` is where the value stands, for the messages. With `drop_unknown`, fields that a record
    does not have are left out (what a provider answers) instead of refused (what a caller sends).

    Raises:
        Refusal: `invalid_input` or `unknown_field`.
        TypeError: `type_` is not a type of the language.
    """
    try:
        return converter(type_info(type_), drop_unknown)(value)
    except Mismatch as mismatch:
        raise mismatch.refusal(path, "the value") from None


def converter(info: TypeInfo, drop_unknown: bool = False) -> Converter:
    """The closure that converts to the type; it raises `Mismatch`."""
    bare = _with_rules(_bare(info, drop_unknown), rules_of(info))
    return _or_null(bare) if info.nullable else bare


def _bare(info: TypeInfo, drop_unknown: bool) -> Converter:
    if info.record is not None:
        return record_converter(info.record, drop_unknown)
    if info.item is None:
        return SCALARS[info.kind]
    item = converter(info.item, drop_unknown)
    return _list_of(item, info.subset) if info.kind == "list" else _map_of(item)


def _or_null(bare: Converter) -> Converter:
    return lambda value: None if value is None else bare(value)


def _with_rules(bare: Converter, rules: tuple[Rule, ...]) -> Converter:
    if not rules:
        return bare

    def ruled(value: object) -> Any:
        converted = bare(value)
        for holds, message in rules:
            if not holds(converted):
                raise Mismatch(message)
        return converted

    return ruled


def _list_of(item: Converter, subset: tuple[object, ...]) -> Converter:
    member = _with_rules(item, (Rule(subset.__contains__, one_of(subset)),)) if subset else item

    def convert_list(value: object) -> list[Any]:
        if not isinstance(value, list):
            raise expected("a list", value)
        converted = []
        for index, each in enumerate(value):
            try:
                converted.append(member(each))
            except Mismatch as mismatch:
                raise mismatch.within(index) from None
        return converted

    return convert_list


def _map_of(item: Converter) -> Converter:
    def convert_map(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise expected("an object", value)
        converted: dict[str, Any] = {}
        for key, each in value.items():
            try:
                converted[text(key)] = item(each)
            except Mismatch as mismatch:
                raise mismatch.within(str(key)) from None
        return converted

    return convert_map


@functools.cache
def record_converter(record: type[Record], drop_unknown: bool = False) -> RecordConverter:
    """The shared converter of a record class."""
    return RecordConverter(record, drop_unknown)


class RecordConverter:
    """From an object to a record. Fields are compiled on first use: a class may hold itself."""

    def __init__(self, record: type[Record], drop_unknown: bool) -> None:
        self._record = record
        self._drop_unknown = drop_unknown

    @functools.cached_property
    def _fields(self) -> tuple[tuple[str, str, bool, Converter], ...]:
        return tuple(
            (
                field.name,
                field.attribute,
                field.required,
                _field_converter(field, self._drop_unknown),
            )
            for field in fields(self._record)
        )

    def __call__(self, value: object) -> Any:
        if not isinstance(value, dict):
            raise expected("an object", value)
        if not self._drop_unknown:
            self._refuse_unknown(value)
        given = {}
        for name, attribute, required, convert_field in self._fields:
            if name in value:
                try:
                    given[attribute] = convert_field(value[name])
                except Mismatch as mismatch:
                    raise mismatch.within(name) from None
            elif required:
                raise Mismatch("is required").within(name)
        return self._record(**given)

    def _refuse_unknown(self, value: dict[Any, object]) -> None:
        names = self._record.__struct_encode_fields__
        for key in value:
            if key not in names:
                raise _unknown(str(key), names)


def _field_converter(field: FieldInfo, drop_unknown: bool) -> Converter:
    bare = converter(field.type, drop_unknown)
    return _discreet(bare) if field.secret else bare


def _discreet(bare: Converter) -> Converter:
    """Keys inside a secret are part of it: nothing is said about where it is wrong."""

    def convert_secret(value: object) -> Any:
        try:
            return bare(value)
        except Mismatch as mismatch:
            if mismatch.place or mismatch.unknown:
                raise Mismatch("has a part that does not fit") from None
            raise

    return convert_secret


def _unknown(key: str, names: tuple[str, ...]) -> Mismatch:
    message = f'unknown field "{cut(key)}"'
    near = difflib.get_close_matches(cut(key).lower(), names, n=1)
    if near:
        message += f': did you mean "{near[0]}"?'
    elif not names:
        message = "nothing is accepted here; send {}"
    return Mismatch(message, unknown=True).within(key)
