"""A run that is long lets others have their turn, on a real server; and it comes to an end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from websockets.sync.client import ClientConnection

from tests.e2e.apps import App, ask, build, records
from tests.e2e.programs_long import KINDS, LONG

LONG_ENOUGH = list(range(700))
"""Items whose square is half of a run's fuel: some fifty stretches."""

TOO_LONG = list(range(1_100))

TRIES = 8
AMONG = 4
"""Turns that others had while a run went on, at least. One may be had before it begins."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    base = tmp_path_factory.mktemp("long")
    with App(build(LONG, base / "app"), base / "data") as served:
        yield served


def is_there(socket: ClientConnection) -> Any:
    """What came, if something did."""
    try:
        return json.loads(socket.recv(timeout=0))
    except TimeoutError:
        return None


def turns_of_others(app: App, path: str, items: list[int]) -> tuple[Any, int]:
    """What a long run comes to, and how many others were recorded between its arrival and its end.

    Each is asked for when the one before it is answered, so none shares a turn with another.
    """
    known = len(records(app.data))
    with app.connect(path) as asking, app.connect("/short") as other:
        asking.send(json.dumps({"n": items}))
        answer = None
        while answer is None:
            assert ask(other, {"n": 1}) == {"n": 1}
            answer = is_there(asking)
    found = [each for each in records(app.data)[known:] if each["kind"] == "SurfaceAccess"]
    assert [each["path"] for each in found].count(path) == 1
    end = next(place for place, each in enumerate(found) if each["path"] == path)
    long = found[end]
    arrived = datetime.fromisoformat(long["at"]) - timedelta(microseconds=long["duration_us"])
    among = [each for each in found[:end] if datetime.fromisoformat(each["at"]) > arrived]
    return answer, len(among)


@pytest.mark.parametrize("kind", KINDS)
def test_others_are_answered_while_a_run_goes_on(app: App, kind: str) -> None:
    had = []
    for _ in range(TRIES):  # whoever asks may be slow to
        answer, turns = turns_of_others(app, f"/{kind}", LONG_ENOUGH)
        assert answer == {"n": len(LONG_ENOUGH)}
        had.append(turns)
        if turns >= AMONG:
            return
    pytest.fail(f"turns of others: {had}")


def test_others_are_answered_while_a_run_burns_all_its_fuel(app: App) -> None:
    had = []
    for _ in range(TRIES):
        answer, turns = turns_of_others(app, "/loops", TOO_LONG)
        assert answer["error"]["code"] == "step_failed"
        assert "ran too long" in answer["error"]["message"]
        had.append(turns)
        if turns >= AMONG:
            return
    pytest.fail(f"turns of others: {had}")


def test_what_a_run_tells_is_told_once_however_long_it_is(app: App) -> None:
    with app.connect("/tells") as socket:
        for items in ([1], LONG_ENOUGH):
            known = len(records(app.data))
            assert ask(socket, {"n": items}) == {"n": len(items)}
            until = time.monotonic() + 30
            while not (heard := heard_since(app, known)) and time.monotonic() < until:
                time.sleep(0.02)
            ask(socket, {"n": []})  # whatever was told before is on record before this is heard
            while len(all_heard := heard_since(app, known)) < 2 and time.monotonic() < until:
                time.sleep(0.02)
            assert (len(heard), len(all_heard)) == (1, 2)


def heard_since(app: App, known: int) -> list[dict[str, Any]]:
    """The runs of the machine that hears of it."""
    found = records(app.data)[known:]
    return [each for each in found if each.get("machine") == "hears" and "outcome" in each]
