from __future__ import annotations

import os
from pathlib import Path

import pytest
from kanvas_runtime.ledger import Ledger, LedgerLocked, LedgerUnavailable
from kanvas_runtime.ledger.lock import DirectoryLock

from tests.runtime.ledger.ledgers import fill, filled, sound
from tests.runtime.ledger.processes import holding


async def test_a_second_process_is_refused_in_one_sentence(directory: Path) -> None:
    with holding(directory) as holder, pytest.raises(LedgerLocked) as refused:
        await Ledger.open(directory)
    told = str(refused.value)
    assert f"process {holder.pid}" in told
    assert str(directory) in told
    assert "KANVAS_DATA_DIR" in told
    assert "KANVAS_LEDGER=postgresql://" in told
    assert "\n" not in told


async def test_a_killed_holder_holds_nothing(directory: Path) -> None:
    with holding(directory) as holder:
        holder.kill()
        holder.wait()
        await fill(directory, 1)
    assert sound(directory).head.seq == 1


async def test_the_same_process_cannot_open_it_twice_either(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    with pytest.raises(LedgerLocked, match=f"process {os.getpid()}"):
        await Ledger.open(directory)
    await ledger.close()
    await (await Ledger.open(directory)).close()


def test_a_shorter_process_id_leaves_nothing_of_a_longer_one(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("123456789012\n")
    lock = DirectoryLock(tmp_path)
    assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"
    lock.release()


async def test_a_directory_that_could_not_be_used_is_let_go(directory: Path) -> None:
    filled_with = directory / "instance.key"
    directory.mkdir()
    filled_with.write_bytes(b"too short")
    with pytest.raises(LedgerUnavailable, match=r"instance\.key"):
        await Ledger.open(directory)
    filled_with.unlink()
    await fill(directory, 1)


def test_the_helper_that_fills_lets_the_directory_go(directory: Path) -> None:
    filled(directory, 1)
    filled(directory, 1)
    assert sound(directory).head.seq == 2
