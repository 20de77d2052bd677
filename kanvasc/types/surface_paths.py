"""Paths of surfaces: what a path is, the parameters in it, and which two cannot both be served."""

from __future__ import annotations

import re
from typing import Final

from kanvasc.records import dataclass
from kanvasc.source import Source, Span

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
WITHOUT_BODY: Final = frozenset({"GET", "DELETE"})
"""Their input stands in the path and the query."""
RESERVED_PATHS: Final = (
    "/healthz",
    "/readyz",
    "/metrics",
    "/docs",
    "/mcp",
    "/openapi.json",
    "/asyncapi.json",
)
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+|/")
_PARAMETER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", re.ASCII)


def path_problem(path: str, *, parameters: bool = False) -> str | None:
    """Why `path` is no path of a surface (RFC 3986 section 3.3), or None. With `parameters`, a
    whole part of it may be `{name}`."""
    if not path.startswith("/"):
        return 'it must begin with "/"'
    if len(path) > 1 and path.endswith("/"):
        return 'it must not end with "/"'
    problem = _parameter_problem(path, parameters)
    if problem is not None:
        return problem
    if "?" in path or "#" in path:
        return "a path ends before `?` and `#`"
    if "//" in path:
        return "there is no name between these two slashes"
    if any(part in (".", "..") for part in path.split("/")):
        return "`.` and `..` are no names"
    if _PATH.fullmatch(_PARAMETER.sub("x", path) if parameters else path) is None:
        return "it may hold letters, digits and - . _ ~ only"
    if path in RESERVED_PATHS or path == "/_kanvas" or path.startswith("/_kanvas/"):
        return "the app itself uses it"
    return None


def _parameter_problem(path: str, allowed: bool) -> str | None:
    if "{" not in path and "}" not in path and "/:" not in path:
        return None
    if not allowed:
        return "a path takes no parameters"
    if "/:" in path:
        return "a parameter is written in braces"
    parts = [part for part in path.split("/") if "{" in part or "}" in part]
    if not all(_PARAMETER.fullmatch(part) for part in parts):
        return "a parameter is a field's name in braces, alone between two slashes"
    if len(set(parts)) < len(parts):
        return "it has the same parameter twice"
    return None


def near_path(path: str, *, parameters: bool = False) -> str | None:
    """The nearest path that can be served: without a host, doubled or last slashes, blanks."""
    if not path.isascii():
        return None
    rest = re.sub(r"^[a-z]+://[^/]*", "", path).partition("?")[0]
    parts = [_near_part(part, parameters) for part in rest.split("/")]
    near = "/" + "/".join(part for part in parts if part not in ("", ".", ".."))
    return near if near != "/" and path_problem(near, parameters=parameters) is None else None


def _near_part(part: str, parameters: bool) -> str:
    bare = re.sub(r"[^A-Za-z0-9._~-]+", "-", part).strip("-")
    if parameters and (part.startswith(":") or ("{" in part and "}" in part)):
        return f"{{{bare}}}"
    return bare


def parameters_of(path: str) -> tuple[str, ...]:
    """The names of a path's parameters, in order."""
    return tuple(_PARAMETER.findall(path))


def shape(path: str) -> str:
    """Two paths of one shape match the same requests."""
    return _PARAMETER.sub("{}", path)


@dataclass(frozen=True, slots=True)
class Place:
    """A path that a surface has taken, for one method or for all of them."""

    method: str | None
    source: Source
    span: Span


class Paths:
    """The paths of all surfaces of a program. Surfaces of the kind `api` share one as long as
    their methods differ; others share with nobody."""

    def __init__(self) -> None:
        self._taken: dict[str, list[Place]] = {}
        self.asked: list[tuple[str, Place, Place | None]] = []
        """Who wanted which path, and whose it was, in order."""

    def owner(self, path: str, place: Place) -> Place | None:
        """Whose it is, if it is somebody's."""
        for other in self._taken.get(shape(path), ()):
            if other.method is None or place.method is None or other.method == place.method:
                return other
        return None

    def take(self, path: str, place: Place) -> Place | None:
        """Whose it is already, if it is somebody's."""
        owner = self.owner(path, place)
        self.asked.append((path, place, owner))
        if owner is None:
            self._taken.setdefault(shape(path), []).append(place)
        return owner
