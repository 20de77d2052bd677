"""Several processes that check one chain find what a single one finds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runtime.ledger.ledgers import copied, edit, filled

COUNT = 23
CHECKING = """
import json, sys
from msgspec import to_builtins
from pathlib import Path
from kanvas_runtime.ledger import stretches, verify
stretches.LENGTH = 5
for directory in sys.argv[1:]:
    found, seen = [], []
    for workers in (1, 2, 3):
        told = []
        found.append(to_builtins(verify(Path(directory), told.append, workers=workers)))
        seen.append(told)
    print(json.dumps([found, seen]))
"""
"""In a process of its own: this one may have threads, and must not be copied."""

DONE_TO_IT = {
    "nothing": [],
    "changed in the first stretch": ["UPDATE ledger SET machine = 'x' WHERE seq = 2"],
    "changed in a later one": ["UPDATE ledger SET body = replace(body, 'ok', 'no') WHERE seq = 13"],
    "changed at a joint": ["UPDATE ledger SET hash = prev WHERE seq = 10"],
    "changed behind a joint": ["UPDATE ledger SET prev = hash WHERE seq = 11"],
    "in the rest": ["UPDATE ledger SET principal = 'x' WHERE seq = 22"],
    "dropped": ["DELETE FROM ledger WHERE seq = 8"],
    "dropped at a joint": ["DELETE FROM ledger WHERE seq = 10"],
    "a whole stretch": ["DELETE FROM ledger WHERE seq BETWEEN 6 AND 10"],
    "the beginning": ["DELETE FROM ledger WHERE seq <= 5"],
    "the end": ["DELETE FROM ledger WHERE seq > 20"],
    "added before all": [
        "INSERT INTO ledger SELECT -3, schema, chain, at, kind, machine, run, principal, trace,"
        " prev, hash, body FROM ledger WHERE seq = 3"
    ],
    "moved": [
        "UPDATE ledger SET seq = -7 WHERE seq = 7",
        "UPDATE ledger SET seq = 7 WHERE seq = 16",
        "UPDATE ledger SET seq = 16 WHERE seq = -7",
    ],
    "of another chain": ["UPDATE ledger SET chain = 'x' WHERE seq > 10"],
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[object]]]:
    folder = tmp_path_factory.mktemp("stretches")
    sound = filled(folder / "sound", COUNT)
    copies: list[Path] = []
    for number, statements in enumerate(DONE_TO_IT.values()):
        copies.append(copied(sound, folder / str(number)))
        edit(copies[-1], *statements)
    done = subprocess.run(
        [sys.executable, "-c", CHECKING, *map(str, copies)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(DONE_TO_IT, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("what", DONE_TO_IT)
def test_the_same_is_found(results: dict[str, list[list[object]]], what: str) -> None:
    (alone, *together), _ = results[what]
    assert isinstance(alone, dict)
    assert (alone["fault"] is None) == (what == "nothing")
    assert together == [alone, alone]


def test_progress_is_told_after_each_stretch(results: dict[str, list[list[object]]]) -> None:
    _, (alone, *together) = results["nothing"]
    assert alone == [COUNT]
    assert together == [[5, 10, 15, 20, COUNT]] * 2
