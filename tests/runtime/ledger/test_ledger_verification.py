"""Each way to touch one record, and whether it is found and named."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kanvas_runtime.ledger import record, verify
from kanvas_runtime.ledger.directory import DATABASE, WITNESS
from kanvas_runtime.ledger.reader import NoLedger
from kanvas_runtime.ledger.record import Head
from kanvas_runtime.ledger.table import COLUMNS

from tests.runtime.ledger.ledgers import RECORDS, bodies, copied, edit, faulty, filled, sound

NAMES = ", ".join(COLUMNS)
ANY = st.integers(1, RECORDS)


def test_an_untouched_ledger_is_sound(original: Path) -> None:
    found = sound(original)
    assert (found.head.seq, found.seals) == (RECORDS, [])
    assert found.head.hash == json.loads(bodies(original)[-1])["hash"]


def test_a_ledger_without_a_record_is_sound(directory: Path) -> None:
    assert sound(filled(directory, 0)).head == Head()


def test_a_copied_table_can_be_verified_without_its_directory(ledger_of_12: Path) -> None:
    (ledger_of_12 / WITNESS).unlink()
    assert sound(ledger_of_12).head.seq == RECORDS


@pytest.mark.parametrize("seq", [1, 5, RECORDS])
@pytest.mark.parametrize(
    "change",
    [
        'body = replace(body, \'"outcome":"ok"\', \'"outcome":"no"\')',
        "body = replace(body, ',\"hash\"', ' ,\"hash\"')",
        "body = 'no record at all'",
        "body = '[]'",
        "body = CAST(body AS BLOB)",
        "body = CAST(x'ff' || body AS TEXT)",
        "machine = 'another'",
        "machine = NULL",
        "trace = 'made up'",
        "at = '2020-01-01T00:00:00.000000Z'",
        "kind = 'GuardVerdict'",
        "schema = 2",
        "chain = 'another'",
        "prev = hash",
        "hash = prev",
        "run = CAST(x'ff' AS TEXT)",
        "principal = CAST(principal AS BLOB)",
    ],
)
def test_a_changed_column_or_text_names_its_record(
    ledger_of_12: Path, seq: int, change: str
) -> None:
    edit(ledger_of_12, f"UPDATE ledger SET {change} WHERE seq = {seq}")
    assert faulty(ledger_of_12) == (seq, "changed")


@pytest.mark.parametrize("key", ["hash", "prev"])
def test_keys_in_another_order_are_a_change(ledger_of_12: Path, key: str) -> None:
    text = json.loads(bodies(ledger_of_12)[4])
    moved = {key: text.pop(key)}
    first = text.pop("at")
    other = json.dumps({"at": first, **moved, **text}, separators=(",", ":"))
    edit(ledger_of_12, f"UPDATE ledger SET body = '{other}' WHERE seq = 5")
    assert faulty(ledger_of_12) == (5, "changed")


@given(ANY)
@settings(max_examples=RECORDS, deadline=None)
def test_a_dropped_record_is_named(original: Path, seq: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        data = copied(original, Path(place) / "data")
        edit(data, f"DELETE FROM ledger WHERE seq = {seq}")
        assert faulty(data) == (seq, "dropped")


@given(ANY)
@settings(max_examples=RECORDS, deadline=None)
def test_a_cut_off_end_is_named(original: Path, seq: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        data = copied(original, Path(place) / "data")
        edit(data, f"DELETE FROM ledger WHERE seq >= {seq}")
        assert faulty(data) == (seq, "dropped")


@given(st.integers(1, RECORDS - 1))
@settings(max_examples=RECORDS, deadline=None)
def test_closing_the_gap_does_not_hide_a_dropped_record(original: Path, seq: int) -> None:
    with tempfile.TemporaryDirectory() as place:
        data = copied(original, Path(place) / "data")
        edit(data, f"DELETE FROM ledger WHERE seq = {seq}", *_shift(seq + 1, -1))
        assert faulty(data) == (seq, "dropped")


@given(ANY, ANY, st.booleans())
@settings(max_examples=40, deadline=None)
def test_two_exchanged_records_are_named(
    original: Path, one: int, other: int, text_only: bool
) -> None:
    first, second = sorted((one, other))
    with tempfile.TemporaryDirectory() as place:
        data = copied(original, Path(place) / "data")
        _exchange(data, first, second, ("body",) if text_only else COLUMNS[1:])
        if first == second:
            sound(data)
        else:
            assert faulty(data) == (first, "reordered")


@given(st.integers(1, RECORDS + 1), ANY)
@settings(max_examples=40, deadline=None)
def test_an_inserted_copy_is_named(original: Path, place: int, source: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        data = copied(original, Path(directory) / "data")
        rest = ", ".join(COLUMNS[1:])
        edit(
            data,
            "CREATE TEMP TABLE copy AS SELECT * FROM ledger",
            *_shift(place, 1),
            f"INSERT INTO ledger SELECT {place}, {rest} FROM temp.copy WHERE seq = {source}",
        )
        seq, problem = faulty(data)
    # A copy right beside its model cannot be told from it: the second of the two is the added one.
    assert seq == place + (source == place)
    assert problem == ("reordered" if source > place else "added")


@pytest.mark.parametrize("seq", [1, 6, RECORDS + 1])
def test_an_invented_record_is_named(ledger_of_12: Path, seq: int) -> None:
    before = json.loads(bodies(ledger_of_12)[seq - 2]) if seq > 1 else {}
    head = Head(seq - 1, before.get("hash", record.NO_HASH))
    made = record.entry(json.loads(bodies(ledger_of_12)[0])["chain"], head, "now", "K", {"a": 1})
    edit(
        ledger_of_12,
        *_shift(seq, 1),
        "INSERT INTO ledger (seq, schema, chain, at, kind, prev, hash, body) VALUES "
        f"({seq}, 1, 'x', 'now', 'K', '{head.hash}', 'no hash', '{made.body[:-1]} }}')",
    )
    assert faulty(ledger_of_12)[0] == seq


def test_a_record_before_the_first_is_named(ledger_of_12: Path) -> None:
    edit(ledger_of_12, f"INSERT INTO ledger SELECT 0, {', '.join(COLUMNS[1:])} FROM ledger LIMIT 1")
    assert faulty(ledger_of_12) == (0, "added")


@pytest.mark.parametrize("seq", [1, 5, RECORDS])
def test_making_the_hash_anew_does_not_hide_a_change(ledger_of_12: Path, seq: int) -> None:
    _rewrite(ledger_of_12, seq)
    assert faulty(ledger_of_12) == (seq, "changed")


def test_a_chain_rewritten_to_its_end_is_not_the_one_that_was_acknowledged(
    ledger_of_12: Path,
) -> None:
    for seq in range(5, RECORDS + 1):
        _rewrite(ledger_of_12, seq)
    assert faulty(ledger_of_12) == (RECORDS, "changed")


def test_a_record_of_another_chain_is_named(ledger_of_12: Path, directory: Path) -> None:
    filled(directory, RECORDS)
    edit(
        ledger_of_12,
        f"ATTACH '{directory / DATABASE}' AS other",
        "DELETE FROM main.ledger WHERE seq = 7",
        "INSERT INTO main.ledger SELECT * FROM other.ledger WHERE seq = 7",
    )
    assert faulty(ledger_of_12) == (7, "added")


def test_a_number_that_was_changed_is_named(ledger_of_12: Path) -> None:
    edit(ledger_of_12, "UPDATE ledger SET seq = 99 WHERE seq = 3")
    assert faulty(ledger_of_12) == (3, "reordered")


def test_the_last_number_that_was_changed_is_named(ledger_of_12: Path) -> None:
    edit(ledger_of_12, f"UPDATE ledger SET seq = 99 WHERE seq = {RECORDS}")
    assert faulty(ledger_of_12) == (RECORDS, "changed")


def test_a_damaged_page_is_named_where_it_begins(directory: Path) -> None:
    filled(directory, 60)
    with (directory / DATABASE).open("r+b") as file:
        file.seek(8 * 8192)
        file.write(bytes(8192))
    seq, problem = faulty(directory)
    assert 1 < seq < 60
    assert problem == "changed"
    assert verify(directory).head.seq == seq - 1


@pytest.mark.parametrize("content", [None, b"", b"no database" * 100])
def test_without_a_ledger_there_is_nothing_to_verify(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / DATABASE).write_bytes(content)
    with pytest.raises(NoLedger):
        verify(tmp_path)


def _shift(first: int, by: int) -> tuple[str, str]:
    """Renumber the rows from `first` on, past the key's uniqueness."""
    return (
        f"UPDATE ledger SET seq = -seq - {by} WHERE seq >= {first}",
        "UPDATE ledger SET seq = -seq WHERE seq < 0",
    )


def _exchange(data: Path, first: int, second: int, columns: tuple[str, ...]) -> None:
    changes = [
        f"UPDATE ledger SET ({', '.join(columns)}) = (SELECT {', '.join(columns)} FROM temp.copy "
        f"WHERE seq = {source}) WHERE seq = {target}"
        for source, target in ((first, second), (second, first))
    ]
    edit(data, "CREATE TEMP TABLE copy AS SELECT * FROM ledger", *changes)


def _rewrite(data: Path, seq: int) -> None:
    """Change a record as somebody does who knows how a hash is made."""
    texts = [json.loads(body) for body in bodies(data)]
    before = texts[seq - 2]["hash"] if seq > 1 else record.NO_HASH
    fields = {k: v for k, v in texts[seq - 1].items() if k not in record.OURS}
    old = texts[seq - 1]
    made = record.entry(
        old["chain"], Head(seq - 1, before), old["at"], old["kind"], fields | {"outcome": "no"}
    )
    edit(
        data,
        f"UPDATE ledger SET body = '{made.body}', hash = '{made.hash}', prev = '{made.prev}' "
        f"WHERE seq = {seq}",
    )
