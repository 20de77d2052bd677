"""Carries the top-level grammar, templates and the runtime's wheel inside kanvasc's wheel.

They live at the top of the checkout, where a reader looks for them; an installed
compiler finds them in its own package (kanvasc/resources.py). An editable install needs none of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CARRIED = {"grammar": "grammar", "templates": "templates", "build/wheels": "wheels"}


class CarryData(BuildHookInterface):  # type: ignore[type-arg]
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or self.target_name != "wheel":
            return
        for source, name in CARRIED.items():
            folder = Path(self.root) / source
            if not folder.is_dir():
                raise FileNotFoundError(f"{folder} is missing: run `make setup` first")
            build_data["force_include"][str(folder)] = f"kanvasc/_data/{name}"
