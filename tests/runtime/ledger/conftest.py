from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.ledger.ledgers import RECORDS, copied, filled


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a ledger may be made."""
    return tmp_path / "data"


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound ledger of twelve records that nobody changes."""
    return filled(tmp_path_factory.mktemp("ledger") / "data", RECORDS)


@pytest.fixture
def ledger_of_12(original: Path, tmp_path: Path) -> Path:
    """A copy of it, to tamper with."""
    return copied(original, tmp_path / "copy")
