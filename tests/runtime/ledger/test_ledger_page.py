"""The page about the ledger, held against the ledger."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from kanvas_runtime.ledger.directory import DATABASE
from kanvas_runtime.ledger.record import OURS
from kanvas_runtime.ledger.table import COLUMNS

from tests.runtime.ledger.ledgers import bodies, edit, fill

PAGE = Path(__file__).parents[3] / "docs" / "ledger.md"


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


@pytest.fixture(scope="module")
def verifier(page: str) -> str:
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    return str(code)


def judge(verifier: str, directory: Path, *seal: str) -> tuple[int, str]:
    """Run it as a reader would: no site packages, no environment, no warnings."""
    ended = subprocess.run(
        [sys.executable, "-I", "-S", "-c", verifier, str(directory / DATABASE), *seal],
        capture_output=True,
        text=True,
    )
    return ended.returncode, ended.stderr


def test_the_verifier_is_short(verifier: str) -> None:
    assert len(verifier.splitlines()) < 30


def test_a_sound_ledger_passes(verifier: str, ledger_of_12: Path) -> None:
    assert judge(verifier, ledger_of_12) == (0, "")


def test_a_missing_beginning_passes_with_its_seal_only(verifier: str, ledger_of_12: Path) -> None:
    seal = json.loads(bodies(ledger_of_12)[3])
    edit(ledger_of_12, "DELETE FROM ledger WHERE seq < 5")
    assert judge(verifier, ledger_of_12, f"4:{seal['hash']}") == (0, "")
    for wrong in ([], [f"4:{seal['prev']}"], [f"3:{seal['hash']}"]):
        assert judge(verifier, ledger_of_12, *wrong)[0] == 1


async def test_any_text_passes(verifier: str, directory: Path) -> None:
    await fill(directory, 1, path='ä "quoted" \\ \n\t\x00\x1f\x7f\u2028 😀', machine="größe")
    assert judge(verifier, directory) == (0, "")


@pytest.mark.parametrize(
    ("change", "seq"),
    [
        ("UPDATE ledger SET body = replace(body, '\"ok\"', '\"no\"') WHERE seq = 4", 4),
        ("UPDATE ledger SET body = replace(body, ',', ', ') WHERE seq = 4", 4),
        ("UPDATE ledger SET machine = 'x' WHERE seq = 4", 4),
        ("UPDATE ledger SET hash = prev WHERE seq = 4", 4),
        ("DELETE FROM ledger WHERE seq = 4", 4),
        ("UPDATE ledger SET seq = 99 WHERE seq = 4", 4),
    ],
)
def test_a_tampered_ledger_does_not(
    verifier: str, ledger_of_12: Path, change: str, seq: int
) -> None:
    edit(ledger_of_12, change)
    code, told = judge(verifier, ledger_of_12)
    assert code == 1
    assert told.startswith(f"record {seq}: ")


def test_every_column_is_on_the_page(page: str) -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert documented >= (set(COLUMNS) | OURS) - {"body"}
