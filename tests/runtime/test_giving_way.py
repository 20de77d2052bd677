"""Runs whose code never waits give way all the same: what others see of it, and what it sees."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from kanvas_runtime import fuel, library, ops
from kanvas_runtime.contract import Integer, Record
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.giving_way import InStretches, give_way
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import CallStep as Step
from kanvas_runtime.machine import Grant, Limits, Machine, Policy
from kanvas_runtime.run import Outcome, Run, is_pure, is_quick, perform, try_now

from tests.runtime.machines import NOTHING, Nothing, call

STRETCHES = 5
MANY = range(STRETCHES * fuel.STRETCH)

place: ContextVar[str] = ContextVar("place", default="outside")


class Count(Record, frozen=True):
    n: Integer


def long(run: Callable[[Any, Run], Any], **options: Any) -> Machine[Any, Any]:
    return Machine("long", Nothing, Count, run, long=True, **options)


async def turns_of_others(machine: Machine[Any, Any]) -> tuple[Outcome, int]:
    """What the run comes to, and how many turns of the loop somebody else had meanwhile."""
    ledger = MemoryLedger()
    run = asyncio.create_task(perform(call(machine, NOTHING), ledger, Gate(ledger)))
    turns = 0
    while not run.done():
        await asyncio.sleep(0)
        turns += 1
    return await run, turns - 2  # one before it begins, and one when it is over


def counts(_input: Nothing, _run: Run) -> Count:
    for _ in MANY:
        fuel.spend()
    return Count(n=1)


def maps(_input: Nothing, _run: Run) -> Count:
    """Inside a list that is being made, and paid for beforehand."""
    return Count(n=len(library.map_(MANY, lambda n: n)) // len(MANY))


def sorts(_input: Nothing, _run: Run) -> Count:
    """From inside of what the interpreter itself carries out."""

    def by(n: int) -> int:
        fuel.spend()
        return -n

    return Count(n=1 if sorted(MANY, key=by)[0] == MANY[-1] else 0)


async def waits_between(_input: Nothing, run: Run) -> Count:
    await asyncio.sleep(0)
    return counts(_input, run)


async def branches(_input: Nothing, run: Run) -> Count:
    async def branch() -> int:
        for _ in MANY[::2]:
            fuel.spend()
        return 1

    one, other = await run.together(branch, branch)
    return Count(n=one * other)


async def takes_turns(_input: Nothing, run: Run) -> Count:
    async def turn(item: int, _index: int) -> int:
        return item

    return Count(n=len(await run.each(MANY, turn, concurrency=2)) // len(MANY))


async def calls(_input: Nothing, run: Run) -> Count:
    machine = Machine("called", Nothing, Count, counts)
    count: Count = await run.call(Step(name="told"), machine, NOTHING)
    return count


@pytest.mark.parametrize("run", [counts, maps, sorts, waits_between, branches, takes_turns, calls])
async def test_others_have_a_turn_after_each_stretch(run: Callable[[Any, Run], Any]) -> None:
    policy = Policy(allowed=(Grant("call"),))
    outcome, turns = await turns_of_others(long(run, policy=policy))
    assert outcome.output == Count(n=1), outcome
    assert turns >= STRETCHES - 2


LIST: list[int] = list(range(fuel.LONGEST_LIST))
MAP = {str(n): n for n in LIST[::2]}
TEXT = "a " * (fuel.LONGEST_TEXT // 2)
AT_ONE_GO: dict[str, Callable[[], object]] = {
    "sort": lambda: library.sort(LIST),
    "reverse": lambda: library.reverse(LIST),
    "slice": lambda: library.list_slice(LIST, 1),
    "join": lambda: library.join(LIST, ""),
    "sum": lambda: library.sum_(LIST),
    "min": lambda: library.min_(LIST),
    "max": lambda: library.max_(LIST),
    "flat": lambda: library.flat([LIST, []]),
    "keys": lambda: library.keys(MAP),
    "values": lambda: library.values(MAP),
    "merge": lambda: library.merge(MAP, MAP),
    "equal": lambda: ops.equal(LIST, LIST),
    "json": lambda: ops.json_of(LIST),
}
IN_FEW_GOES: dict[str, Callable[[], object]] = {
    "upper": lambda: library.upper(TEXT),
    "lower": lambda: library.lower(TEXT),
    "trim": lambda: library.trim(TEXT),
    "split": lambda: library.split(TEXT, "b"),
    "replace": lambda: library.replace(TEXT, "b", "c"),
    "includes": lambda: library.text_includes(TEXT, "b"),
    "parse": lambda: library.json_parse(f'"{TEXT}"'),
}


@pytest.mark.parametrize(
    ("work", "times", "least"),
    [
        *(pytest.param(work, 8, 6, id=name) for name, work in AT_ONE_GO.items()),
        *(pytest.param(work, 30, 8, id=name) for name, work in IN_FEW_GOES.items()),
    ],
)
async def test_what_is_done_at_one_go_to_large_values_counts(
    work: Callable[[], object], times: int, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def repeats(_input: Nothing, _run: Run) -> Count:
        for _ in range(times):
            fuel.spend()
            work()
        return Count(n=1)

    monkeypatch.setattr(fuel, "TANK", 10 * fuel.TANK)
    outcome, turns = await turns_of_others(long(repeats))
    assert outcome.output == Count(n=1), outcome
    assert turns >= least


async def test_what_is_not_long_is_carried_out_at_one_go() -> None:
    machine = Machine("short", Nothing, Count, counts)
    outcome, turns = await turns_of_others(machine)
    assert outcome.output == Count(n=1)
    assert turns <= 0
    assert is_pure(machine)
    assert not is_pure(long(counts))


async def test_a_run_that_gives_way_has_as_much_fuel_as_any() -> None:
    def burns(input_: Nothing, run: Run) -> Count:
        run.step = "loop"
        for _ in range(left):
            fuel.spend()
        return Count(n=1)

    left = fuel.TANK
    assert (await turns_of_others(long(burns)))[0].output == Count(n=1)
    left += 1
    outcome, turns = await turns_of_others(long(burns))
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.step) == ("step_failed", "loop")
    assert turns >= fuel.TANK // fuel.STRETCH - 2


async def test_its_time_runs_out_where_it_gives_way() -> None:
    def never_ends(_input: Nothing, _run: Run) -> Count:
        while True:
            give_way()

    outcome, _ = await turns_of_others(long(never_ends, timeout=0.01))
    assert outcome.refusal is not None
    assert outcome.refusal.code == "timeout"


async def test_it_is_cancelled_where_it_gives_way() -> None:
    left: list[str] = []

    def never_ends(_input: Nothing, _run: Run) -> Count:
        try:
            while True:
                give_way()
        finally:
            left.append(place.get())

    ledger = MemoryLedger()
    place.set("here")
    run = asyncio.create_task(perform(call(long(never_ends), NOTHING), ledger, Gate(ledger)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not left
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert left == ["here"]


async def test_runs_at_the_same_time_keep_their_own_variables() -> None:
    async def work(name: str) -> list[str]:
        place.set(name)
        seen = []
        for turn in range(6):
            give_way()
            seen.append(place.get())
            place.set(f"{name}{turn}")
            await asyncio.sleep(0)
        return [*seen, place.get()]

    found = await asyncio.gather(*(InStretches(work(name)) for name in "ab"))
    for name, seen in zip("ab", found, strict=True):
        assert seen == [name, *(f"{name}{turn}" for turn in range(6))]
    assert place.get() == "outside"


async def test_what_it_sets_is_set_for_who_awaits_it() -> None:
    async def work() -> None:
        give_way()
        place.set("inside")

    async def awaits() -> str:
        await InStretches(work())
        return place.get()

    assert await asyncio.create_task(awaits()) == "inside"


async def test_what_fails_inside_fails_for_who_awaits_it() -> None:
    async def work() -> None:
        give_way()
        try:
            await waited
        except ZeroDivisionError:
            give_way()
            raise StepFailure("runtime", "as told") from None

    waited: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0, waited.set_exception, ZeroDivisionError())
    with pytest.raises(StepFailure, match="as told"):
        await InStretches(work())


async def test_nothing_gives_way_outside_of_what_does() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    fuel.refill(give_way)
    for _ in MANY:
        fuel.spend()
    assert turns == 0
    task.cancel()
    fuel.refill()


# Most runs of a machine that may be long are short.


def tried(machine: Machine[Any, Any]) -> Outcome | None:
    ledger = MemoryLedger()
    return try_now(call(machine, NOTHING), ledger, Gate(ledger))


def counting(turns: int) -> Machine[Any, Any]:
    def run(_input: Nothing, run: Run) -> Count:
        run.publish("counted", {})
        for _ in range(turns):
            fuel.spend()
        return Count(n=turns)

    return long(run)


def test_a_short_run_is_carried_out_at_one_go() -> None:
    found = tried(counting(fuel.STRETCH))
    assert found is not None
    assert found.output == Count(n=fuel.STRETCH)


def test_a_longer_one_is_given_up_whatever_its_program_handles() -> None:
    def handles(_input: Nothing, run: Run) -> Count:
        try:
            return counts(_input, run)
        except StepFailure:
            return Count(n=0)

    assert tried(counting(fuel.STRETCH + 1)) is None
    assert tried(long(handles)) is None
    fuel.spend(fuel.STRETCH + 1)  # the next run has nothing of that


def test_what_is_worth_a_try() -> None:
    assert is_quick(long(counts))
    assert not is_quick(long(waits_between))
    assert not is_quick(Machine("short", Nothing, Count, counts))
    assert not is_quick(long(counts, limits=Limits(runs_per_minute=1)))
