"""The connection to one machine over `kanvas.v1`, for asyncio: runs and subscriptions that outlive
a lost connection. It needs the package `websockets`."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Generic, Literal, TypeAlias, TypedDict, TypeVar
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from .errors import Closed, ConnectionLost, KanvasError

Input = TypeVar("Input")
Output = TypeVar("Output")
Self = TypeVar("Self", bound="Client[Any, Any]")
Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
State: TypeAlias = Literal["idle", "connecting", "live", "waiting", "closed"]

_PROTOCOL: Final = "kanvas.v1"
_FATAL: Final = frozenset((401, 403, 404, 421))
"""Answers to a handshake that the next one would get as well."""
_NOT_DONE: Final = ("overloaded", "rate_limited")
_TRIES: Final = 6


@dataclass(frozen=True, slots=True)
class Push(Generic[Output]):
    """A result of a subscription. `cursor`: where to go on; `gap`: others before were left out."""

    output: Output
    cursor: str | None
    gap: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A text of the output grows by `text`; None: what there was of it is void."""

    step: str
    field: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """The run waits for a person; its answer comes when that one has decided."""

    run: str
    capability: str
    step: str


class Given(TypedDict, total=False):
    """`Options`, as they are passed by name."""

    api_key: str | None
    ticket: Callable[[], Awaitable[str]] | None
    headers: Mapping[str, str]
    first_wait: float
    longest_wait: float
    connect_timeout: float
    heartbeat: float
    on_state: Callable[[State, Exception | None], None] | None


@dataclass(slots=True)
class Options:
    """Times in seconds. `ticket`: gives one for each connection, instead of `api_key`;
    `on_state` is told of changes, with what led to them."""

    api_key: str | None = None
    ticket: Callable[[], Awaitable[str]] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    first_wait: float = 0.5
    longest_wait: float = 30.0
    connect_timeout: float = 10.0
    heartbeat: float = 20.0
    on_state: Callable[[State, Exception | None], None] | None = None


@dataclass(slots=True, eq=False)
class _Call:
    """Something that is open. `again`: it can be sent once more after a lost connection."""

    frame: dict[str, Any]
    again: bool
    on_frame: Callable[[dict[str, Any]], None]
    on_end: Callable[[Any, Exception | None], None]
    sent: bool = False
    tries: int = 0


class Client(Generic[Input, Output]):
    """One machine. It connects when something is asked of it, and as long as something is open."""

    def __init__(self, url: str, path: str, options: Options) -> None:
        parts = urlsplit(url)
        scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
        self._url = urlunsplit((scheme, parts.netloc, path, "", ""))
        self._options = options
        self._calls: dict[str, _Call] = {}
        self._ids = itertools.count(1)
        self._socket: ClientConnection | None = None
        self._task: asyncio.Task[None] | None = None
        self._queue: asyncio.Queue[_Call] = asyncio.Queue()
        self._background: set[asyncio.Task[None]] = set()
        self._renewal: asyncio.Future[None] | None = None
        self.hello: Mapping[str, Any] | None = None
        self.state: State = "idle"

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def run(
        self,
        input: Input,
        *,
        key: str | None = None,
        on_partial: Callable[[Part], None] | None = None,
        on_held: Callable[[Held], None] | None = None,
        on_push: Callable[[Output], None] | None = None,
    ) -> Output:
        """The answer to one input. With a `key` it is carried out once, however often it is sent.

        Raises KanvasError, ConnectionLost and Closed. Cancelling the task cancels the run.
        """
        answer: asyncio.Future[Output] = asyncio.get_running_loop().create_future()

        def see(frame: dict[str, Any]) -> None:
            if frame["op"] == "push" and on_push is not None:
                on_push(frame["output"])
            _tell(frame, on_partial, on_held)

        def end(output: Output, error: Exception | None) -> None:
            if answer.done():
                return
            if error is None:
                answer.set_result(output)
            else:
                answer.set_exception(error)

        frame: dict[str, Any] = {"op": "run", "id": str(next(self._ids)), "input": input}
        if key is not None:
            frame["key"] = key
        call = _Call(frame, key is not None, see, end)
        self._open(call)
        try:
            return await answer
        except asyncio.CancelledError:
            self._leave(call, "cancel")
            raise

    async def subscribe(
        self,
        input: Input,
        *,
        after: str | None = None,
        buffer: int = 1000,
        on_partial: Callable[[Part], None] | None = None,
        on_held: Callable[[Held], None] | None = None,
    ) -> AsyncIterator[Push[Output]]:
        """Every result for an input, from now on or from a cursor, until the loop is left.

        When `buffer` of them wait for a reader, the oldest give way, and `gap` says so.
        """
        waiting: deque[Push[Output]] = deque()
        came = asyncio.Event()
        ends: list[Exception | None] = []
        frame: dict[str, Any] = {"op": "subscribe", "id": str(next(self._ids)), "input": input}
        if after is not None:
            frame["after"] = after

        def see(said: dict[str, Any]) -> None:
            if said["op"] == "push":
                cursor = said.get("cursor")
                if cursor is not None:
                    frame["after"] = cursor
                waiting.append(Push(said["output"], cursor, bool(said.get("gap"))))
                if len(waiting) > buffer:
                    waiting.popleft()
                    waiting[0] = Push(waiting[0].output, waiting[0].cursor, True)
                came.set()
            _tell(said, on_partial, on_held)

        def end(_output: object, error: Exception | None) -> None:
            ends.append(error)
            came.set()

        call = _Call(frame, True, see, end)
        self._open(call)
        try:
            while True:
                while waiting:
                    yield waiting.popleft()
                if ends:
                    if ends[0] is not None:
                        raise ends[0]
                    return
                came.clear()
                await came.wait()
        finally:
            self._leave(call, "unsubscribe")

    async def renew(self) -> None:
        """Newer credentials for the open connection, from `ticket`."""
        if self._options.ticket is None or self.hello is None or self._socket is None:
            return
        ticket = await self._options.ticket()
        self._renewal = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps({"op": "auth", "ticket": ticket}))
        await self._renewal

    async def close(self) -> None:
        """Ends everything that is open."""
        self._become("closed")
        self._fail_all(Closed("the client is closed"))
        tasks = [each for each in (self._task, *self._background) if each is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # What is open.

    def _open(self, call: _Call) -> None:
        if self.state == "closed":
            raise Closed("the client is closed")
        self._calls[call.frame["id"]] = call
        if self.hello is not None:
            self._queue.put_nowait(call)
        elif self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep())

    def _leave(self, call: _Call, op: str) -> None:
        if self._calls.pop(call.frame["id"], None) is not None and call.sent:
            self._later(self._say({"op": op, "id": call.frame["id"]}))

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _end(self, call: _Call, output: Any, error: Exception | None) -> None:
        self._calls.pop(call.frame["id"], None)
        call.on_end(output, error)

    def _fail_all(self, error: Exception) -> None:
        for call in list(self._calls.values()):
            self._end(call, None, error)

    def _become(self, state: State, why: Exception | None = None) -> None:
        if self.state in (state, "closed"):
            return
        self.state = state
        if self._options.on_state is not None:
            self._options.on_state(state, why)

    # The connection.

    async def _keep(self) -> None:
        """Connects, talks, and connects again, as long as something is open."""
        attempt = 0
        while self._calls:
            self._become("connecting")
            why: Exception
            try:
                async with await self._connect() as socket:
                    await self._talk(socket)
                why = ConnectionLost("the connection was lost")
            except InvalidStatus as refused:
                why = _refusal(refused)
                if refused.response.status_code in _FATAL:
                    self._lost()
                    self._become("idle", why)
                    self._fail_all(why)
                    return
            except ConnectionClosed as closed:
                why = ConnectionLost(f"the connection was lost: {closed}")
            except Exception as fault:  # nobody is there, or `ticket` has failed
                why = fault
            attempt = 0 if self.hello is not None else attempt
            self._lost()
            if self._calls:
                self._become("waiting", why)
                longest = min(self._options.longest_wait, self._options.first_wait * 2**attempt)
                attempt += 1
                await asyncio.sleep(longest * random.uniform(0.5, 1))
        self._become("idle")

    async def _connect(self) -> connect:
        options = self._options
        protocols = [Subprotocol(_PROTOCOL)]
        headers = dict(options.headers)
        if options.ticket is not None:
            protocols.append(Subprotocol(f"kanvas.ticket.{await options.ticket()}"))
        elif options.api_key is not None:
            headers["Authorization"] = f"Bearer {options.api_key}"
        return connect(
            self._url,
            subprotocols=protocols,
            additional_headers=headers,
            open_timeout=options.connect_timeout,
            ping_interval=options.heartbeat,
            ping_timeout=options.heartbeat,
            close_timeout=1,
            max_size=None,
            compression=None,
            proxy=None,
        )

    async def _talk(self, socket: ClientConnection) -> None:
        self._socket = socket
        async with asyncio.timeout(self._options.connect_timeout):
            self.hello = json.loads(await socket.recv())
        self._become("live")
        self._queue = asyncio.Queue()
        for call in self._calls.values():
            self._queue.put_nowait(call)
        sender = asyncio.create_task(self._send(socket))
        try:
            async for text in socket:
                self._receive(json.loads(text))
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    def _lost(self) -> None:
        """What cannot be sent again fails."""
        self._socket = self.hello = None
        if self._renewal is not None and not self._renewal.done():
            self._renewal.set_exception(ConnectionLost("the connection was lost"))
        for call in list(self._calls.values()):
            if call.sent and not call.again:
                error = ConnectionLost("the connection was lost after the run was sent")
                self._end(call, None, error)
            call.sent = False

    async def _send(self, socket: ClientConnection) -> None:
        """At most as fast as the server takes it."""
        limits = (self.hello or {}).get("limits", {})
        pause = 1 / float(limits.get("rate", 50))
        most = limits.get("max_message")
        free, loop = 0.0, asyncio.get_running_loop()
        while True:
            call = await self._queue.get()
            if self._calls.get(call.frame["id"]) is not call or call.sent:
                continue
            text = json.dumps(call.frame, ensure_ascii=False, separators=(",", ":"))
            if most is not None and len(text.encode()) > most:
                message = f"a message has at most {most} bytes"
                self._end(call, None, KanvasError({"code": "too_large", "message": message}))
                continue
            # A second's worth of messages may go at once.
            now = loop.time()
            free = max(free, now - 1) + pause
            if free > now:
                await asyncio.sleep(free - now)
            call.sent = True
            await socket.send(text)

    async def _say(self, frame: dict[str, Any]) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(json.dumps(frame))

    def _receive(self, frame: dict[str, Any]) -> None:
        op = frame.get("op")
        call = self._calls.get(frame.get("id", ""))
        if op == "error":
            self._failed(call, KanvasError(frame["error"]))
        elif op == "done" and "id" not in frame:
            if self._renewal is not None and not self._renewal.done():
                self._renewal.set_result(None)
        elif call is None:
            return
        elif op in ("result", "done"):
            self._end(call, frame.get("output"), None)
        elif op in ("push", "partial", "held"):
            call.on_frame(frame)

    def _failed(self, call: _Call | None, error: KanvasError) -> None:
        if call is None:
            renewal = self._renewal
            if renewal is not None and not renewal.done() and error.code == "unauthenticated":
                renewal.set_exception(error)
        elif error.code in _NOT_DONE and call.tries < _TRIES:
            # Nothing was done, so it can be asked again, in a while.
            call.tries += 1
            call.sent = False
            wait = error.retry_after if error.retry_after is not None else 0.25 * 2**call.tries
            self._later(self._again(call, wait * random.uniform(1, 1.25)))
        else:
            self._end(call, None, error)

    async def _again(self, call: _Call, wait: float) -> None:
        await asyncio.sleep(wait)
        if self.hello is not None:
            self._queue.put_nowait(call)


def _tell(
    frame: dict[str, Any],
    on_partial: Callable[[Part], None] | None,
    on_held: Callable[[Held], None] | None,
) -> None:
    if frame["op"] == "partial" and on_partial is not None:
        on_partial(Part(frame["step"], frame["field"], frame.get("text")))
    elif frame["op"] == "held" and on_held is not None:
        on_held(Held(frame["run"], frame["capability"], frame["step"]))


def _refusal(refused: InvalidStatus) -> Exception:
    """The error body of a refused handshake."""
    try:
        return KanvasError(json.loads(refused.response.body)["error"])
    except (ValueError, KeyError, TypeError):
        return refused
