"""Long runs give way: what a run does between two awaits is carried out in stretches.

Generated code is plain Python, and a lambda may be called from inside `sorted`: no `await` can
stand there. So each such piece of work has a stack of its own (a greenlet), which is left when so
much fuel is spent, and taken up again after the loop has served others. To the loop it is one task
that waits now and then: it can be cancelled there, and its time can run out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from greenlet import getcurrent, greenlet

T = TypeVar("T")


class _Stretches(greenlet):
    """What is done between two awaits."""


class _End(NamedTuple):
    """What the coroutine returned."""

    value: Any


def give_way() -> None:
    """Let others have a turn, where `InStretches` carries this out; else nothing."""
    here = getcurrent()
    if isinstance(here, _Stretches):
        assert here.parent is not None
        here.parent.switch()


class InStretches(Generic[T], Awaitable[T]):
    """Awaiting it is awaiting the coroutine, but `give_way` anywhere inside waits a turn."""

    __slots__ = ("_coroutine",)

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, T]:
        resume = partial(self._coroutine.send, None)
        while True:
            stretches = _Stretches(partial(_until_it_waits, resume))
            stretches.gr_context = getcurrent().gr_context
            awaited = stretches.switch()
            while not stretches.dead:
                awaited = yield from _turn(stretches)
            if isinstance(awaited, _End):
                result: T = awaited.value
                return result
            try:
                answer = yield awaited
            except BaseException as error:
                resume = partial(self._coroutine.throw, error)
            else:
                resume = partial(self._coroutine.send, answer)


def _until_it_waits(resume: Callable[[], object]) -> object:
    """What it waits for, or its end."""
    try:
        return resume()
    except StopIteration as end:
        return _End(end.value)


def _turn(stretches: _Stretches) -> Generator[None, None, Any]:
    """Others have theirs; what ends this wait (a cancellation) is raised where it gave way."""
    try:
        yield
    except BaseException as error:
        return stretches.throw(error)
    return stretches.switch()
