"""Records that are filled in are those that are made of fields."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.ledger import Ledger, MemoryLedger, record, segment
from kanvas_runtime.ledger.form import Form, Values, is_plain
from kanvas_runtime.ledger.keyed import Keyed
from kanvas_runtime.ledger.record import Head

from tests.runtime.ledger.ledgers import bodies, sound

AT = "2026-01-02T03:04:05.000006Z"
OPEN = ("connection", "duration_us", "input_digest", "outcome", "principal", "run")
PLAIN = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KNOWN = st.fixed_dictionaries(
    {"path": TEXT},
    optional={"machine": TEXT, "simulated": st.booleans(), "a%s": TEXT, "size": st.integers(-9, 9)},
)


VALUES = st.tuples(PLAIN, st.integers(0, 2**40), st.binary(), PLAIN, PLAIN, PLAIN)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@given(KNOWN, st.lists(VALUES, min_size=1, max_size=3))
def test_a_form_makes_the_records_that_its_fields_make(
    known: dict[str, str | int], filled: list[Values]
) -> None:
    form = Form("Kind", known, OPEN, ("duration_us",), ("input_digest",), digest)
    head = Head(6, digest(b"before"))
    for made, values in zip(form.rows("chain", head, AT, filled), filled, strict=True):
        fields = form.fields(values)
        assert fields["input_digest"] == digest(values[2])  # type: ignore[arg-type]
        assert made == record.entry("chain", head, AT, "Kind", fields)
        head = Head(made.seq, made.hash)


@given(TEXT)
def test_what_is_plain_stands_in_json_as_it_is(text: str) -> None:
    assert is_plain(text) == (
        text.isascii()
        and record.encoded(text) == f'"{text}"'
        and not any(ord(c) == 127 for c in text)
    )


@pytest.mark.parametrize(
    ("known", "open_"),
    [
        ({}, ("run", "outcome")),
        ({}, ("at", "outcome")),
        ({}, ("outcome", "surface")),
        ({}, ()),
        ({"seq": 1}, ("outcome",)),
        ({"path": 1.5}, ("outcome",)),
    ],
)
def test_what_has_no_place_in_a_record_is_refused(
    known: dict[str, str | int], open_: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        Form("Kind", known, open_, (), (), digest)


async def test_records_of_both_kinds_are_one_chain(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "LARGEST", 1_000)
    ledger = await Ledger.open(directory, common={"simulated": True})
    form = ledger.form("Filled", {"path": "/ws"}, ("outcome",))
    for number in range(9):
        filled = ledger.fill(form, (str(number),))
        await ledger.append("Made", {"number": number})
        assert filled.done(), "what comes before is durable before"
    await ledger.fill(form, ("last",))
    await ledger.close()
    told = bodies(directory)
    assert sum('"Filled"' in body for body in told) == 10
    assert all('"simulated":true' in body for body in told)
    assert any(segment.KIND in body for body in told)
    assert sound(directory).head.seq == len(told)


async def test_a_ledger_that_is_closed_fills_nothing_in(directory: Path) -> None:
    ledger = await Ledger.open(directory)
    form = ledger.form("Filled", {}, ("outcome",))
    waiting = ledger.fill(form, ("ok",))
    await ledger.close()
    assert waiting.done()
    assert ledger.fill(form, ("ok",)).exception() is not None
    assert len(bodies(directory)) == 1


async def test_a_ledger_in_memory_fills_in_the_same() -> None:
    ledger = MemoryLedger()
    form = ledger.form(
        "Filled", {"path": "/ws"}, ("duration_us", "outcome"), numbers=("duration_us",)
    )
    await ledger.fill(form, (12, "ok"))
    (made,) = ledger.records
    assert {name: made[name] for name in ("kind", "path", "duration_us", "outcome")} == {
        "kind": "Filled",
        "path": "/ws",
        "duration_us": 12,
        "outcome": "ok",
    }


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_digests_are_those_of_the_standard_library(key: bytes, content: bytes) -> None:
    assert Keyed(key).digest(content) == hmac.digest(key, content, "sha256").hex()
