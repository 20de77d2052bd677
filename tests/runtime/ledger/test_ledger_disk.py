from __future__ import annotations

import time
from pathlib import Path

import pytest
from kanvas_runtime.ledger import disk
from kanvas_runtime.ledger.disk import KEPT_BACK, LOW, Disk


class Room:
    """A disk's free space, and how often somebody looked."""

    def __init__(self, free: int) -> None:
        self.free, self.looks = free, 0

    def __call__(self, directory: Path) -> int:
        self.looks += 1
        return self.free


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    return moment


def test_the_disk_is_looked_at_once_a_second(tmp_path: Path, clock: list[float]) -> None:
    room = Room(LOW)
    watched = Disk(tmp_path, room)
    assert [watched.low for _ in range(5)] == [False] * 5
    room.free -= 1
    assert (watched.low, room.looks) == (False, 1)
    clock[0] += 1
    assert (watched.low, room.looks) == (True, 2)


def test_what_was_kept_back_is_given_once_and_kept_back_again(
    tmp_path: Path, clock: list[float]
) -> None:
    room = Room(LOW + KEPT_BACK)
    watched = Disk(tmp_path, room)
    assert not watched.low
    assert (watched.give_back(), watched.give_back()) == (True, False)
    room.free = LOW
    clock[0] += 1
    assert not watched.low
    assert not watched.give_back()  # keeping back now would make room scarce
    room.free = LOW + KEPT_BACK
    clock[0] += 1
    assert not watched.low
    assert watched.give_back()


def test_a_disk_that_cannot_be_asked_counts_as_full(tmp_path: Path) -> None:
    gone = Disk(tmp_path / "gone")
    assert gone.low
    assert not gone.has_room()


def test_writing_is_tried_again_when_what_was_kept_back_fits(tmp_path: Path) -> None:
    assert Disk(tmp_path, Room(KEPT_BACK)).has_room()
    assert not Disk(tmp_path, Room(KEPT_BACK - 1)).has_room()


def test_a_real_disk_has_some_room(tmp_path: Path) -> None:
    assert disk.free_bytes(tmp_path) > 0
