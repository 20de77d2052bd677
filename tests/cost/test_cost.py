"""What a message costs, and what a check costs: in instructions, against figures that are kept.

No time is measured. Whoever makes something dearer finds out here, and writes the new figure down
on purpose (`KANVAS_UPDATE_GOLDEN=1`); so does who makes it cheaper. Figures are those of one
version of Python; on another one they are only near.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

import pytest

from bench.compiling import program
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.cost.instructions import counted
from tests.runtime.drivers import Ground, Indirect, Open, Protocol, text

FIGURES = Path(__file__).parents[1] / "golden" / "costs.json"
VERSION = "3.11"
TOLERANCE, ELSEWHERE = 0.1, 0.3
MESSAGES, LISTENERS = 9, 20


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    made = Ground(tmp_path_factory.mktemp("costs"))
    yield made
    made.stop()


def per_message(ground: Ground, kind: type[Protocol], path: str, message: object) -> float:
    """Of a message on a connection that is open and warm: the median, since now and then one
    comes in a new second, or fetches what is random for many."""
    frame = text(message)
    with ground.open(kind, path) as connection:
        connection.say(frame)
        return median(counted(lambda: connection.say(frame)) for _ in range(MESSAGES))


def per_listener(ground: Ground) -> float:
    """Of a result that many subscriptions get, for each of them."""
    with ground.open(Protocol, "/double") as asking:
        asking.say(text({"n": 1}))
        ask = text({"n": 1})
        alone = median(counted(lambda: asking.say(ask)) for _ in range(MESSAGES))
        crowd = [ground.open(Protocol, "/double") for _ in range(LISTENERS)]
        opened: list[Open] = [each.__enter__() for each in crowd]
        for listener in opened:
            listener.say(text({"subscribe": {"n": 1}}))
        together = median(counted(lambda: asking.say(ask)) for _ in range(MESSAGES))
        for each in crowd:
            each.__exit__(None, None, None)
    return (together - alone) / LISTENERS


def per_machine() -> float:
    """Of a check, for each machine of a long program."""

    def check(machines: int) -> Callable[[], object]:
        source = Source("cost.kanvas", program(machines))
        return lambda: Compilation(source).diagnostics

    check(1)()
    return (counted(check(6)) - counted(check(2))) / 4


@pytest.fixture(scope="module")
def found(ground: Ground) -> dict[str, int]:
    costs = {
        "a request": per_message(ground, Protocol, "/double", {"n": 1}),
        "a request under another server": per_message(ground, Indirect, "/double", {"n": 1}),
        "a request that waits": per_message(ground, Protocol, "/wait", {"n": 1}),
        "a message that is refused": per_message(ground, Protocol, "/double", {"n": "x"}),
        "a result for a subscription": per_listener(ground),
        "a machine that is checked": per_machine(),
    }
    return {name: round(cost) for name, cost in costs.items()}


def test_nothing_costs_more_than_it_did(found: dict[str, int]) -> None:
    if os.environ.get("KANVAS_UPDATE_GOLDEN"):
        FIGURES.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    allowed = TOLERANCE if here == VERSION else ELSEWHERE
    moved = {
        name: f"{found[name]} instructions, {kept[name]} before"
        for name in kept
        if abs(found[name] / kept[name] - 1) > allowed
    }
    assert not moved, "cheaper or dearer? then KANVAS_UPDATE_GOLDEN=1 keeps the new figures"
    assert found.keys() == kept.keys()


def test_the_short_way_is_short(found: dict[str, int]) -> None:
    for name in ("a request", "a request under another server"):
        assert found[name] < 0.75 * found["a request that waits"]


def test_instructions_are_counted() -> None:
    source = Source("cost.kanvas", program(1))
    once = counted(lambda: Compilation(source).diagnostics)
    assert once > 10_000
    assert counted(lambda: json.dumps([1] * 1000)) == 0
    assert asyncio.run(_nothing()) is None


async def _nothing() -> None:
    """Not ours, so it costs nothing."""
