"""One version of a program, in a fork: the app as it is built, with what helps to write it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import uvicorn

from kanvas_runtime.dev.app import DevApp
from kanvas_runtime.dev.messages import Lines, line
from kanvas_runtime.dev.news import News
from kanvas_runtime.server import banner, configuration, unsafe
from kanvas_runtime.service import Service


@dataclass(frozen=True, slots=True)
class Options:
    """As `kanvasc dev` was told."""

    host: str
    port: int
    simulate: bool


class _Server(uvicorn.Server):
    """Tells the host that it listens; ends the streams of news before it waits for them."""

    def __init__(self, app: DevApp, news: News, channel: socket.socket, banner: str | None) -> None:
        super().__init__(configuration(app))
        self._news = news
        self._channel = channel
        self._banner = banner

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn."""
        await super().startup(sockets)
        if self.should_exit:
            return
        if self._banner is not None:
            print(self._banner, flush=True)
        self._stopped = asyncio.get_running_loop().create_future()
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._hear, Lines())
        self._channel.sendall(line("ready"))

    async def main_loop(self) -> None:
        """uvicorn, which only looks ten times a second whether it should end."""
        ticking = asyncio.ensure_future(super().main_loop())
        await asyncio.wait({ticking, self._stopped}, return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """uvicorn."""
        self._news.end()
        super().handle_exit(sig, frame)

    def _hear(self, lines: Lines) -> None:
        data = self._channel.recv(65536)
        if not data:  # the host wants the next version, or is gone
            asyncio.get_running_loop().remove_reader(self._channel)
            self.handle_exit(signal.SIGTERM, None)
            if not self._stopped.done():
                self._stopped.set_result(None)
        for message in lines.feed(data):
            self._news.problems = message["text"]


def run(
    listener: socket.socket,
    folder: Path | None,
    channel: socket.socket,
    options: Options,
    *,
    problems: str | None,
    first: bool,
) -> NoReturn:
    """Serve until a signal; without a `folder`, what keeps the program from being served."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    code = 1
    try:
        code = _serve(listener, folder, channel, options, problems, first)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve(
    listener: socket.socket,
    folder: Path | None,
    channel: socket.socket,
    options: Options,
    problems: str | None,
    first: bool,
) -> int:
    news = News(str(time.time_ns()), problems)
    if folder is None:
        waiting = f"Nothing is served at {_base(options)} yet: it shows what is wrong"
        _run(_Server(DevApp(None, news), news, channel, waiting if first else None), listener)
        return 0
    try:
        service = _load(folder)
    except SystemExit as refused:
        return _refuse(channel, str(refused))
    service.configure(host=options.host, port=options.port, simulate=options.simulate)
    service.own_server = True
    problem = unsafe(service, options.host) or service.start_problem()
    if problem is not None:
        return _refuse(channel, problem)
    said = None
    if first:
        served = banner(service, options.host, options.port)
        said = f"{served}\n  play     {_base(options)}/_kanvas/play"
    server = _Server(DevApp(service, news), news, channel, said)
    _run(server, listener)
    if service.refused is not None:
        return _refuse(channel, service.refused)
    return 0


def _run(server: uvicorn.Server, listener: socket.socket) -> None:
    with contextlib.suppress(KeyboardInterrupt, SystemExit):  # the service knows why not
        server.run(sockets=[listener])


def _base(options: Options) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"http://{host}:{options.port}"


def _refuse(channel: socket.socket, problem: str) -> int:
    channel.setblocking(True)
    channel.sendall(line("refused", text=problem))
    return 1


def _load(folder: Path) -> Service:
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("app", folder / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    service: Service = module.service
    return service
