"""The governed app, built once for all tests that are run together, and what it asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser import browser
from tests.e2e.apps import App, build
from tests.governed.programs import desk
from tests.governed.upstream import Upstream

__all__ = ["browser"]


@dataclass(frozen=True)
class Governed:
    """A built app and its surroundings."""

    folder: Path
    upstream: Upstream

    def app(self, data: Path, *arguments: str, **environment: str) -> App:
        """To be served on a data directory of its own."""
        return App(self.folder, data, *arguments, **self.upstream.environment, **environment)


@pytest.fixture(scope="session")
def governed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Governed]:
    with Upstream() as upstream:
        folder = tmp_path_factory.mktemp("governed") / "app"
        yield Governed(build(desk(upstream.host.origin), folder), upstream)
