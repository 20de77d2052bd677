"""Our own way to serve: uvicorn with a protocol class that keeps what the plain ones cannot.

For `python app.py`, and for `uvicorn app:app --ws kanvas_runtime.server:Protocol`.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import gc
import json
import logging
import shlex
import socket
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn, cast

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import SecurityError
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.typing import BytesLike

from kanvas_runtime.asgi import ABNORMAL, FAIRNESS
from kanvas_runtime.codec.sample import sample
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import CloseCode, Refusal
from kanvas_runtime.frames import Cutter, Piece, text_frame
from kanvas_runtime.handshake import is_loopback_address, is_loopback_name
from kanvas_runtime.http_protocol import HttpProtocol
from kanvas_runtime.link import EXTENSION, Receiver
from kanvas_runtime.session import DRAIN

if TYPE_CHECKING:
    from kanvas_runtime.service import Service

UNREAD_PONGS = 1024 * 1024
"""A client that pings, and leaves this many bytes of pongs unread, is dropped."""

LINGER = 2.0
"""Seconds in which what a failed client still sends is read and forgotten; closing with unread
data resets the connection, and the close frame with the reason would be lost."""

GARBAGE = 20_000
"""Objects after which cycles are looked for. A turn of the loop makes thousands that go by
themselves."""

HEADERS_TOO_LARGE = 431
"""RFC 6585 section 5."""
TOO_LARGE = "a handshake has at most 128 headers, and at most 8192 bytes in a line"

EXIT_USAGE = 2

_log = logging.getLogger("kanvas.websocket")


class Protocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol on the websockets library, and a `Link` for our driver.

    The base class stops reading after each message until the application takes it, which also
    leaves pongs unread; here the application says when to stop. Compression is off (RFC 7692 is
    optional; it doubles the memory of a connection). Applications that are not ours work too.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.conn.available_extensions = []
        self.close_timeout = 5.0
        self.ping_interval = self.ping_timeout = None
        self._on_shutdown: Callable[[], None] | None = None
        self._fragments = bytearray()
        self._unread_pongs = 0
        self._receiver: Receiver | None = None
        self._is_early = False
        self._cutter = Cutter()
        self._pieces: deque[Piece] = deque()  # cut, and not delivered yet
        self._holding = False  # whether reading is stopped until they are

    # A `Link`.

    is_direct = True

    def deliver(self, receiver: Receiver) -> None:
        """See `Link`."""
        early, self.queue = self.queue, cast("asyncio.Queue[Any]", _Inbox(receiver))
        self._receiver = receiver
        while not early.empty():
            self.queue.put_nowait(early.get_nowait())

    def write(self, texts: Sequence[str]) -> None:
        """See `Link`."""
        if texts and not self.close_sent and not self.transport.is_closing():
            self.transport.write(b"".join(map(text_frame, texts)))

    def write_one(self, text: str) -> None:
        """See `Link`."""
        if not self.close_sent and not self.transport.is_closing():
            self.transport.write(text_frame(text))

    @property
    def takes_more(self) -> bool:
        """See `Link`."""
        return self.writable.is_set()

    def opened(self, heartbeat: float, hard_cap: int, on_shutdown: Callable[[], None]) -> None:
        """See `Link`."""
        self.ping_interval = self.ping_timeout = heartbeat
        self.conn.max_message_size = hard_cap
        self._on_shutdown = on_shutdown

    def pause_reading(self) -> None:
        """See `Link`."""
        if not self.read_paused and not self.transport.is_closing():
            self.read_paused = True
            self.transport.pause_reading()
            self.stop_keepalive()

    def resume_reading(self) -> None:
        """See `Link`."""
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            if self._pieces:
                self.loop.call_soon(self._deliver)
            elif not self._holding:
                self.transport.resume_reading()
            if not self.close_sent:
                self.start_keepalive()

    def abort(self) -> None:
        """See `Link`."""
        self.transport.abort()

    # Where the base class does otherwise.

    def handle_connect(self, event: Request) -> None:
        """Put this connection into the scope before the application sees it."""
        super().handle_connect(event)
        if not self.close_sent:
            extensions = cast("dict[str, object]", self.scope["extensions"])
            extensions[EXTENSION] = self

    def handle_text(self, event: Frame) -> None:
        """The first frame of a message, mostly the only one."""
        self.curr_msg_data_type = "text"
        self._begin(event)

    def handle_bytes(self, event: Frame) -> None:
        """The same, binary."""
        self.curr_msg_data_type = "bytes"
        self._begin(event)

    def _begin(self, event: Frame) -> None:
        if event.fin:
            self._hand_over(event.data)
        else:
            self._fragments = bytearray(event.data)

    def handle_cont(self, event: Frame) -> None:
        """One growing buffer: a list of a million one-byte fragments would be forty times that."""
        self._fragments += event.data
        if event.fin:
            self._hand_over(self._fragments)
            self._fragments = bytearray()

    def _hand_over(self, data: BytesLike) -> None:
        if self.close_sent:
            return
        if self.curr_msg_data_type == "bytes":
            self.queue.put_nowait({"type": "websocket.receive", "bytes": bytes(data)})
            return
        try:
            text = str(data, "utf-8")
        except UnicodeDecodeError:
            self.conn.fail(CloseCode.INVALID_TEXT, "a text frame is UTF-8")
            self.handle_parser_exception()
            return
        self.queue.put_nowait({"type": "websocket.receive", "text": text})

    def handle_parser_exception(self) -> None:
        """Say why, then wait for the client to be done with what it was sending."""
        closed = self.conn.close_sent
        code, reason = (closed.code, closed.reason) if closed else (1006, "")
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self.stop_keepalive()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.close_timer is None:
            self.close_timer = self.loop.call_later(LINGER, self.transport.close)

    def data_received(self, data: bytes) -> None:
        """asyncio."""
        receiver = self._receiver
        if receiver is None or self._is_early:
            # The library may have the beginning of a frame when somebody sends before the answer.
            if receiver is None:
                self._is_early |= self.handshake_initiated or not data.endswith(b"\r\n\r\n")
            self._parse(data)
            return
        if not self._pieces and not self.read_paused and self.conn.state is State.OPEN:
            text = self._cutter.single(data)
            if text is not None:
                receiver.text(text)
                return
        self._pieces.extend(self._cutter.cut(data))
        self._deliver()

    def _hand_on(self, piece: Piece) -> None:
        if not isinstance(piece, str):
            self._parse(piece)
        elif self._receiver is not None and self.conn.state is State.OPEN:
            self._receiver.text(piece)

    def _deliver(self) -> None:
        """Hand on what was cut, in order, as long as the driver wants it; now and then others
        have their turn."""
        for _ in range(min(len(self._pieces), FAIRNESS)):
            if self.read_paused:
                break
            self._hand_on(self._pieces.popleft())
        self._hold()

    def _hold(self) -> None:
        """Nothing more is read while something is left."""
        if self.transport.is_closing():
            self._pieces.clear()
        elif self._pieces:
            if not self._holding:
                self._holding = True
                self.transport.pause_reading()
            if not self.read_paused:
                self.loop.call_soon(self._deliver)
        elif self._holding:
            self._holding = False
            if not self.read_paused:
                self.transport.resume_reading()

    def _parse(self, data: bytes) -> None:
        """What the library has to look at. After a failure it only discards."""
        if self.conn.parser_exc is None and not (self.close_sent and self.conn.eof_sent):
            super().data_received(data)
            if self.conn.handshake_exc is not None and not self.handshake_complete:
                self._reject()

    def _reject(self) -> None:
        """A request that the library does not take: the base class would leave it unanswered."""
        self.handshake_complete = self.close_sent = True
        large = isinstance(self.conn.handshake_exc, SecurityError)
        code, status = ("too_large", HEADERS_TOO_LARGE) if large else ("invalid_frame", 400)
        message = TOO_LARGE if large else "this is no HTTP request that opens a WebSocket"
        body = json.dumps(Refusal(code, message).body())
        _log.warning("a handshake was refused (%s %s): %s", status, code, message)
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
        )
        length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.transport.write(f"{head}{length}{body}".encode())
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """asyncio. Without a close frame from either side: 1006 (RFC 6455 section 7.1.5)."""
        if not self.close_sent and self.conn.close_rcvd is None:
            self.queue.put_nowait({"type": "websocket.disconnect", "code": 1006})
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        """Answer it, unless the answers pile up behind what the client does not read."""
        pongs = self.conn.data_to_send()
        self._unread_pongs += 0 if self.writable.is_set() else sum(map(len, pongs))
        if self._unread_pongs > UNREAD_PONGS:
            self.transport.abort()
        else:
            self.transport.write(b"".join(pongs))

    def resume_writing(self) -> None:
        """asyncio. The client reads."""
        self._unread_pongs = 0
        super().resume_writing()
        if self._receiver is not None:
            self._receiver.writable()

    def keepalive_timeout(self) -> None:
        """No pong: the client is gone. Nothing is flushed to somebody who is not there."""
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": 1006, "reason": "no answer to a ping"}
        )
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        """The server stops: the driver lets running work end, then closes."""
        if self._on_shutdown is not None and self.handshake_complete and not self.close_sent:
            self._on_shutdown()
        else:
            super().shutdown()


class _Inbox:
    """Stands where the base class puts what the application is to ask for."""

    __slots__ = ("_receiver",)

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver

    def put_nowait(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.disconnect":
            self._receiver.gone(message.get("code") or ABNORMAL, message.get("reason") or "")
        elif message.get("text") is None:
            self._receiver.binary()
        else:
            self._receiver.text(message["text"])


class Server(uvicorn.Server):
    """Says what to open once it listens."""

    def __init__(self, config: uvicorn.Config, banner: str) -> None:
        super().__init__(config)
        self._banner = banner

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn."""
        await super().startup(sockets)
        gc.freeze()  # what was imported stays: walking it again makes every connection slower
        gc.set_threshold(GARBAGE)
        print(self._banner, flush=True)


def configuration(app: ASGIApp) -> uvicorn.Config:
    """How uvicorn serves an app with all that is promised."""
    return uvicorn.Config(
        app,
        http=HttpProtocol,
        ws=Protocol,
        loop="uvloop" if _has_uvloop() else "asyncio",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=int(DRAIN) + 5,
    )


def serve(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Serve until a signal. Exits with 2, and one sentence, when that cannot be begun."""
    options = _options(service, arguments)
    service.configure(host=options.host, port=options.port, simulate=options.simulate)
    service.own_server = True
    problem = unsafe(service, options.host) or service.start_problem()
    if options.mcp:
        from kanvas_runtime.tools.stdio import talk

        problem = service.start_problem() or talk(service)
        if problem is not None:
            _refuse(problem)
        return
    if problem is not None:
        _refuse(problem)
    listener = listen(options.host, options.port)
    config = configuration(service.app)
    server = Server(config, banner(service, options.host, listener.getsockname()[1]))
    with listener:
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            return
        except SystemExit:
            sys.exit(EXIT_USAGE)  # the start was refused; the log has said why


def banner(service: Service, host: str, port: int) -> str:
    """What a person at the terminal needs next."""
    name = "localhost" if host in ("0.0.0.0", "::") or is_loopback_name(host) else host
    base = f"{'[' + name + ']' if ':' in name else name}:{port}"
    lines = [f"{service.name} is served at http://{base}"]
    lines += [f"  page     http://{base}{page.path}" for page in service.pages]
    lines += [f"  api      http://{base}{path}" for path, _ in service.api_paths()]
    for path, endpoint in service.sockets.items():
        lines += _invitation(f"ws://{base}{path}", endpoint.served.machine.input)
    lines.append(f"  data     {service.settings.data}")
    if service.settings.ledger is not None:
        lines.append(f"  ledger   {service.settings.ledger}")
    if service.simulated:
        lines.append("  SIMULATED: steps answer what the program assumes; nothing is asked")
    return "\n".join(lines)


def _invitation(url: str, contract: type[Record]) -> list[str]:
    """A line for a browser's console and one for a shell; both send a message that fits."""
    message = json.dumps(sample(contract), ensure_ascii=False)
    return [
        f"  console  ws = new WebSocket({json.dumps(url)}); "
        "ws.onmessage = e => console.log(e.data); "
        f"ws.onopen = () => ws.send({json.dumps(message, ensure_ascii=False)})",
        f"  shell    echo {shlex.quote(message)} | websocat {url}",
    ]


def _options(service: Service, arguments: Sequence[str] | None) -> argparse.Namespace:
    set_up = service.settings
    parser = argparse.ArgumentParser(description=f"Serve {service.name}.")
    parser.add_argument("--host", default=set_up.host, help="address to listen on (%(default)s)")
    parser.add_argument("--port", default=set_up.port, type=int, help="port (%(default)s)")
    parser.add_argument(
        "--simulate",
        action="store_true",
        default=set_up.simulate,
        help="steps answer what the program assumes; nothing is asked",
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        help="do not listen: offer the machines as tools over standard input and output",
    )
    return parser.parse_args(arguments)


def unsafe(service: Service, host: str) -> str | None:
    """A surface that says nothing about auth is for this machine only."""
    if host == "localhost" or is_loopback_address(host):
        return None
    silent = [path for path, endpoint in service.sockets.items() if not endpoint.surface.auth]
    silent += [page.path for page in service.pages if not page.auth]
    silent += [path for path, auth in service.api_paths() if not auth]
    if not silent:
        return None
    return (
        f"{', '.join(silent)}: nothing is said about auth, so {host} is not listened on. Write"
        " `auth: none` to be open to everybody, or another auth, on each surface."
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; exits with 2, and what to do, when there cannot be one."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, number)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except (OSError, OverflowError) as error:
        _refuse(_why_not(host, port, error))
    return listener


def _why_not(host: str, port: int, error: Exception) -> str:
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        return (
            f"port {port} is in use: stop what listens there, or choose another with"
            f" --port {port + 1}."
        )
    return f"{host}:{port} cannot be listened on: {error}."


def _refuse(problem: str) -> NoReturn:
    print(problem, file=sys.stderr)
    sys.exit(EXIT_USAGE)


def _has_uvloop() -> bool:
    try:
        import uvloop  # noqa: F401  there is none on Windows
    except ImportError:
        return False
    return True
