"""The one file that knows the `mcp` package: machines as its tools."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from starlette.types import Receive, Scope, Send

from kanvas_runtime.tools.toolbox import Toolbox, Visitor
from kanvas_runtime.version import VERSION

VISITOR = "kanvas.visitor"
"""Where an ASGI scope says who asks."""

_Context = ServerRequestContext[dict[str, Any], Any]


def server(name: str, toolbox: Toolbox, local: Visitor | None = None) -> Server[dict[str, Any]]:
    """`local`: who asks by a way that is no HTTP request."""

    def visitor(context: _Context) -> Visitor:
        if context.request is None:
            assert local is not None
            return local
        found: Visitor = context.request.scope[VISITOR]
        return found

    async def list_tools(
        context: _Context, _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        shown = toolbox.shown_to(visitor(context))
        return types.ListToolsResult(
            tools=[
                types.Tool(
                    name=tool.name,
                    title=tool.title,
                    description=tool.description,
                    input_schema=tool.input,
                    output_schema=tool.output,
                )
                for tool in shown
            ]
        )

    async def call_tool(
        context: _Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        called = await toolbox.call(params.name, params.arguments or {}, visitor(context))
        if called is None:
            raise MCPError(types.INVALID_PARAMS, f"there is no tool {params.name[:100]}")
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=called.text)],
            structured_content=called.value,
            is_error=called.is_error,
        )

    return Server(name, version=VERSION, on_list_tools=list_tools, on_call_tool=call_tool)


class HttpTools:
    """Streamable HTTP, as if without sessions: every request is answered by itself, as JSON."""

    def __init__(self, name: str, toolbox: Toolbox) -> None:
        self._manager = StreamableHTTPSessionManager(
            server(name, toolbox), json_response=True, stateless=True
        )

    @contextlib.asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """As long as it serves."""
        logging.getLogger("mcp").setLevel(logging.WARNING)
        async with self._manager.run():
            yield

    async def handle(self, visitor: Visitor, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of somebody who may come; its runs end with it, however it ends."""
        await self._manager.handle_request({**scope, VISITOR: visitor}, receive, send)


async def speak(name: str, toolbox: Toolbox, visitor: Visitor) -> None:
    """Over standard input and output, until the input ends."""
    spoken = server(name, toolbox, visitor)
    async with stdio_server() as (read, write):
        await spoken.run(read, write, spoken.create_initialization_options())
