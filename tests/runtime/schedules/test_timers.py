"""When a schedule is due."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kanvas_runtime.machine import Cron, Every
from kanvas_runtime.schedules import Calendar, Interval, timer_of

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class Time:
    """Of both clocks."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NEW_YEAR + timedelta(seconds=self.seconds)


def test_an_interval_comes_again_and_again() -> None:
    time = Time()
    timer = Interval(10, time.monotonic)
    assert timer.delay() == 10
    time.seconds = 10
    assert timer.delay() == 0
    timer.advance()
    assert timer.delay() == 10
    time.seconds = 19
    assert timer.delay() == 1


def test_an_interval_that_was_slept_through_comes_once() -> None:
    time = Time()
    timer = Interval(10, time.monotonic)
    time.seconds = 3605
    assert timer.delay() < 0
    timer.advance()
    assert timer.delay() == 5


@given(st.lists(st.floats(0, 100), max_size=30), st.floats(0.1, 50))
def test_an_interval_keeps_its_beat(jumps: list[float], seconds: float) -> None:
    time = Time()
    timer = Interval(seconds, time.monotonic)
    for jump in jumps:
        time.seconds += jump
        if timer.delay() <= 0:
            timer.advance()
        assert -1e-9 <= timer.delay() <= seconds + 1e-9
        beats = (time.seconds + timer.delay()) / seconds
        assert beats == pytest.approx(round(beats), abs=1e-6)


def test_a_calendar_is_in_utc() -> None:
    time = Time()
    timer = Calendar("0 9 * * *", time.now)
    assert timer.delay() == 9 * 3600
    time.seconds = 9 * 3600
    timer.advance()
    assert timer.delay() == 24 * 3600


def test_a_calendar_that_was_slept_through_comes_once() -> None:
    time = Time()
    timer = Calendar("* * * * *", time.now)
    time.seconds = 3 * 3600 + 30
    assert timer.delay() < 0
    timer.advance()
    assert timer.delay() == 30


def test_a_clock_that_is_set_back_repeats_nothing() -> None:
    time = Time()
    timer = Calendar("0 9 * * *", time.now)
    time.seconds = 9 * 3600
    timer.advance()
    time.seconds -= 1800
    assert timer.delay() == 24.5 * 3600


def test_a_day_that_never_comes() -> None:
    time = Time()
    timer = Calendar("0 0 30 2 1#5", time.now)
    timer.advance()
    assert timer.delay() > 0


@pytest.mark.parametrize(
    "schedule",
    [
        Cron("every day"),
        Cron(""),
        Cron("61 * * * *"),
        Cron("* * * *"),
        Every(0),
        Every(-1),
        Every(math.inf),
    ],
)
def test_what_makes_no_sense(schedule: Every | Cron) -> None:
    with pytest.raises(ValueError, match=r"cron|interval"):
        timer_of(schedule)


def test_both_kinds_have_a_timer() -> None:
    assert 0 < timer_of(Every(60)).delay() <= 60
    assert 0 < timer_of(Cron("* * * * *")).delay() <= 60
