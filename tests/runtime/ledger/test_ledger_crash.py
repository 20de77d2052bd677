from __future__ import annotations

import json
from pathlib import Path

from tests.runtime.ledger.ledgers import bodies, fill, sound
from tests.runtime.ledger.processes import killed_while_writing


def numbers(directory: Path) -> set[int]:
    return {json.loads(body).get("number", -1) for body in bodies(directory)}


async def test_a_killed_writer_loses_no_acknowledged_record(directory: Path) -> None:
    acknowledged: list[int] = []
    for round_ in range(8):
        acknowledged += killed_while_writing(directory, round_ * 100_000, 200 + 150 * round_)
        sound(directory)  # read while nobody has recovered the log
        assert numbers(directory) >= set(acknowledged)
    await fill(directory, 3)
    found = sound(directory)
    assert found.seals == []
    assert found.head.seq >= len(acknowledged) + 3
    assert numbers(directory) >= set(acknowledged)
