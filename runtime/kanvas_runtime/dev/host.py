"""The process that outlives every version: it listens, forks, and is told what to serve."""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from kanvas_runtime.dev import child
from kanvas_runtime.dev.messages import Lines, line

PATIENCE = 1.0
"""Seconds that a version gets to end. A run that takes longer is cut: its record says so later."""

EXIT_USAGE = 2


@dataclass
class Child:
    """A version that is being served. `told` is why it will not start, in its own words."""

    pid: int
    channel: socket.socket
    since: float | None
    fallback: bool
    told: str | None = None
    ready: bool = False
    lines: Lines = field(default_factory=Lines)


class Host:
    """`folder` is where the built app stands; it is written anew before each `serve`."""

    def __init__(self, listener: socket.socket, folder: Path, options: child.Options) -> None:
        self._listener = listener
        self._folder = folder
        self._options = options
        self._lines = Lines()
        self._child: Child | None = None
        self._served = False
        self._problems: str | None = None
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Until standard input ends, or the first version refuses to start; the exit code."""
        # Ctrl-C reaches the whole group: the version ends by itself, and so does the writer.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        gc.collect()
        gc.freeze()  # a version shares what was loaded as long as nobody touches it
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        try:
            while True:
                for key, _ in self._selector.select():
                    ended = self._hear() if key.fd == sys.stdin.fileno() else self._listen()
                    if ended is not None:
                        return ended
        finally:
            self._stop()

    def _hear(self) -> int | None:
        data = os.read(sys.stdin.fileno(), 65536)
        if not data:
            return 0
        for message in self._lines.feed(data):
            if message["do"] == "serve":
                self._problems = None
                self._start(message["since"], fallback=False)
            else:
                self._problems = message["text"]
                self._show()
        return None

    def _show(self) -> None:
        """The version that is there goes on, and its pages show what is wrong with the next."""
        if self._child is None:
            self._start(None, fallback=True)
        else:
            self._tell(line("problems", text=self._problems))

    def _tell(self, message: bytes) -> None:
        assert self._child is not None
        with contextlib.suppress(OSError):  # it has just ended, which is heard next
            self._child.channel.sendall(message)

    def _listen(self) -> int | None:
        """Something from the version, or its end."""
        current = self._child
        assert current is not None
        try:
            data = current.channel.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self._ended(current)
        for message in current.lines.feed(data):
            if message["do"] == "refused":
                current.told = message["text"]
            elif message["do"] == "ready":
                current.ready = True
                self._welcome(current)
        return None

    def _welcome(self, current: Child) -> None:
        if current.fallback:
            return
        if self._served and current.since is not None:
            took = (time.time() - current.since) * 1000
            print(f"reloaded in {took:.0f} ms", file=sys.stderr, flush=True)
        self._served = True

    def _ended(self, current: Child) -> int | None:
        """A version ended that nobody stopped."""
        self._forget()
        _, status = os.waitpid(current.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if current.told is not None:
            print(current.told, file=sys.stderr, flush=True)
            if not self._served:
                return EXIT_USAGE
            self._problems = current.told
        elif current.ready and code in (0, 130, -signal.SIGINT):
            return None  # by Ctrl-C: the writer ends in a moment
        else:
            self._problems = f"the app ended by itself, with exit code {code}"
            print(self._problems, file=sys.stderr, flush=True)
        if not current.fallback:
            self._start(None, fallback=True)
        return None

    def _start(self, since: float | None, *, fallback: bool) -> None:
        self._stop()
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._selector.close()
            child.run(
                self._listener,
                None if fallback else self._folder,
                theirs,
                self._options,
                problems=self._problems,
                first=not self._served,
            )
        theirs.close()
        self._child = Child(pid, ours, since, fallback)
        self._selector.register(ours, selectors.EVENT_READ)

    def _forget(self) -> None:
        if self._child is not None:
            self._selector.unregister(self._child.channel)
            self._child.channel.close()
            self._child = None

    def _stop(self) -> None:
        """End the version that is there, which sees its channel close: clients get 1012 and connect
        to the next one."""
        current = self._child
        if current is None:
            return
        self._forget()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if os.waitpid(current.pid, os.WNOHANG)[0]:
                return
            time.sleep(0.002)
        os.kill(current.pid, signal.SIGKILL)
        os.waitpid(current.pid, 0)
