"""What several modules serve, and the browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import browser
from tests.e2e.apps import build
from tests.e2e.programs import REALTIME

__all__ = ["browser", "realtime"]


@pytest.fixture(scope="session")
def realtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the app whose sockets are looked at row by row."""
    return build(REALTIME, tmp_path_factory.mktemp("realtime") / "app")
