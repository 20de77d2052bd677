"""What the tests of contracts and clients share: Node with its packages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import npm

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node() -> Path:
    """A folder whose `node_modules` has what `node/package.json` names."""
    return npm.installed(SOURCE, ROOT / "build" / "contract", "node")
