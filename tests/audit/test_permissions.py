"""Random programs under random permissions: compiler, gate and a model of the rules agree."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kanvas_runtime.approvals.approvals import Approvals
from kanvas_runtime.approvals.hold import Choice
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Grant, Machine, Policy, reached
from kanvas_runtime.outside.url import parse_url
from kanvas_runtime.policy import judge, narrow
from kanvas_runtime.run import perform

from kanvasc.types import hosts
from tests.audit.outside import Outside
from tests.audit.programs import MACHINES, TARGETS, URLS, Program, programs, rights, tag
from tests.audit.rules import ALLOWED, DENIED, HELD, Rights, Wish, verdict
from tests.runtime.machines import call
from tests.soundness.running import compilation, errors, loaded

SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
EVERYTHING = Rights((Wish("reason"), Wish("memory"), Wish("http"), Wish("call")))


def policy_of(given: Rights) -> Policy:
    def grants(wishes: tuple[Wish, ...]) -> tuple[Grant, ...]:
        return tuple(Grant(*wish) for wish in wishes)

    return Policy(grants(given.allowed), grants(given.denied), grants(given.approval))


WISHES = st.one_of(
    st.sampled_from([Wish("reason"), Wish("memory")]),
    st.builds(Wish, st.just("call"), st.sampled_from(MACHINES)),
    st.builds(Wish, st.just("http"), st.sampled_from(URLS)),
)


@settings(SLOW, max_examples=300)
@given(levels=st.lists(rights(held=True), min_size=1, max_size=3), wish=WISHES)
def test_the_gate_judges_as_the_rules_say(levels: list[Rights], wish: Wish) -> None:
    """Callers first: each narrows what those behind it may do."""
    policy = policy_of(levels[0])
    for inner in levels[1:]:
        policy = narrow(policy_of(inner), policy)
    target: Any = parse_url(str(wish.target)).origin if wish.capability == "http" else wish.target
    assert judge(policy, wish.capability, target).value == verdict(levels, wish)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("url", URLS)
def test_every_target_against_every_url(target: str | None, url: str) -> None:
    """Granted alone, and denied where everything else is granted: before a run, and in it."""
    named = Wish("http", target)
    granted, denied = Rights((named,)), Rights((Wish("http"),), (named,))
    origin, written = parse_url(url).origin, str(hosts.of_url(url))
    for own, compiled in (
        (granted, hosts.covers(target, written)),
        (denied, not hosts.forbids(target, written)),
    ):
        wanted = verdict([own], Wish("http", url))
        assert judge(policy_of(own), "http", origin).value == wanted
        assert compiled == (wanted == ALLOWED)


def missing(program: Program) -> set[str]:
    """The machines in which, by the rules, something is not granted that it or a callee needs."""
    return {
        machine
        for start in MACHINES
        for way in program.ways(start)
        for wish in program.steps[way[-1]]
        for machine in way
        if verdict([program.rights[machine]], wish) == DENIED
    }


@settings(SLOW, max_examples=60)
@given(programs(held=True))
def test_the_compiler_refuses_what_the_rules_refuse(program: Program) -> None:
    compiler_agrees(program)


def compiler_agrees(program: Program) -> None:
    """Whether the program has an error about permissions, as the rules say."""
    found = [each for each in errors(compilation(program.text())) if each.code == "K4001"]
    assert bool(found) == bool(missing(program)), program.text()


@dataclass
class Expected:
    """What reaches the outside, which steps are denied, and which a person is asked about, in the
    order of the run."""

    came: list[str] = field(default_factory=list)
    denied: list[tuple[str, str, str]] = field(default_factory=list)
    held: list[tuple[str, str, str]] = field(default_factory=list)


def expected(program: Program, given: dict[str, Rights], agrees: bool) -> Expected:
    found = Expected()

    def walk(machine: str, levels: list[Rights]) -> None:
        for number, wish in enumerate(program.steps[machine]):
            step, said = (machine, f"a{number}", wish.capability), verdict(levels, wish)
            if said == HELD:
                found.held.append(step)
            if said == DENIED:
                found.denied.append(step)
            elif said == HELD and not agrees:
                continue
            elif wish.capability == "call":
                callee = str(wish.target)
                walk(callee, [*levels, given[callee]])
            else:
                found.came.append(tag(machine, number))

    walk(MACHINES[0], [given[MACHINES[0]]])
    return found


async def decide(approvals: Approvals, choice: Choice) -> None:
    """A person who says the same about everything."""
    while True:
        for hold in approvals.holds.open:
            await approvals.holds.decide(hold.id, choice, "boss")
        await asyncio.sleep(0)


def ran(machine: Machine[Any, Any], given: dict[str, Rights], agrees: bool) -> Expected:
    """What really came, with these rights in the place of those that were compiled."""
    outside, ledger = Outside(), MemoryLedger()
    for each in reached([machine]):
        object.__setattr__(each, "policy", policy_of(given[each.name]))

    async def run() -> None:
        gate = outside.gate(ledger)
        person = asyncio.create_task(decide(gate.approvals, "approve" if agrees else "deny"))
        outcome = await perform(call(machine, machine.input()), ledger, gate)
        person.cancel()
        assert outcome.refusal is None

    asyncio.run(run())
    decided = [record for record in ledger.records if record["kind"] == "Decision"]
    by_person = [each["verdict"] for each in decided if "decider" in each]
    held = [told(each) for each in decided if each["verdict"] == "held"]
    assert by_person == ["approved" if agrees else "denied"] * len(held)
    denied = [told(each) for each in decided if each["verdict"] == "denied" and "hold" not in each]
    return Expected(outside.came, denied, held)


def told(decision: dict[str, Any]) -> tuple[str, str, str]:
    return decision["machine"], decision["step"], decision["capability"]


@settings(SLOW, max_examples=15)
@given(
    program=programs(held=True),
    changed=st.lists(st.tuples(*[rights(held=True) for _ in MACHINES]), min_size=6, max_size=6),
)
def test_a_run_reaches_what_the_rules_allow_and_nothing_else(
    program: Program, changed: list[tuple[Rights, ...]]
) -> None:
    """Whatever the compiler has let pass: here the policies are exchanged behind its back."""
    run_agrees(program, changed)


def run_agrees(program: Program, changed: list[tuple[Rights, ...]]) -> None:
    """What a run of it reaches, with its own rights and with each of these in their place."""
    everything = Program(program.steps, dict.fromkeys(MACHINES, EVERYTHING))
    with loaded(compilation(everything.text()), MACHINES[0]) as module:
        for each in (tuple(program.rights.values()), *changed):
            given = dict(zip(MACHINES, each, strict=True))
            for agrees in (True, False):
                found = ran(module.MACHINE, given, agrees)
                assert found == expected(program, given, agrees), everything.text()
