"""Functions of maps. Their order is the one in which keys came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from kanvas_runtime.fuel import check_list, weigh_list

T = TypeVar("T")


def keys(map_: Mapping[str, T]) -> list[str]:
    weigh_list(len(map_))
    return list(map_)


def values(map_: Mapping[str, T]) -> list[T]:
    weigh_list(len(map_))
    return list(map_.values())


def has(map_: Mapping[str, T], key: str) -> bool:
    return key in map_


def get(map_: Mapping[str, T], key: str) -> T | None:
    """The value of a key, or null."""
    return map_.get(key)


def merge(map_: Mapping[str, T], other: Mapping[str, T]) -> dict[str, T]:
    """Both maps in one; where both have a key, the other's value."""
    check_list(len(map_) + len(other))
    return {**map_, **other}
