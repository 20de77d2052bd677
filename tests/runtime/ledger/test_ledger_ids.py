from __future__ import annotations

import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from kanvas_runtime.ledger import uuid7


def test_an_id_is_a_uuid_of_version_seven_with_the_time_in_front() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(uuid7())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= before + 60_000
    assert str(made) == str(uuid.UUID(str(made)))


def test_ids_sort_in_the_order_in_which_they_were_made() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_go_on_growing_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = uuid7()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    second = uuid7()
    assert first < second
    assert uuid.UUID(second).version == 7


def test_threads_get_different_ids() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = [
            one
            for many in pool.map(lambda _: [uuid7() for _ in range(500)], range(8))
            for one in many
        ]
    assert len(set(made)) == 4_000
