"""Generated programs, compiled and run as the server runs them."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from kanvas_runtime import fuel
from kanvas_runtime.codec import Codec
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Call, Run
from kanvas_runtime.secret import Secrets

from kanvasc.diagnostics import Diagnostic, Severity
from kanvasc.emit import Files
from kanvasc.pipeline import Compilation
from kanvasc.source import Source


def compilation(text: str) -> Compilation:
    return Compilation(Source("program.kanvas", text))


def errors(compiled: Compilation) -> list[Diagnostic]:
    return [found for found in compiled.diagnostics if found.severity is Severity.ERROR]


def write(files: Files, folder: Path) -> None:
    """The Python of a built app."""
    for path, content in files.items():
        if path.endswith(".py"):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)


@contextmanager
def imported(folder: Path, module: str) -> Iterator[ModuleType]:
    """A module of a built app; nothing of it stays behind, and nothing of another is taken."""
    _forget()
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield importlib.import_module(module)
    finally:
        sys.path.remove(str(folder))
        _forget()


@contextmanager
def loaded(compiled: Compilation, machine: str) -> Iterator[ModuleType]:
    """The module of a machine, of a program that is built for as long as it is needed."""
    with TemporaryDirectory() as folder:
        write(compiled.files, Path(folder))
        with imported(Path(folder), f"machines.{machine}") as module:
            yield module


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "machines"]:
        del sys.modules[name]


class Nobody:
    """Stands where a run keeps its records and asks its models; these machines do neither."""

    secrets = Secrets.assumed()


def result(machine: Machine[Any, Any], given: dict[str, Any]) -> Any:
    """The answer as decoded JSON, or None when a step failed."""
    codec = Codec(machine.input, machine.output)
    value = codec.decode(json.dumps(given))
    fuel.refill()
    call = Call(machine, value, "0", None, "websocket", "/ws")
    nobody: Any = Nobody()
    try:
        output = machine.run(value, Run(call, nobody, nobody))
    except StepFailure:
        return None
    return json.loads(codec.encode(output))


def same(a: Any, b: Any) -> bool:
    """Equal answers: numbers by value, texts of decimals and times too."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[name], b[name]) for name in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return bool(a == b)
