"""The parse table and its cache."""

from __future__ import annotations

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
    return named[0] == named[1] and len(left.rows) == len(right.rows)


def test_the_grammar_has_no_conflict() -> None:
    made = tables.build((folder("grammar") / "kanvas.lark").read_text("utf-8"))
    assert set(made.starts) == {"file", "expression"}


def test_the_table_is_kept_and_read_back(cache: Path) -> None:
    made = load()
    (kept,) = cache.iterdir()
    assert cache.stat().st_mode & 0o777 == 0o700
    assert load() == made
    assert list(cache.iterdir()) == [kept]


def test_a_broken_cache_is_made_anew(cache: Path) -> None:
    made = load()
    (kept,) = cache.iterdir()
    kept.write_bytes(b'{"rules": 1}')
    assert alike(load(), made)
    assert kept.read_bytes() != b'{"rules": 1}'


def test_a_cache_that_others_can_write_is_not_used(cache: Path) -> None:
    made = load()
    (kept,) = cache.iterdir()
    kept.write_bytes(b'{"rules": [], "rows": [], "gotos": [], "starts": {}}')
    cache.chmod(0o777)
    assert alike(load(), made)


def test_a_home_that_cannot_be_written_is_no_reason_to_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert load().rows
