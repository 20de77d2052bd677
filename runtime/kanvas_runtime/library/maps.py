"""Functions of maps. Their order is the one in which keys came."""

from __future__ import annotations

from typing import TypeVar

from kanvas_runtime.fuel import check_list

T = TypeVar("T")


def keys(map_: dict[str, T]) -> list[str]:
    return list(map_)


def values(map_: dict[str, T]) -> list[T]:
    return list(map_.values())


def has(map_: dict[str, T], key: str) -> bool:
    return key in map_


def get(map_: dict[str, T], key: str) -> T | None:
    """The value of a key, or null."""
    return map_.get(key)


def merge(map_: dict[str, T], other: dict[str, T]) -> dict[str, T]:
    """Both maps in one; where both have a key, the other's value."""
    check_list(len(map_) + len(other))
    return {**map_, **other}
