"""The machines of a built folder, without the app that serves them."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from functools import cache
from pathlib import Path
from typing import Any

from kanvas_runtime.machine import Machine
from kanvas_runtime.usage import Unusable

_numbers = itertools.count()


class Built:
    """One folder. Its package gets a name of its own, so that many programs share a process."""

    def __init__(self, folder: Path) -> None:
        self._package = f"kanvas_built_{next(_numbers)}"
        home = folder / "machines"
        spec = importlib.util.spec_from_file_location(
            self._package, home / "__init__.py", submodule_search_locations=[str(home)]
        )
        if spec is None or spec.loader is None or not (home / "__init__.py").is_file():
            raise Unusable(f"{folder} holds no machines: build the program first")
        package = importlib.util.module_from_spec(spec)
        sys.modules[self._package] = package
        spec.loader.exec_module(package)
        self.machine = cache(self._machine)

    def _machine(self, module: str) -> Machine[Any, Any]:
        """The machine of a module; imported once."""
        if not module.isidentifier():
            raise Unusable(f"{module!r} is no module of machines")
        found: Machine[Any, Any] = importlib.import_module(f"{self._package}.{module}").MACHINE
        return found
