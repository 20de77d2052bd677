"""Counting what a client may do."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.limits import BURST, STRIKES, Bucket, Strikes

GAPS = st.lists(st.floats(0, 3), max_size=60)


@given(rate=st.floats(0.5, 50), gaps=GAPS)
def test_no_more_pass_than_the_rate_and_one_burst(rate: float, gaps: list[float]) -> None:
    bucket = Bucket(rate, 0.0)
    now, passed = 0.0, 0
    for gap in gaps:
        now += gap
        passed += bucket.take(now) == 0
    assert passed <= max(1.0, rate * BURST) + rate * now + 1e-6


@given(rate=st.floats(0.5, 50), gaps=GAPS)
def test_whoever_waits_as_told_passes(rate: float, gaps: list[float]) -> None:
    bucket = Bucket(rate, 0.0)
    now = 0.0
    for gap in gaps:
        now += gap
        wait = bucket.take(now)
        if wait:
            now += wait + 1e-6
            assert bucket.take(now) == 0


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    bucket = Bucket(1.0, 100.0)
    assert [bucket.take(100.0), bucket.take(0.0)] == [0, 0]
    assert bucket.take(0.0) > 0


def test_strikes_are_counted_in_a_row() -> None:
    strikes = Strikes()
    assert not any(strikes.bad(0.0) for _ in range(STRIKES - 1))
    strikes.good()
    assert not any(strikes.bad(0.0) for _ in range(STRIKES - 1))
    assert strikes.bad(0.0)
