"""How a client shows who it is, as contracts say it."""

from __future__ import annotations

from typing import Any, Final

from kanvasc.types.program import SurfaceSpec

SCHEMES: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "api_key": {
        "api_key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key made with `keys new`: Authorization: Bearer kv_…",
        },
        "api_key_header": {
            "type": "httpApiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The same key in a header of its own.",
        },
    },
    "session": {
        "session": {
            "type": "httpApiKey",
            "in": "cookie",
            "name": "__Host-kanvas_session",
            "description": "A session of a browser that has signed in at /_kanvas/sign-in.",
        }
    },
    "oauth": {
        "oauth": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of the issuer that the app trusts.",
        }
    },
}
"""Word of `auth` → the schemes that it lets in, in the form of AsyncAPI."""


def texts(surface: SurfaceSpec, option: str) -> tuple[str, ...]:
    """An option of several words."""
    value = surface.options.get(option, ())
    assert isinstance(value, tuple)
    return value


def auth(surface: SurfaceSpec) -> list[str]:
    """Without `auth` only this machine is served."""
    return list(texts(surface, "auth")) or ["loopback"]


def http_schemes(surfaces: list[SurfaceSpec]) -> dict[str, Any]:
    """Those that any of the surfaces takes, in the form of OpenAPI."""
    ways = dict.fromkeys(way for surface in surfaces for way in texts(surface, "auth"))
    return {
        name: {**said, "type": said["type"].replace("httpApiKey", "apiKey")}
        for way in ways
        for name, said in SCHEMES.get(way, {}).items()
    }


def requirements(surface: SurfaceSpec) -> list[dict[str, list[str]]]:
    """Any one of them lets somebody in; none where nobody has to show anything."""
    scopes = list(texts(surface, "scopes"))
    return [{name: scopes} for way in texts(surface, "auth") for name in SCHEMES.get(way, ())]
