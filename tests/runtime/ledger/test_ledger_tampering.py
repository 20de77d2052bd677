"""Chains of any records, tampered with in any place: the first record that is wrong is named."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.ledger import Ledger, Scalar, record, table
from kanvas_runtime.ledger.directory import DATABASE, WITNESS
from kanvas_runtime.ledger.record import Head

from tests.runtime.ledger.ledgers import bodies, copied, edit, faulty, fill, sound

NAMES = st.text("abcdefgh_", min_size=1, max_size=5).map(lambda name: f"x_{name}")
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
FIELDS = st.dictionaries(NAMES, TEXTS | st.integers(-9, 9) | st.booleans(), max_size=4)
LEDGERS = st.lists(FIELDS, min_size=2, max_size=9)
FEW = settings(max_examples=15, deadline=None)


@contextmanager
def ledger_of(facts: list[dict[str, Scalar]], batch: int = 3) -> Iterator[Path]:
    """A data directory whose ledger holds these records, some of them written at once."""
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(_written(Path(place) / "data", facts, batch))
        yield Path(place) / "data"


async def _written(directory: Path, facts: list[dict[str, Scalar]], batch: int) -> None:
    ledger = await Ledger.open(directory)
    for start in range(0, len(facts), batch):
        appended = [ledger.append("SurfaceAccess", each) for each in facts[start : start + batch]]
        await asyncio.gather(*appended)
    await ledger.close()


@given(LEDGERS, st.integers(1, 9))
@FEW
def test_batches_of_any_size_make_one_chain(facts: list[dict[str, Scalar]], batch: int) -> None:
    with ledger_of(facts, batch) as data:
        assert sound(data).head.seq == len(facts)
        texts = [json.loads(body) for body in bodies(data)]
        assert [{name: text[name] for name in text if name[:2] == "x_"} for text in texts] == facts


@given(LEDGERS, st.data())
@FEW
def test_any_edit_of_a_character_is_named(
    facts: list[dict[str, Scalar]], data: st.DataObject
) -> None:
    seq = data.draw(st.integers(1, len(facts)))
    with ledger_of(facts) as directory:
        text = bodies(directory)[seq - 1]
        place = data.draw(st.integers(0, len(text) - 1))
        with_ = data.draw(st.sampled_from('x1"{ \x00é').filter(lambda char: char != text[place]))
        _put(directory, seq, text[:place] + with_ + text[place + 1 :])
        assert faulty(directory) == (seq, "changed")


@given(LEDGERS, st.data())
@FEW
def test_any_run_of_records_that_is_dropped_is_named(
    facts: list[dict[str, Scalar]], data: st.DataObject
) -> None:
    first = data.draw(st.integers(1, len(facts)))
    last = data.draw(st.integers(first, len(facts)))
    with ledger_of(facts) as directory:
        edit(directory, f"DELETE FROM ledger WHERE seq BETWEEN {first} AND {last}")
        assert faulty(directory) == (first, "dropped")


@given(LEDGERS, FIELDS, st.data())
@FEW
def test_an_inserted_record_with_a_hash_of_its_own_is_named(
    facts: list[dict[str, Scalar]], made_up: dict[str, Scalar], data: st.DataObject
) -> None:
    seq = data.draw(st.integers(1, len(facts)))
    with ledger_of(facts) as directory:
        text = json.loads(bodies(directory)[seq - 1])
        head = Head(seq - 1, text["prev"])
        made = record.entry(text["chain"], head, text["at"], "Decision", made_up)
        edit(
            directory,
            f"UPDATE ledger SET seq = -seq - 1 WHERE seq >= {seq}",
            "UPDATE ledger SET seq = -seq WHERE seq < 0",
        )
        with closing(sqlite3.connect(directory / DATABASE)) as connection:
            table.insert(connection, [made])
        assert faulty(directory) == (seq, "added")


@given(st.lists(FIELDS, min_size=4, max_size=9), st.data())
@FEW
def test_any_order_but_the_written_one_is_named(
    facts: list[dict[str, Scalar]], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(1, len(facts) + 1)))
    with ledger_of(facts) as directory:
        cases = " ".join(f"WHEN {seq} THEN {-new}" for seq, new in enumerate(order, 1))
        edit(
            directory,
            f"UPDATE ledger SET seq = CASE seq {cases} END",
            "UPDATE ledger SET seq = -seq",
        )
        moved = [new for seq, new in enumerate(order, 1) if seq != new]
        if moved:
            assert faulty(directory)[0] == min(moved)
        else:
            sound(directory)


@given(st.lists(FIELDS, min_size=3, max_size=9), st.data())
@FEW
def test_a_tail_of_a_fork_that_is_put_behind_another_past_is_named(
    facts: list[dict[str, Scalar]], data: st.DataObject
) -> None:
    """Two copies of one ledger go on for themselves; the end of one is put into the other."""
    common = len(facts)
    cut = common + data.draw(st.integers(1, 3))
    with ledger_of(facts) as directory:
        fork = copied(directory, directory.parent / "fork")
        asyncio.run(fill(directory, 6, machine="ours"))
        asyncio.run(fill(fork, 6, machine="theirs"))
        edit(
            directory,
            f"ATTACH '{fork / DATABASE}' AS fork",
            f"DELETE FROM main.ledger WHERE seq > {cut}",
            f"INSERT INTO main.ledger SELECT * FROM fork.ledger WHERE seq > {cut}",
        )
        assert faulty(directory)[0] == cut  # the last of ours is not the one theirs follows


@given(st.lists(FIELDS, min_size=2, max_size=5), st.integers(0, 4))
@FEW
def test_a_fork_in_the_place_of_the_ledger_is_not_what_was_acknowledged(
    facts: list[dict[str, Scalar]], more: int
) -> None:
    with ledger_of(facts) as directory:
        fork = copied(directory, directory.parent / "fork")
        asyncio.run(fill(directory, 2, machine="ours"))
        asyncio.run(fill(fork, 2 + more, machine="theirs"))
        (fork / WITNESS).write_bytes((directory / WITNESS).read_bytes())
        assert faulty(fork) == (len(facts) + 2, "changed")


def _put(directory: Path, seq: int, text: str) -> None:
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        connection.execute("UPDATE ledger SET body = ? WHERE seq = ?", (text, seq))
        connection.commit()
