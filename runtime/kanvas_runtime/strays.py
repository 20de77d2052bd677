"""Requests that meet no surface and yet are at one: by another method, or by a path below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Place: TypeAlias = tuple[str, str]
"""A kind of surface (`page`, `api` …) and the path that the program gives it."""


def place_of(path: str, places: Iterable[Place]) -> Place | None:
    """The surface that a request was meant for, as far as its path says; the nearest of several.

    A surface at `/` owns no more than that: everything else is below it.
    """
    nearest: Place | None = None
    length = 0
    for place in places:
        root = place[1].partition("/{")[0]
        if path == place[1]:
            return place
        if len(root) > max(1, length) and (path == root or path.startswith(f"{root}/")):
            nearest, length = place, len(root)
    return nearest
