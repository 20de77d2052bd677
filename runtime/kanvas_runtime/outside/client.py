"""HTTP/1.1 through httpcore2: the only file that imports it.

It is the transport below httpx2, and takes the network from us. What httpx2 adds (redirects,
proxies from the environment, cookies, a log line with every URL) is what a step must not have.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable

import httpcore2
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream

from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import HttpAnswer
from kanvas_runtime.outside.request import Request
from kanvas_runtime.outside.response import Content, answer, joined_headers

_CONNECT = 5.0
"""Seconds for one address; the step as a whole has its own timeout, further up."""

# Its debug lines hold the headers of answers.
for _part in ("connection", "http11"):
    logging.getLogger(f"httpcore2.{_part}").setLevel(logging.INFO)


class Client:
    """Makes requests, each on a connection of its own: no answer can be that of another step."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """`context` instead of the system's certificate authorities."""
        self._context = context or httpcore2.default_ssl_context()

    async def send(self, request: Request, addresses: tuple[str, ...]) -> HttpAnswer:
        """Carry out a request with the first of the addresses that takes the connection.

        Raises:
            StepFailure: `http` or `timeout`.
        """
        origin = request.url.origin
        try:
            return await self._exchange(request, addresses)
        except httpcore2.TimeoutException:
            message = f"{origin.host} did not take the connection in time"
            raise StepFailure("timeout", message) from None
        except httpcore2.ConnectError as error:
            raise StepFailure("http", _unconnected(origin.host, error)) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError):
            message = f"the connection to {origin.host} broke, or what came was not HTTP"
            raise StepFailure("http", message) from None

    async def _exchange(self, request: Request, addresses: tuple[str, ...]) -> HttpAnswer:
        pool = httpcore2.AsyncConnectionPool(
            ssl_context=self._context,
            max_keepalive_connections=0,
            network_backend=_Pinned(addresses),
        )
        headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
        async with (
            pool,
            pool.stream(
                request.method,
                _url(request),
                headers=headers,
                content=request.content,
                extensions={"timeout": {"connect": _CONNECT}},
            ) as response,
        ):
            return await _read(response)


async def _read(response: httpcore2.Response) -> HttpAnswer:
    content = Content(joined_headers(response.headers).get("content-encoding", ""))
    async for chunk in response.aiter_stream():
        content.feed(chunk)
    return answer(response.status, response.headers, content.whole())


def _url(request: Request) -> httpcore2.URL:
    origin, target = request.url
    return httpcore2.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=target)


def _unconnected(host: str, error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the certificate of {host} is not valid for it"
        if isinstance(cause, ssl.SSLError):
            return f"{host} does not speak TLS as it is spoken here"
        cause = cause.__cause__ or cause.__context__
    return f"{host} does not take the connection"


class _Pinned(AsyncNetworkBackend):
    """A network in which every name has these addresses."""

    def __init__(self, addresses: tuple[str, ...]) -> None:
        self._addresses = addresses
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        *others, last = self._addresses
        for address in others:
            try:
                return await self._network.connect_tcp(address, port, timeout)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout)
