"""One test, from its input to a verdict."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from kanvas_runtime.codec import Codec, TypeInfo, decode_json, encode_json, type_info
from kanvas_runtime.contract import Record
from kanvas_runtime.errors import Refusal
from kanvas_runtime.ledger.ids import uuid7
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Machine
from kanvas_runtime.run import Call, perform
from kanvas_runtime.testing.match import ABSENT, Difference, differences
from kanvas_runtime.testing.rehearsal import Rehearsal
from kanvas_runtime.testing.suite import Case
from kanvas_runtime.transaction import Transaction

SURFACE = "test"
"""What `context.surface` is in a test."""
LONGEST_ANSWER = 300
"""Characters of an answer that should not have come."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a test. It has passed when there is neither a difference nor a problem.

    `seconds` is the time of the run with its decoding; `problem` is for a person; `ours` says that
    the fault is neither the program's nor the test's.
    """

    seconds: float
    differences: tuple[Difference, ...] = ()
    problem: str | None = None
    ours: bool = False

    @property
    def passed(self) -> bool:
        """Whether everything came as expected."""
        return not self.differences and self.problem is None

    def as_json(self) -> dict[str, Any]:
        """For whoever started the tests: an absent `got` is a value that is not there."""
        shown = [
            {"path": d.path, "expected": d.expected} | ({} if d.got is ABSENT else {"got": d.got})
            for d in self.differences
        ]
        return {
            "seconds": self.seconds,
            "differences": shown,
            "problem": self.problem,
            "ours": self.ours,
        }


@dataclass(frozen=True, slots=True)
class _Came:
    """What a run came to, as a client would see it. `pushed` is what it sent before its end."""

    output: object = None
    refusal: Refusal | None = None
    pushed: tuple[object, ...] = ()
    unanswered: tuple[str, ...] = ()


async def judge(machine: Machine[Any, Any], case: Case) -> Verdict:
    """Carry out a test. Raises nothing for what a program or a test can do wrong."""
    begun = time.perf_counter()
    came = await _run(machine, case)
    seconds = time.perf_counter() - begun
    if came.unanswered:
        return Verdict(seconds, problem=_nobody_answers(came.unanswered[0]))
    if came.refusal is not None and came.refusal.code == "internal":
        return Verdict(seconds, problem=_told(came.refusal), ours=True)
    problem = _problem(case, came)
    found = () if problem else tuple(_departures(machine, case, came))
    return Verdict(seconds, found, problem)


async def _run(machine: Machine[Any, Any], case: Case) -> _Came:
    ledger = MemoryLedger()
    gate = Rehearsal(ledger, case.assuming, case.approval, case.fails)
    codec = Codec(machine.input, machine.output)
    try:
        asked = codec.decode(encode_json(case.given))
    except Refusal as refusal:
        return _Came(refusal=refusal)
    now = case.now.astimezone(UTC) if case.now is not None else None
    pushed: list[object] = []

    def push(name: str, output: Record) -> None:
        if name == machine.name:  # what a called machine pushes is not its caller's
            pushed.append(decode_json(codec.encode(output)))

    # State begins at its defaults and is forgotten; without a bus, events stay where they are.
    transaction = Transaction(push=push)
    call = Call(machine, asked, uuid7(), None, SURFACE, "", now=now, transaction=transaction)
    try:
        outcome = await perform(call, ledger, gate)
    finally:
        await gate.aclose()
    came = _Came(pushed=tuple(pushed), unanswered=tuple(gate.unanswered))
    if outcome.output is None:
        return replace(came, refusal=outcome.refusal)
    try:
        transaction.writes()  # what cannot be kept makes a run fail
        return replace(came, output=decode_json(codec.encode(outcome.output)))
    except Refusal as refusal:
        return replace(came, refusal=refusal)


def _problem(case: Case, came: _Came) -> str | None:
    """Why the values need not be compared at all."""
    if came.refusal is None:
        if case.error is None:
            return None
        return f'it was to fail with "{case.error}", and answered {_cut(came.output)}'
    if case.error is None:
        return f"it failed with {_told(came.refusal)}"
    if case.error != came.refusal.code:
        return f'it was to fail with "{case.error}", and failed with {_told(came.refusal)}'
    return None


def _departures(machine: Machine[Any, Any], case: Case, came: _Came) -> list[Difference]:
    info = type_info(machine.output)
    found = [each for wanted in case.expect for each in differences(wanted, came.output, info)]
    if case.push is not None:
        listed = TypeInfo("list", item=info)
        found += differences(case.push, list(came.pushed), listed, "push")
    return found


def _nobody_answers(step: str) -> str:
    return (
        f"{step} asks somebody outside, and neither the test nor the step says what is answered:"
        f" add `assuming {step} {{…}}` to the test, or `assuming` to the step"
    )


def _cut(output: object) -> str:
    text = encode_json(output).decode()
    return text if len(text) <= LONGEST_ANSWER else f"{text[:LONGEST_ANSWER]}…"


def _told(refusal: Refusal) -> str:
    """`"invalid_input" (country): the message`."""
    places = [refusal.field, f"step {refusal.step}" if refusal.step else None]
    where = ", ".join(place for place in places if place)
    return f'"{refusal.code}"{f" ({where})" if where else ""}: {refusal.message}'
