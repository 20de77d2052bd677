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
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app of `DESK`."""
    return build(DESK, tmp_path_factory.mktemp("desk") / "app")


@pytest.fixture(scope="module")
def desk(built: Path) -> Iterator[App]:
    """The same, served, with the answers that it assumes."""
    with App(built, built.parent / "data", "--simulate") as app:
        yield app


def document(folder: Path) -> dict[str, Any]:
    """The AsyncAPI document of a built app."""
    found: dict[str, Any] = json.loads((folder / "contract" / "asyncapi.json").read_text())
    return found
