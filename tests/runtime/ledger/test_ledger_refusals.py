from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.ledger import Refusals, refusals


def test_the_first_ten_of_a_second_are_recorded_singly() -> None:
    counted = Refusals()
    assert [counted.note("a", "denied", 0.5) for _ in range(13)] == [True] * 10 + [False] * 3
    assert counted.due(1.4) == []
    assert counted.due(1.5) == [("a", "denied", 3)]
    assert counted.due(9) == []


def test_few_refusals_owe_nothing() -> None:
    counted = Refusals()
    assert all(counted.note("a", "denied", 0) for _ in range(10))
    assert counted.due(math.inf) == []


def test_clients_and_codes_are_counted_apart() -> None:
    counted = Refusals()
    for _ in range(11):
        counted.note("a", "denied", 0)
    assert counted.note("b", "denied", 0)
    assert counted.note("a", "rate_limited", 0)
    assert counted.due(1) == [("a", "denied", 1)]


def test_a_second_that_ended_is_owed_even_when_the_next_has_begun() -> None:
    counted = Refusals()
    for _ in range(12):
        counted.note("a", "denied", 0)
    assert counted.note("a", "denied", 1)
    assert counted.due(1.1) == [("a", "denied", 2)]


def test_more_clients_than_can_be_told_apart_are_counted_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(refusals, "_MOST", 2)
    counted = Refusals()
    noted = [counted.note(f"client {number}", "denied", 0) for number in range(14)]
    assert noted == [True] * 12 + [False] * 2
    assert counted.due(1) == [(refusals.OTHERS, "denied", 2)]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.floats(0, 0.4))))
def test_no_refusal_is_lost(steps: list[tuple[str, str, float]]) -> None:
    counted, now, singly, owed = Refusals(), 0.0, 0, 0
    for client, code, pause in steps:
        now += pause
        singly += counted.note(client, code, now)
        owed += sum(number for _, _, number in counted.due(now)) if pause > 0.2 else 0
    owed += sum(number for _, _, number in counted.due(math.inf))
    assert singly + owed == len(steps)
