"""Loops, branches and repeats of a run, for generated code.

What runs at the same time runs in tasks of its own, each with its own idea of the current step;
the first failure cancels the others, and none of them outlives the step that began it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal, TypeAlias, TypeVar, overload

from kanvas_runtime import fuel
from kanvas_runtime import step as steps
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import FailureType, StepFailure

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")
F = TypeVar("F")
G = TypeVar("G")
H = TypeVar("H")
Item = TypeVar("Item")
T = TypeVar("T")

Backoff: TypeAlias = Literal["none", "linear", "exponential"]
Branch: TypeAlias = Callable[[], Coroutine[Any, Any, T]]
Turn: TypeAlias = Callable[[Item, int], Awaitable[T]]

_LONGEST_PAUSE = 60_000


class Failure(Record):
    """`error` of `on failure`."""

    message: str
    type: FailureType
    step: str
    details: str


class Control:
    """The part of a run that has nothing to do with what it may reach."""

    __slots__ = ()

    @property
    def step(self) -> str:
        """The step that is being carried out; of branches, each has its own."""
        return steps.current.get()

    @step.setter
    def step(self, name: str) -> None:
        steps.current.set(name)

    async def each(
        self, items: Sequence[Item], body: Turn[Item, T], concurrency: int = 1
    ) -> list[T]:
        """What `body(item, index)` gives for every item, in order; so many at a time."""
        turns = enumerate(items)
        results: dict[int, T] = {}
        workers = min(concurrency, len(items))
        if workers <= 1:
            await _take_turns(turns, body, results)
        else:
            await _side_by_side([lambda: _take_turns(turns, body, results)] * workers)
        return [results[index] for index in range(len(items))]

    @overload
    async def together(self, a: Branch[A], b: Branch[B], /) -> tuple[A, B]: ...

    @overload
    async def together(self, a: Branch[A], b: Branch[B], c: Branch[C], /) -> tuple[A, B, C]: ...

    @overload
    async def together(
        self, a: Branch[A], b: Branch[B], c: Branch[C], d: Branch[D], /
    ) -> tuple[A, B, C, D]: ...

    @overload
    async def together(
        self, a: Branch[A], b: Branch[B], c: Branch[C], d: Branch[D], e: Branch[E], /
    ) -> tuple[A, B, C, D, E]: ...

    @overload
    async def together(
        self, a: Branch[A], b: Branch[B], c: Branch[C], d: Branch[D], e: Branch[E], f: Branch[F], /
    ) -> tuple[A, B, C, D, E, F]: ...

    @overload
    async def together(
        self,
        a: Branch[A],
        b: Branch[B],
        c: Branch[C],
        d: Branch[D],
        e: Branch[E],
        f: Branch[F],
        g: Branch[G],
        /,
    ) -> tuple[A, B, C, D, E, F, G]: ...

    @overload
    async def together(
        self,
        a: Branch[A],
        b: Branch[B],
        c: Branch[C],
        d: Branch[D],
        e: Branch[E],
        f: Branch[F],
        g: Branch[G],
        h: Branch[H],
        /,
    ) -> tuple[A, B, C, D, E, F, G, H]: ...

    @overload
    async def together(self, *bodies: Branch[Any]) -> tuple[Any, ...]: ...

    async def together(self, *bodies: Branch[Any]) -> tuple[Any, ...]:
        """What every body gives, run at the same time. Raises what the first to fail raised."""
        return tuple(await _side_by_side(bodies))

    async def retry(
        self, body: Callable[[], Awaitable[T]], *, max: int, backoff: Backoff, delay: int
    ) -> T:
        """What `body` gives, in at most `max` attempts. `delay` in milliseconds.

        Only a step's failure is one that may pass. What was denied stays denied, and what nobody
        approved in time is not asked for again.
        """
        for attempt in range(1, max):
            try:
                with self.attempt():
                    return await body()
            except StepFailure as failure:
                if failure.type == "denied" or failure.code == "approval_expired":
                    raise
            fuel.spend()
            await asyncio.sleep(pause(attempt, backoff, delay) / 1000)
        with self.attempt():
            return await body()

    def attempt(self) -> AbstractContextManager[None]:
        """Around one attempt of `retry`: what it has changed is undone where it fails."""
        return nullcontext()

    def failure(self, error: StepFailure) -> Failure:
        """What `on failure` sees of a failure."""
        return Failure(
            message=error.message,
            type=error.type,
            step=error.step or self.step,
            details=error.details,
        )


def pause(attempt: int, backoff: Backoff, delay: int) -> int:
    """Milliseconds after an attempt (1, 2, …) that failed. They grow to a minute, no further."""
    longest = max(delay, _LONGEST_PAUSE)
    match backoff:
        case "none":
            return delay
        case "linear":
            return min(delay * attempt, longest)
        case "exponential":
            return min(delay << min(attempt - 1, 32), longest)


async def _take_turns(
    turns: Iterator[tuple[int, Item]], body: Turn[Item, T], results: dict[int, T]
) -> None:
    """Take turns until there are none; several may take from the same."""
    for index, item in turns:
        fuel.spend()
        results[index] = await body(item, index)


async def _side_by_side(bodies: Sequence[Branch[T]]) -> list[T]:
    """Raises what the first to fail raised, when the others have ended.

    Not by a TaskGroup: on Python 3.11 it leaves its own cancellation behind, and then nobody can
    tell a branch that failed from a caller that is gone.
    """
    failures: list[tuple[str, Exception]] = []
    tasks = [asyncio.create_task(_branch(body, failures)) for body in bodies]
    try:
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if failures:
        place, failure = failures[0]
        steps.current.set(place)
        raise failure
    return [task.result() for task in tasks]


async def _branch(body: Branch[T], failures: list[tuple[str, Exception]]) -> T:
    """A task sees none of another's steps, so it says at which one it failed."""
    try:
        return await (_in_stretches(body()) if fuel.gives_way() else body())
    except Exception as failure:
        failures.append((steps.current.get(), failure))
        raise


def _in_stretches(coroutine: Coroutine[Any, Any, T]) -> Awaitable[T]:
    """A branch of a run that gives way does so itself, for it is a task of its own."""
    from kanvas_runtime.giving_way import InStretches

    return InStretches(coroutine)
