"""The embedded memory: what is found, in which order, by whom, and for how long."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kanvas_runtime.memory import Memory, Recalled
from kanvas_runtime.memory.arguments import LIMIT, remembered, wanted
from kanvas_runtime.memory.ranking import MOST_WORDS, words
from kanvas_runtime.memory.sqlite import DATABASE, SqliteMemory


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(clock: Clock) -> AsyncIterator[SqliteMemory]:
    store = SqliteMemory(clock=clock)
    yield store
    await store.close()


async def keep(
    store: SqliteMemory,
    content: str,
    metadata: dict[str, Any] | None = None,
    *,
    collection: str | None = None,
    namespace: str | None = None,
    ttl: float | str | None = None,
) -> None:
    await store.remember(remembered(content, collection, metadata, namespace, ttl))


async def find(
    store: SqliteMemory,
    query: str,
    *,
    limit: int | None = None,
    threshold: float | None = None,
    filter: dict[str, Any] | None = None,
    collection: str | None = None,
    namespace: str | None = None,
) -> Recalled:
    return await store.recall(wanted(query, collection, limit, threshold, filter, namespace))


async def found(store: SqliteMemory, query: str, **options: Any) -> list[str]:
    return [each.content for each in (await find(store, query, **options)).results]


async def test_what_was_remembered_is_recalled(store: SqliteMemory) -> None:
    await keep(store, "Ann likes green tea", {"kind": "taste", "sure": True, "n": 1.5})
    assert await find(store, "green tea") == Recalled(
        results=[
            Memory(
                content="Ann likes green tea",
                metadata={"kind": "taste", "sure": True, "n": 1.5},
                score=1.0,
            )
        ],
        count=1,
    )
    assert await find(store, "coffee") == Recalled(results=[], count=0)


async def test_more_and_rarer_words_score_higher(store: SqliteMemory) -> None:
    for content in ("the red house", "the red car", "the blue car", "the blue bird"):
        await keep(store, content)
    results = (await find(store, "red bird car")).results
    assert [each.content for each in results] == [
        "the red car",  # two of three words
        "the blue bird",  # one, but a rare one
        "the blue car",
        "the red house",
    ]
    scores = [each.score for each in results]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)


async def test_of_equals_the_newest_comes_first(store: SqliteMemory) -> None:
    for number in range(3):
        await keep(store, f"tea {number}")
    assert await found(store, "tea") == ["tea 2", "tea 1", "tea 0"]


async def test_forms_of_a_word_are_one_word(store: SqliteMemory) -> None:
    await keep(store, "She ORDERED two Cafés")
    assert await found(store, "orders") == ["She ORDERED two Cafés"]
    assert await found(store, "cafe") == ["She ORDERED two Cafés"]


async def test_limit_and_threshold(store: SqliteMemory) -> None:
    for number in range(LIMIT + 5):
        await keep(store, f"tea {number}")
    await keep(store, "tea with milk")
    assert len(await found(store, "tea")) == LIMIT
    assert await found(store, "tea milk", limit=1) == ["tea with milk"]
    assert await found(store, "tea milk", threshold=0.9) == ["tea with milk"]
    assert (await find(store, "tea", limit=3)).count == 3


async def test_the_filter_compares_fields_of_the_metadata(store: SqliteMemory) -> None:
    await keep(store, "tea one", {"who": "ann", "tags": ["a"]})
    await keep(store, "tea two", {"who": "bob"})
    await keep(store, "tea three")
    assert await found(store, "tea", filter={"who": "ann"}) == ["tea one"]
    assert await found(store, "tea", filter={"who": "ann", "tags": ["a"]}) == ["tea one"]
    assert await found(store, "tea", filter={"who": None}) == []
    assert await found(store, "tea", limit=1, filter={"who": "ann"}) == ["tea one"]


async def test_namespaces_and_collections_are_apart(store: SqliteMemory) -> None:
    await keep(store, "tea for ann", namespace="ann")
    await keep(store, "tea for bob", namespace="bob", collection="notes")
    assert await found(store, "tea", namespace="ann") == ["tea for ann"]
    assert await found(store, "tea", namespace="bob") == []
    assert await found(store, "tea", namespace="bob", collection="notes") == ["tea for bob"]
    assert await found(store, "tea") == []


async def test_other_namespaces_change_no_score(store: SqliteMemory) -> None:
    for content in ("green tea", "black tea", "black coffee"):
        await keep(store, content, namespace="ann")
    before = await find(store, "black tea", namespace="ann")
    for _ in range(20):
        await keep(store, "tea tea black", namespace="bob")
    assert await find(store, "black tea", namespace="ann") == before


async def test_what_has_expired_is_forgotten(store: SqliteMemory, clock: Clock) -> None:
    await keep(store, "tea now", ttl=60.0)
    await keep(store, "tea today", ttl="24h")
    await keep(store, "tea always")
    clock.now += 59.9
    assert len(await found(store, "tea")) == 3
    clock.now += 0.2
    assert await found(store, "tea") == ["tea always", "tea today"]
    clock.now += 86400
    assert await found(store, "tea") == ["tea always"]


async def test_what_has_expired_takes_no_room(tmp_path: Path, clock: Clock) -> None:
    store = SqliteMemory(tmp_path / DATABASE, clock)
    await keep(store, "tea now", ttl="500ms")
    clock.now += 1
    await keep(store, "coffee")
    await store.close()
    connection = sqlite3.connect(tmp_path / DATABASE)
    assert connection.execute("SELECT content FROM memory").fetchall() == [("coffee",)]
    matches = connection.execute("SELECT count(*) FROM memory_words WHERE memory_words MATCH 'tea'")
    assert matches.fetchone() == (0,)
    connection.close()


async def test_memory_survives_a_restart_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    for number in range(3):
        store = SqliteMemory(path)
        await keep(store, f"tea {number}")
        assert len(await found(store, "tea")) == number + 1
        await store.close()
        await store.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_is_no_memory_is_an_os_error(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    path.write_text("something else entirely, and long enough to be looked at" * 50)
    store = SqliteMemory(path)
    for _ in range(2):
        with pytest.raises(OSError, match=DATABASE):
            await find(store, "tea")
    await store.close()


# Queries.

HOSTILE = [
    '"',
    '""',
    'tea" OR content:*',
    "tea AND",
    "NOT tea",
    "NEAR(tea, 2)",
    "content:tea",
    "^tea",
    "te*",
    "tea'; DROP TABLE memory; --",
    "{content} : tea",
    "tea\x00milk",
    "-tea",
    "(",
    "\\",
    "%_",
]


@pytest.mark.parametrize("query", HOSTILE)
async def test_a_hostile_query_is_plain_words(store: SqliteMemory, query: str) -> None:
    await keep(store, "tea with milk")
    await keep(store, "nothing of the kind")
    has_tea = "tea" in words(query)
    recalled = await found(store, query)
    assert ("tea with milk" in recalled) == has_tea
    assert await found(store, "milk") == ["tea with milk"]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(contents=st.lists(TEXTS, max_size=5), query=TEXTS)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.differing_executors])
async def test_any_text_is_a_query_and_a_memory(contents: list[str], query: str) -> None:
    store = SqliteMemory()
    try:
        for content in contents:
            await keep(store, content)
        recalled = await find(store, query)
        assert recalled.count == len(recalled.results)
        for each in recalled.results:
            assert each.content in contents
            assert 0 < each.score <= 1
    finally:
        await store.close()


def test_only_so_many_words_count() -> None:
    assert words("a_b A b-c") == ["a", "b", "c"]
    assert len(words(" ".join(map(str, range(100))))) == MOST_WORDS
