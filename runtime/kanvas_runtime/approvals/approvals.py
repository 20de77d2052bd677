"""What the gate asks for a step that needs a person's approval."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kanvas_runtime.approvals.arguments import Arguments
from kanvas_runtime.approvals.hold import Decided, Hold
from kanvas_runtime.approvals.holds import Holds
from kanvas_runtime.approvals.runs import HeldRuns
from kanvas_runtime.codec.json_text import encode_sorted
from kanvas_runtime.deadline import paused
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.interface import Journal
from kanvas_runtime.machine import Limits
from kanvas_runtime.policy import Target, Verdict, judged

if TYPE_CHECKING:
    from kanvas_runtime.run import Run

DENIED = "approval_denied"
EXPIRED = "approval_expired"


class Wish(NamedTuple):
    """A step of a run that is about to leave, and what it is about to do."""

    run: Run
    step: str
    capability: str
    target: Target
    arguments: Arguments
    simulated: bool

    @property
    def named(self) -> str | None:
        """The target, as records have it."""
        return None if self.target is None else str(self.target)

    def shown(self) -> str:
        """What it is about to do, as a person may read it: JSON, without secrets."""
        return self.arguments.told(self.run.mask())

    def digest(self, journal: Journal, shown: str | None = None) -> str:
        """Of what is shown, and of the step that is about to do it."""
        machine = self.run.request.machine.name
        told = self.shown() if shown is None else shown
        return journal.digest(
            encode_sorted([machine, self.step, self.capability, self.named, told])
        )


class Approvals:
    """The holds of a process, and the runs that they belong to."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.holds = Holds(journal)
        self.runs = HeldRuns(journal)

    async def load(self) -> None:
        """Expire what the last server left behind. Raises `LedgerUnavailable`."""
        await self.holds.load()
        await self.runs.load()

    async def admit(self, wish: Wish) -> None:
        """Wait until a person has approved these arguments, and see that they are still the same.

        Raises:
            StepFailure: `approval_denied`, `approval_expired`.
            Refusal: `overloaded`.
            LedgerUnavailable: it cannot be recorded, so nobody is asked.
        """
        run, step = wish.run, wish.step
        self.holds.check_room(run.principal)
        hold = self._hold(wish)
        approved = wish.arguments.fingerprint()
        run.record_start()
        with paused(run.deadlines):
            decided = await self.holds.wait(
                hold, self.runs.begin(run.request), lambda: self._tell(run, hold)
            )
        if decided.verdict != "approved":
            raise failure(step, decided)
        if wish.arguments.fingerprint() != approved:
            message = f"what {step} is about to do is not what was approved"
            raise StepFailure("denied", message, step, code=DENIED)

    def _tell(self, run: Run, hold: Hold) -> None:
        self.runs.told(hold.notice)
        if run.request.held is not None:
            run.request.held(hold.notice)

    def _hold(self, wish: Wish) -> Hold:
        run, limits = wish.run, _limits(wish)
        shown = wish.shown()
        now = self.holds.clock()
        return Hold(
            id=uuid7(),
            run=run.id,
            machine=run.request.machine.name,
            step=wish.step,
            capability=wish.capability,
            arguments=shown,
            digest=wish.digest(self._journal, shown),
            at=now,
            until=now + min(each.approval_timeout for each in limits),
            target=wish.named,
            principal=run.principal,
            by_self=all(each.approval_self for each in limits),
            simulated=wish.simulated,
        )


def _limits(wish: Wish) -> list[Limits]:
    """Of the machines that require the approval: the run's own, and those that called it."""
    machines = [level.request.machine for level in wish.run.levels]
    return [
        machine.limits
        for machine in machines
        if judged(machine.policy, wish.capability, wish.target) is Verdict.APPROVAL
    ]


def failure(step: str, decided: Decided) -> StepFailure:
    """What was denied is `denied` for the program, what nobody decided is a `timeout`."""
    details = decided.reason or ""
    if decided.verdict == "denied":
        return StepFailure("denied", f"a person denied {step}", step, details, DENIED)
    message = f"nobody approved {step} in time"
    return StepFailure("timeout", message, step, details, EXPIRED)
