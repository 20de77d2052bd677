"""The generated clients, TypeScript's and Python's, driven by the same calls."""

from __future__ import annotations

import importlib
import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

PATIENCE = 60


class Failed(Exception):
    """What a client raised: the name of its type, and the code of a refusal."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(str(told))
        self.type = told["type"]
        self.code = told.get("code")
        self.field = told.get("field")


class Driver(Protocol):
    """One process with clients by name."""

    def call(self, what: str, name: str, **more: Any) -> Future[Any]: ...

    def stop(self) -> None: ...


class Told:
    """A client by its name, in either driver. Times in seconds."""

    def __init__(self, driver: Driver, name: str, machine: str, url: str, **options: Any) -> None:
        self._driver, self._name = driver, name
        given = {"first": 0.02, "most": 0.2, "heartbeat": 5.0, "patience": 10.0, **options}
        self._do("open", machine=machine, url=url, options=given)

    def _do(self, what: str, **more: Any) -> Any:
        return self._driver.call(what, self._name, **more).result(PATIENCE)

    def start(self, input_: Any, key: str | None = None) -> Future[Any]:
        more = {} if key is None else {"key": key}
        return self._driver.call("run", self._name, input=input_, **more)

    def run(self, input_: Any, key: str | None = None) -> Any:
        return self.start(input_, key).result(PATIENCE)

    def abort(self) -> None:
        self._do("abort")

    def subscribe(self, input_: Any) -> None:
        self._do("subscribe", input=input_)

    def next(self) -> tuple[Any, bool]:
        """An output, and whether there is a gap before it."""
        push = self._do("next")
        return push["output"], push["gap"]

    def leave(self) -> None:
        self._do("leave")

    def close(self) -> None:
        self._do("close")

    @property
    def state(self) -> str:
        return str(self._do("state"))

    @property
    def held(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self._do("held")
        return found

    @property
    def parts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._do("parts")
        return found


class TypeScript:
    """`drive.ts`, compiled, in a process of Node."""

    def __init__(self, folder: Path) -> None:
        command = ["node", *node_flags(), "built/drive.js"]
        self._process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._waiting: dict[int, Future[Any]] = {}
        self._ids = itertools.count()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def call(self, what: str, name: str, **more: Any) -> Future[Any]:
        given = more.pop("options", {})
        if what == "open":
            backoff = {key: given.pop(key) * 1000 for key in ("first", "most")}
            given["heartbeat"] *= 1000
            given["connectTimeout"] = given.pop("patience") * 1000
            more["options"] = {"url": more.pop("url"), "backoff": backoff, **given}
        id_ = next(self._ids)
        future = self._waiting[id_] = Future[Any]()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": id_, "do": what, "name": name, **more}) + "\n")
        self._process.stdin.flush()
        return future

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._reader.join()
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            future = self._waiting.pop(said["id"])
            if "error" in said:
                future.set_exception(Failed(said["error"]))
            else:
                future.set_result(said["value"])


class Python:
    """The blocking client, which is the one for asyncio in a thread."""

    def __init__(self, folder: Path) -> None:
        sys.path.insert(0, str(folder))
        try:
            self._package = importlib.import_module("kanvas_client")
        finally:
            sys.path.remove(str(folder))
        self._clients: dict[str, Any] = {}
        self._pushes: dict[str, Iterator[Any]] = {}
        self._heard: list[dict[str, Any]] = []
        self._holds: list[dict[str, str]] = []
        self._threads = ThreadPoolExecutor(32)

    def call(self, what: str, name: str, **more: Any) -> Future[Any]:
        if what == "run":
            return self._run(name, **more)
        work: Callable[..., Any] = getattr(self, f"_{what}")
        return self._threads.submit(self._telling, lambda: work(name, **more))

    def stop(self) -> None:
        for client in self._clients.values():
            client.close()
        self._threads.shutdown()
        for name in [n for n in sys.modules if n.split(".")[0] == "kanvas_client"]:
            del sys.modules[name]

    def _telling(self, work: Callable[[], Any]) -> Any:
        package = self._package
        try:
            return work()
        except package.KanvasError as error:
            told = {"type": "KanvasError", "code": error.code, "field": error.field}
            raise Failed(told) from error
        except (package.ConnectionLost, package.Closed) as error:
            raise Failed({"type": type(error).__name__}) from error

    def _open(self, name: str, machine: str, url: str, options: dict[str, Any]) -> None:
        known = {"first": "first_wait", "most": "longest_wait", "apiKey": "api_key"}
        known["patience"] = "connect_timeout"
        given = {known.get(key, key): value for key, value in options.items() if key != "ws"}
        self._clients[name] = getattr(self._package, f"Blocking{machine}")(url, **given)

    def _run(self, name: str, input: Any, key: str | None = None) -> Future[Any]:
        client = self._clients[name]

        def work() -> Any:
            def hear(part: Any) -> None:
                more = {"reset": True} if part.text is None else {"text": part.text}
                self._heard.append({"step": part.step, "field": part.field, **more})

            def wait(held: Any) -> None:
                self._holds.append({name: getattr(held, name) for name in held.__slots__})

            return client.run(input, key=key, on_partial=hear, on_held=wait)

        return self._threads.submit(self._telling, work)

    def _subscribe(self, name: str, input: Any) -> None:
        self._pushes[name] = self._clients[name].subscribe(input)

    def _next(self, name: str) -> dict[str, Any]:
        push = next(self._pushes[name])
        return {"output": push.output, "gap": push.gap}

    def _leave(self, name: str) -> None:
        self._pushes[name].close()  # type: ignore[attr-defined]
        # It is a generator.

    def _close(self, name: str) -> None:
        self._clients[name].close()

    def _state(self, name: str) -> str:
        return str(self._clients[name].state)

    def _held(self, name: str) -> list[dict[str, str]]:
        return self._holds

    def _parts(self, name: str) -> list[dict[str, Any]]:
        return self._heard


def node_flags() -> list[str]:
    """Node 20 has a WebSocket only behind a flag, and later versions do not need it."""
    done = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    major = int(done.stdout.lstrip("v").split(".")[0])
    return [*(["--experimental-websocket"] if major < 22 else []), "--no-warnings"]
