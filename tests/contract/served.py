"""The programs of these tests, built and served once for all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.programs import DESK
from tests.e2e.apps import App, build


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app of `DESK`, with the answers that it assumes."""
    folder = tmp_path_factory.mktemp("desk")
    with App(build(DESK, folder / "app"), folder / "data", "--simulate") as app:
        yield app


def document(folder: Path) -> dict[str, Any]:
    """The AsyncAPI document of a built app."""
    found: dict[str, Any] = json.loads((folder / "contract" / "asyncapi.json").read_text())
    return found
