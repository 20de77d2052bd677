"""One Postgres for all tests that need one: they run in one process."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from kanvas_runtime.ledger.postgres import lease as leases
from kanvas_runtime.ledger.postgres import ledger

from tests.postgres.cluster import Cluster, programs, running
from tests.postgres.databases import Database

_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("postgres"))


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server."""
    place = programs()
    if place is None:
        assert os.environ.get("CI") != "true", "no Postgres is installed"
        pytest.skip("no Postgres is installed")
    with running(place) as cluster:
        yield cluster


@pytest.fixture
def database(cluster: Cluster) -> Database:
    """A schema of its own there."""
    found = Database(cluster, f"test_{next(_numbers)}")
    found.begin()
    return found


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine: who comes back to a chain gets it, who is in doubt is told."""
    monkeypatch.setattr(leases, "HANDOVER", 60.0)
    monkeypatch.setattr(ledger, "DOUBT", 60.0)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a data directory may be made."""
    return tmp_path / "data"
