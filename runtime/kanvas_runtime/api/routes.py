"""All endpoints of an app behind one door: path, then method, then the endpoint itself."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kanvas_runtime.api.endpoint import ApiEndpoint
from kanvas_runtime.api.paths import most_certain_first, parts_of
from kanvas_runtime.api.sharing import preflight, sharing
from kanvas_runtime.handshake import Denial, knock
from kanvas_runtime.machine import ApiSurface


class Endpoints:
    """Answers what no other route does; what it does not know either goes to `unknown`."""

    def __init__(self, unknown: ASGIApp) -> None:
        self._unknown = unknown
        self._by_shape: dict[tuple[str, ...], dict[str, ApiEndpoint]] = {}
        self._patterns = most_certain_first(())

    def add(self, endpoint: ApiEndpoint) -> None:
        """One more; its path and method are its own."""
        methods = self._by_shape.setdefault(endpoint.pattern.shape, {})
        methods[endpoint.surface.method] = endpoint
        if len(methods) == 1:
            self._patterns = most_certain_first((*self._patterns, endpoint.pattern))

    def path_of(self, scope: Scope) -> str | None:
        """The path of the surface that a request is for, as the program has it."""
        found = self._find(scope)
        return None if found is None else next(iter(found.values())).surface.path

    def paths(self) -> list[tuple[str, tuple[str, ...]]]:
        """Those of all, with who may come there."""
        there = (each for methods in self._by_shape.values() for each in methods.values())
        return [(each.surface.path, each.surface.auth) for each in there]

    def surface(self, path: str, machine: str) -> ApiSurface | None:
        """The machine's surface of this path, if it has one."""
        there = (each for methods in self._by_shape.values() for each in methods.values())
        found = (each for each in there if each.served.machine.name == machine)
        return next((each.surface for each in found if each.surface.path == path), None)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        endpoints = self._find(scope)
        if endpoints is None or scope["type"] != "http":
            await self._unknown(scope, receive, send)
            return
        endpoint = endpoints.get(scope["method"])
        if endpoint is None:
            await _other_method(endpoints, scope)(scope, receive, send)
            return
        texts = endpoint.pattern.match(parts_of(scope) or [])
        assert texts is not None
        await endpoint.handle(texts, scope, receive, send)

    def _find(self, scope: Scope) -> dict[str, ApiEndpoint] | None:
        parts = parts_of(scope)
        if parts is None:
            return None
        for pattern in self._patterns:
            if pattern.match(parts) is not None:
                return self._by_shape[pattern.shape]
        return None


def _other_method(endpoints: dict[str, ApiEndpoint], scope: Scope) -> Response:
    request, methods = knock(scope), sorted(endpoints)
    first = next(iter(endpoints.values()))
    if scope["method"] == "OPTIONS":
        asked = dict(scope["headers"]).get(b"access-control-request-method", b"").decode("latin-1")
        named = endpoints.get(asked)
        origins = () if named is None else named.surface.origins
        return Response(status_code=204, headers=preflight(request, origins, methods))
    listed = ", ".join(methods)
    message = f"this takes {listed}"
    denial = Denial.of("method_not_allowed", message, "give the surface another method")
    origins = tuple(origin for each in endpoints.values() for origin in each.surface.origins)
    response = first.refused(denial, request)
    response.headers.update({"Allow": f"{listed}, OPTIONS", **sharing(request, origins)})
    return response
