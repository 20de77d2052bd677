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
from kanvasc.lsp.documents import Documents
from kanvasc.pipeline import Compilation
from kanvasc.source import Source
from tests.cost.instructions import counted
from tests.runtime.drivers import Ground, Indirect, Open, Protocol, text

FIGURES = Path(__file__).parents[1] / "golden" / "costs.json"
VERSION = "3.11"
TOLERANCE, ELSEWHERE = 0.1, 0.3
MESSAGES, LISTENERS, KNOWN = 9, 20, 24


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


def per_machine(phase: Callable[[Compilation], object], *before: str) -> float:
    """Of a phase, for each machine of a long program; `before`: the phases that it goes on from."""

    def work(machines: int) -> Callable[[], object]:
        compilation = Compilation(Source("cost.kanvas", program(machines)))
        for name in before:
            assert getattr(compilation, name)
        return lambda: phase(compilation)

    work(1)()
    return (counted(work(6)) - counted(work(2))) / 4


def per_key() -> float:
    """Of types after a key, in a program of which an editor knows all but what changed."""
    text = program(KNOWN)
    buffers = Documents()
    assert buffers.put("file:///cost.kanvas", text, 0).analysis.program
    middle = text.index("toDecimal", len(text) // 2)
    changed = buffers.put("file:///cost.kanvas", f"{text[:middle]}x{text[middle:]}", 1)
    return counted(lambda: changed.analysis.program)


@pytest.fixture(scope="module")
def found(ground: Ground) -> dict[str, int]:
    costs = {
        "a request": per_message(ground, Protocol, "/double", {"n": 1}),
        "a request under another server": per_message(ground, Indirect, "/double", {"n": 1}),
        "a request that waits": per_message(ground, Protocol, "/wait", {"n": 1}),
        "a message that is refused": per_message(ground, Protocol, "/double", {"n": "x"}),
        "a result for a subscription": per_listener(ground),
        "a machine that is parsed": per_machine(lambda each: each.parsed),
        "a machine that is checked": per_machine(lambda each: each.diagnostics),
        "a machine that is planned": per_machine(lambda each: each.plan, "ok"),
        "a machine that is emitted": per_machine(lambda each: each.files, "ok", "plan"),
        "a key in a long program": per_key(),
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
