"""The parse table and its cache."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from kanvasc.resources import folder
from kanvasc.syntax import tables


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "kanvasc"


def load() -> tables.Table:
    return tables.table.__wrapped__()


def alike(left: tables.Table, right: tables.Table) -> bool:
    """Equal but for the numbers of states and rules, which differ from one making to the next."""
    named = [sorted((rule.name, rule.size) for rule in made.rules) for made in (left, right)]
    return named[0] == named[1] and len(left.rows.written) == len(right.rows.written)


def test_the_grammar_has_no_conflict() -> None:
    made = tables.build((folder("grammar") / "kanvas.lark").read_text("utf-8"))
    assert set(made.starts) == {"file", "expression"}


def test_the_table_is_kept_and_read_back(cache: Path) -> None:
    made = load()
    (kept,) = cache.iterdir()
    assert cache.stat().st_mode & 0o777 == 0o700
    assert load() == made
    assert list(cache.iterdir()) == [kept]


def cut_off(content: bytes) -> bytes:
    return content[:-100]


def one_byte_wrong(content: bytes) -> bytes:
    return content.replace(b"NAME", b"NOSE", 1)


def of_another_compiler(content: bytes) -> bytes:
    stamp, rest = content.split(b"\n", 1)
    return stamp.replace(b"[3,", b"[2,") + b"\n" + rest


def empty(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("broken", [cut_off, one_byte_wrong, of_another_compiler, empty])
def test_a_broken_cache_is_made_anew(cache: Path, broken: Callable[[bytes], bytes]) -> None:
    made = load()
    (kept,) = cache.iterdir()
    damaged = broken(kept.read_bytes())
    assert damaged != kept.read_bytes()
    kept.write_bytes(damaged)
    assert alike(load(), made)
    assert kept.read_bytes() != damaged


def test_each_row_is_read_as_it_was_written(cache: Path) -> None:
    made, kept = load(), load()
    states = range(len(made.rows.written))
    assert [made.rows[state] for state in states] == [kept.rows[state] for state in states]
    assert [made.gotos[state] for state in states] == [kept.gotos[state] for state in states]
    behind = {row["INDENT"] - 1 for row in made.rows.values() if row.get("INDENT", 0) > 0}
    assert behind == {state for state in states if made.entered[state] == "INDENT"}
    assert behind


def test_a_cache_that_others_can_write_is_not_used(cache: Path) -> None:
    made = load()
    (kept,) = cache.iterdir()
    stamp = kept.read_bytes().split(b"\n")[0]
    content = b"[[], [], [], {}, []]"
    kept.write_bytes(b"\n".join((stamp, b"%08x" % zlib.crc32(content), content)))
    assert load().rules == []
    cache.chmod(0o777)
    assert alike(load(), made)


def test_a_home_that_cannot_be_written_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert load().rules
