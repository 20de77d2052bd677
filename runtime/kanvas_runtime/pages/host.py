"""What every page of an app needs of the service."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from starlette.applications import Starlette


class PageHost(Protocol):
    """The app, and how its pages are headed and made."""

    @property
    def app(self) -> Starlette: ...

    @property
    def name(self) -> str: ...

    @property
    def directory(self) -> Path:
        """The folder of the app, with `templates` and `static` in it."""
        ...

    @property
    def simulated(self) -> bool: ...
