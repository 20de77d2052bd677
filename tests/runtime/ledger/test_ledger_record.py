from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.ledger import record
from kanvas_runtime.ledger.record import NO_HASH, Head

AT = "2026-01-02T03:04:05.000006Z"
EXACT = st.integers(-(2**53) + 1, 2**53 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(max_codepoint=127), min_size=1).filter(lambda n: n not in record.OURS)
FIELDS = st.dictionaries(
    NAMES.filter(lambda n: n not in record.TEXTS), TEXT | EXACT | st.booleans()
)


def canonical(fields: Mapping[str, object]) -> str:
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@given(FIELDS, st.integers(0, 2**40))
def test_the_text_and_the_hash_are_what_the_standard_library_makes_of_them(
    fields: dict[str, str | int], before: int
) -> None:
    head = Head(before, hashlib.sha256(b"before").hexdigest())
    made = record.entry("chain", head, AT, "Kind", fields)
    content = {"schema": 1, "chain": "chain", "seq": before + 1, "at": AT, "kind": "Kind", **fields}
    digest = hashlib.sha256((head.hash + canonical(content)).encode()).hexdigest()
    assert made.hash == digest
    assert made.body == canonical({**content, "prev": head.hash, "hash": digest})


def test_text_that_looks_like_the_chains_own_keys_does_not_deceive() -> None:
    fields = {"a": ',"hash":"', "i": ',"prev":"' + "0" * 64 + '"', "z": ","}
    made = record.entry("chain", Head(), AT, "Kind", fields)
    parsed = json.loads(made.body)
    assert {name: parsed[name] for name in fields} == fields
    assert (parsed["prev"], parsed["hash"]) == (NO_HASH, made.hash)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 1.5),
        ("n", float("nan")),
        ("n", None),
        ("n", 2**53),
        ("n", -(2**53)),
        ("n", ["nested"]),
        ("n", {"nested": 1}),
        ("n", b"bytes"),
        ("n", "\ud800"),
        ("größe", 1),
        ("machine", 1),
        ("run", True),
        *((name, "mine") for name in sorted(record.OURS)),
    ],
)
def test_what_is_outside_the_form_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        record.entry("chain", Head(), AT, "Kind", {name: value})  # type: ignore[dict-item]  # on purpose


def test_members_of_enumerations_are_kept_as_their_values() -> None:
    class Code(IntEnum):
        NORMAL = 1000

    class Word(StrEnum):
        YES = "yes"

    made = record.entry("chain", Head(), AT, "Kind", {"code": Code.NORMAL, "word": Word.YES})
    parsed = json.loads(made.body)
    assert (parsed["code"], parsed["word"]) == (1000, "yes")


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
        datetime(2026, 1, 2, 4, 4, 5, 6, timezone(timedelta(hours=1))),
    ],
)
def test_a_time_is_written_in_utc_with_microseconds(moment: datetime) -> None:
    assert record.timestamp(moment) == AT


def test_a_full_second_keeps_its_microseconds() -> None:
    assert record.timestamp(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"
