"""The gate of a test: every step answers what is assumed, and nothing leaves the process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from kanvas_runtime.approvals.approvals import Wish, failure
from kanvas_runtime.approvals.hold import Decided, Verdict
from kanvas_runtime.codec import convert
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import FailureType, StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import Journal
from kanvas_runtime.machine import Answerable, CallStep, MemoryStep
from kanvas_runtime.memory import Recalled
from kanvas_runtime.memory.interface import Remembered, Wanted
from kanvas_runtime.reasoning.provider import Provider
from kanvas_runtime.reasoning.registry import Reasoners

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

T = TypeVar("T")
R = TypeVar("R", bound=Record)


class Nobody(Reasoners):
    """No provider: if one were asked for, that would be our own mistake."""

    def __init__(self) -> None:
        super().__init__(environ={})

    def provider(self, name: str) -> Provider:
        """Raises `RuntimeError`, always."""
        raise RuntimeError(f"a test reached for the provider {name!r}")


class Rehearsal(Gate):
    """Permissions are judged and records are made as when the app is served.

    `answers` holds the test's own, by step; they go before what the step itself assumes, and
    `fails` the steps that fail, whatever they are, with the type of their failure.
    `unanswered` are the steps that had neither: whatever the run made of it, the test has failed.
    `approval` is what a person says about every step that needs one.
    """

    def __init__(
        self,
        recorder: Journal,
        answers: Mapping[str, Mapping[str, Any]],
        approval: Verdict = "approved",
        fails: Mapping[str, FailureType] | None = None,
    ) -> None:
        super().__init__(recorder, Nobody(), simulate=True)
        self._decided = Decided(approval)
        self.unanswered: list[str] = []
        self._answers = answers
        self._fails = fails or {}

    async def call(
        self,
        run: Run,
        step: CallStep,
        machine: str,
        input: Record,
        work: Callable[[], Awaitable[T]],
    ) -> T:
        """See `Gate.call`."""
        return await super().call(run, step, machine, input, self._unless_failing(step.name, work))

    async def recall(self, run: Run, step: MemoryStep, wanted: Wanted) -> Recalled:
        """See `Gate.recall`."""
        own = self._answers.get(step.name)
        if own is not None:
            step = MemoryStep(step.name, convert(own, Recalled, step.name))
        return await super().recall(run, step, wanted)

    async def _with_memory(
        self,
        run: Run,
        step: MemoryStep,
        what: Remembered | Wanted,
        work: Callable[[], Awaitable[T]],
    ) -> T:
        return await super()._with_memory(run, step, what, self._unless_failing(step.name, work))

    def _unless_failing(
        self, step: str, work: Callable[[], Awaitable[T]]
    ) -> Callable[[], Awaitable[T]]:
        """The work itself, or what fails in its place."""
        if step not in self._fails:
            return work

        async def fail() -> T:
            raise self._failure(step)

        return fail

    def _failure(self, step: str) -> StepFailure:
        return StepFailure(self._fails[step], f"{step} fails, as the test assumes", step=step)

    async def _approved(self, wish: Wish) -> None:
        if self._decided.verdict != "approved":
            raise failure(wish.step, self._decided)

    def assumed(self, step: Answerable[R]) -> R:
        """See `Gate.assumed`."""
        if step.name in self._fails:
            raise self._failure(step.name)
        own = self._answers.get(step.name)
        if own is not None:
            answer: R = convert(own, step.returns, step.name)
            return answer
        if step.assuming is None:
            self.unanswered.append(step.name)
            raise StepFailure("runtime", f"nobody says what {step.name} answers")
        return step.assuming
