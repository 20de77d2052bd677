"""Segments: when they are sealed, how they are archived, and what is left to verify."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from kanvas_runtime import cli
from kanvas_runtime.ledger import Ledger, LedgerUnavailable, segment, verify
from kanvas_runtime.ledger.archive import archive
from kanvas_runtime.ledger.record import NO_HASH, Head

from tests.runtime.ledger.ledgers import bodies, edit, faulty, fill, sound
from tests.runtime.ledger.processes import holding

NOON = datetime(2031, 5, 1, 12, tzinfo=UTC)


class Clock:
    """Says what it is told."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


async def days(directory: Path, *hours: int) -> list[str]:
    """A record each, so many hours after the first noon; the kinds of all that there are then."""
    clock = Clock()
    ledger = await Ledger.open(directory, clock=clock)
    for hour in hours:
        clock.now = NOON + timedelta(hours=hour)
        await ledger.append("SurfaceAccess", {"hour": hour})
    await ledger.close()
    return [json.loads(body)["kind"] for body in bodies(directory)]


def seals(directory: Path) -> list[int]:
    records = [json.loads(body) for body in bodies(directory)]
    found = [each for each in records if each["kind"] == segment.KIND]
    assert all((each["count"], each["head"]) == (each["seq"] - 1, each["prev"]) for each in found)
    return [each["seq"] for each in found]


async def test_a_segment_ends_with_its_day(directory: Path) -> None:
    await days(directory, 0, 1, 12, 13, 60)
    assert seals(directory) == [3, 6]
    assert sound(directory).head.seq == 7


async def test_a_start_on_another_day_seals_the_one_before(directory: Path) -> None:
    await days(directory, 0, 1)
    await days(directory, 2)
    assert seals(directory) == []
    await days(directory, 24, 25)
    assert seals(directory) == [4]


async def test_a_clock_that_is_set_back_seals_nothing(directory: Path) -> None:
    await days(directory, 24, 0, 24, 0, 25)
    assert seals(directory) == []


async def test_a_segment_ends_when_it_is_large(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "LARGEST", 2_000)
    await fill(directory, 20)
    first = seals(directory)
    assert len(first) > 1
    await fill(directory, 20)  # what was there is known after a start, too
    assert sound(directory).seals == []
    found = [0, *seals(directory)]
    gaps = [after - before for before, after in pairwise(found)]
    assert set(gaps) <= {gaps[0] - 1, gaps[0], gaps[0] + 1}


async def test_sealed_segments_go_into_a_file_and_the_rest_stays_sound(directory: Path) -> None:
    await days(directory, 0, 1, 12, 13, 36)
    texts = bodies(directory)
    done = archive(directory, "2031-05-02")
    assert done
    assert done.file
    last = json.loads(texts[1])
    assert (done.first, done.seal) == (1, Head(2, last["hash"]))
    assert bodies(directory) == texts[2:]
    with closing(sqlite3.connect(done.file)) as kept:
        assert [body for (body,) in kept.execute("SELECT body FROM ledger")] == texts[:3]
    assert done.file.stat().st_mode & 0o777 == 0o600
    assert faulty(directory) == (1, "dropped")
    assert "--seal" in str(verify(directory).fault)
    assert verify(directory, sealed=done.seal).head.seq == len(texts)
    await days(directory, 37)  # the chain goes on, and no start takes the gap for a torn tail
    found = verify(directory, sealed=done.seal)
    assert (found.ok, found.seals, found.head.seq) == (True, [], len(texts) + 1)


async def test_a_table_that_holds_nothing_but_a_seal_goes_on(directory: Path) -> None:
    await days(directory, 0, 24)
    edit(directory, "DELETE FROM ledger WHERE seq = 3")
    (directory / "ledger.head").unlink()
    done = archive(directory, "2031-05-02", keep=False)
    assert done
    assert (done.file, len(bodies(directory))) == (None, 1)
    await days(directory, 25)
    found = verify(directory, sealed=done.seal)
    assert (found.ok, found.seals, found.head.seq) == (True, [], 3)


async def test_a_seal_does_not_excuse_what_is_behind_it(directory: Path) -> None:
    await days(directory, 0, 24, 25, 26)
    done = archive(directory, "2031-05-02")
    assert done
    edit(directory, "DELETE FROM ledger WHERE seq IN (2, 3)")
    fault = verify(directory, sealed=done.seal).fault
    assert fault
    assert (fault.seq, fault.problem) == (2, "dropped")


async def test_another_seal_does_not_fit(directory: Path) -> None:
    await days(directory, 0, 24, 25)
    done = archive(directory, "2031-05-02")
    assert done
    assert not verify(directory, sealed=Head(done.seal.seq, NO_HASH)).ok


async def test_nothing_is_archived_that_is_not_sound(directory: Path) -> None:
    await days(directory, 0, 1, 24)
    edit(directory, "UPDATE ledger SET machine = 'x' WHERE seq = 2")
    with pytest.raises(LedgerUnavailable, match="record 2 is not what was written"):
        archive(directory, "2031-05-02")
    assert len(bodies(directory)) == 4


async def test_the_command_tells_the_seal_that_verify_takes(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await days(directory, 0, 24)
    command = ["ledger", "archive", "--before", "2031-05-02", "--data-dir", str(directory)]
    assert cli.main(command) == 0
    told = capsys.readouterr().out.splitlines()
    seal = told[1].removeprefix("keep this seal: ")
    verifying = ["ledger", "verify", "--data-dir", str(directory)]
    assert cli.main([*verifying, "--seal", seal]) == 0
    assert cli.main(verifying) == 1
    assert cli.main(command) == 0
    assert "nothing to archive" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main([*verifying, "--seal", "2"])


async def test_nobody_archives_under_a_running_app(
    directory: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["ledger", "archive", "--before", "1d", "--data-dir"]
    with holding(directory, 1):
        assert cli.main([*command, str(directory)]) == 2
    assert "is in use by process" in capsys.readouterr().err
    assert cli.main([*command, str(tmp_path)]) == 2
    assert not (tmp_path / "ledger.db").exists()
