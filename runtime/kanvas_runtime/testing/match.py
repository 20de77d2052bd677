"""Where an answer departs from what was expected of it.

An object matches when each field that the expectation names matches; a list, when it has as many
items and each matches; anything else, when it is the same value: decimals, times and UUIDs are
compared as what they are, not as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from kanvas_runtime.codec import TypeInfo
from kanvas_runtime.codec.mismatch import Mismatch
from kanvas_runtime.codec.scalars import SCALARS

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Absent:
    """Stands for a value that is not there: null is one that is."""


ABSENT = Absent()


class Difference(NamedTuple):
    """`path` is such as `address.zip` or `items[3].price`; both values are JSON's."""

    path: str
    expected: object
    got: object


def differences(
    expected: object, got: object, info: TypeInfo | None = None, path: str = ""
) -> Iterator[Difference]:
    """Every departure, in the order of the expectation.

    Both values are decoded JSON. `info` is the type of the answer; without it, or for `any`,
    values are compared as JSON alone.
    """
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for name, wanted in expected.items():
            held = got.get(name, ABSENT)
            yield from differences(wanted, held, _member(info, name), _below(path, name))
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (wanted, held) in enumerate(zip(expected, got, strict=True)):
            yield from differences(wanted, held, info and info.item, f"{path}[{index}]")
    elif not _same(expected, got, info):
        yield Difference(path, expected, got)


def _member(info: TypeInfo | None, name: str) -> TypeInfo | None:
    if info is None or info.kind != "object":
        return info and info.item
    return next((field.type for field in info.fields if field.name == name), None)


def _below(path: str, name: str) -> str:
    if not _PLAIN.fullmatch(name):
        return f"{path}[{name!r}]"
    return f"{path}.{name}" if path else name


def _same(expected: object, got: object, info: TypeInfo | None) -> bool:
    """Whether two values without parts are one; a value with parts is never one without."""
    if isinstance(expected, list | Mapping) or isinstance(got, list | Mapping):
        return False
    read = SCALARS.get(info.kind) if info is not None else None
    if read is not None and expected is not None and got is not None and got is not ABSENT:
        try:
            expected, got = read(expected), read(got)
        except Mismatch:
            return False
    # Python takes true for 1; JSON does not.
    return isinstance(expected, bool) is isinstance(got, bool) and expected == got
