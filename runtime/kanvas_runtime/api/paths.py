"""Which endpoint a request is for: paths whose parts are words, or fields in braces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote


class Pattern:
    """A path of a surface, cut into its parts."""

    __slots__ = ("_parts", "parameters", "path", "rank")

    def __init__(self, path: str) -> None:
        self.path = path
        self._parts = path.split("/")[1:]
        self.parameters = tuple(part[1:-1] for part in self._parts if part.startswith("{"))
        # Words come before fields, from the left: /orders/new is no order's id.
        self.rank = tuple(part.startswith("{") for part in self._parts)

    @property
    def shape(self) -> tuple[str, ...]:
        """Patterns of one shape match the same paths."""
        return tuple("" if part.startswith("{") else part for part in self._parts)

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """The texts of the parameters; None when the path is another one."""
        if len(parts) != len(self._parts):
            return None
        found: dict[str, str] = {}
        for wanted, part in zip(self._parts, parts, strict=True):
            if not wanted.startswith("{"):
                if wanted != part:
                    return None
            elif not part:
                return None
            else:
                found[wanted[1:-1]] = part
        return found


def parts_of(scope: Mapping[str, Any]) -> list[str] | None:
    """The parts of a request's path, decoded one by one: `%2F` stands for no slash of the path.

    None when it is not UTF-8.
    """
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    try:
        text = raw.partition(b"?")[0].decode("ascii")
        return [unquote(part, errors="strict") for part in text.split("/")[1:]]
    except UnicodeError:
        return None


def most_certain_first(patterns: Iterable[Pattern]) -> list[Pattern]:
    """So that the first one that matches is the one that is meant."""
    return sorted(patterns, key=lambda each: (len(each.rank), each.rank))
