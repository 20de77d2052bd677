"""The door to the outside: who may pass, and what the ledger has of it."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import kanvas_runtime
import pytest
from kanvas_runtime.errors import StepFailure
from kanvas_runtime.gate import Gate
from kanvas_runtime.ledger.interface import LedgerUnavailable, Scalar, Write
from kanvas_runtime.ledger.memory import MemoryLedger
from kanvas_runtime.machine import Ask, Grant, Machine, Policy, Value
from kanvas_runtime.reasoning.provider import Meter, ProviderError, Question, Reply
from kanvas_runtime.reasoning.registry import Reasoners
from kanvas_runtime.run import Run
from kanvas_runtime.trace import Trace

from tests.runtime.machines import NOTHING, Mood, Nothing, call

JUDGE = Ask(name="judge", model="test:small", returns=Mood, assuming=Mood(tone="warm"))
MAY_REASON = Policy(allowed=(Grant("reason"),))


class Answering:
    """A provider that gives one answer, or fails with one error, and remembers being asked."""

    def __init__(self, ledger: MemoryLedger, reply: Reply | ProviderError) -> None:
        self.ledger = ledger
        self.reply = reply
        self.asked = False
        self.recorded_before: list[str] = []
        self.closed = False

    async def answer(self, question: Question, meter: Meter) -> Reply:
        self.asked = True
        self.recorded_before = [record["kind"] for record in self.ledger.records]
        meter.tokens_in += 3
        meter.tokens_out += 4
        if isinstance(self.reply, ProviderError):
            raise self.reply
        return self.reply

    async def aclose(self) -> None:
        self.closed = True


def run_of(policy: Policy, ledger: MemoryLedger, gate: Gate, principal: str | None = None) -> Run:
    machine = Machine("weather", Nothing, Nothing, lambda input_, run: NOTHING, policy)
    return Run(call(machine, NOTHING, principal=principal, trace=Trace("1" * 32)), ledger, gate)


def live(reply: Reply | ProviderError) -> tuple[MemoryLedger, Answering, Gate]:
    ledger = MemoryLedger()
    provider = Answering(ledger, reply)
    return ledger, provider, Gate(ledger, Reasoners({}, {"test": provider}))


WARM = Reply('{"tone": "warm"}', "finished")


async def test_a_call_is_recorded_before_it_leaves_and_when_it_is_back() -> None:
    ledger, provider, gate = live(WARM)
    run = run_of(MAY_REASON, ledger, gate, principal="ann")
    assert await run.ask(JUDGE, "How? ", Value("input.x", 1)) == Mood(tone="warm")
    assert provider.recorded_before == ["RunStarted", "StepRun"]
    started, begun, ended = ledger.records
    assert len(started["input_digest"]) == 64
    assert all(record["principal"] == "ann" for record in ledger.records)
    assert all(record["trace"] == "1" * 32 for record in ledger.records)
    assert all(record["run"] == run.id for record in ledger.records)
    assert (begun["phase"], begun["step"], begun["target"], begun["model"]) == (
        "begin",
        "judge",
        "test",
        "small",
    )
    assert (ended["phase"], ended["outcome"], ended["attempts"]) == ("end", "ok", 1)
    assert (ended["tokens_in"], ended["tokens_out"]) == (3, 4)
    assert ended["duration_us"] >= 0
    assert "simulated" not in ended


async def test_a_run_starts_once() -> None:
    ledger, _, gate = live(WARM)
    run = run_of(MAY_REASON, ledger, gate)
    await run.ask(JUDGE, "one")
    await run.ask(JUDGE, "two")
    assert [record["kind"] for record in ledger.records].count("RunStarted") == 1


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(allowed=(Grant("http"),)),
        Policy(allowed=(Grant("reason"),), denied=(Grant("reason"),)),
        Policy(approval=(Grant("reason"),), denied=(Grant("reason"),)),
    ],
)
@pytest.mark.parametrize("simulate", [True, False])
async def test_what_is_not_allowed_does_not_leave(policy: Policy, simulate: bool) -> None:
    ledger, provider, gate = live(WARM)
    gate.simulate = simulate
    with pytest.raises(StepFailure, match="`reason`") as caught:
        await run_of(policy, ledger, gate).ask(JUDGE, "How?")
    assert (caught.value.type, caught.value.step) == ("denied", "judge")
    assert not provider.asked
    (decision,) = ledger.records
    assert decision["kind"] == "Decision"
    assert (decision["capability"], decision["step"], decision["verdict"]) == (
        "reason",
        "judge",
        "denied",
    )


async def test_simulated_steps_answer_what_the_program_assumes() -> None:
    ledger = MemoryLedger()
    gate = Gate(ledger, simulate=True)
    assert await run_of(MAY_REASON, ledger, gate).ask(JUDGE, "How?") == JUDGE.assuming
    _, begun, ended = ledger.records
    assert begun["simulated"] is True
    assert ended["simulated"] is True
    assert ended["outcome"] == "ok"


async def test_a_simulated_step_without_an_assumption_fails_by_name() -> None:
    ledger = MemoryLedger()
    run = run_of(MAY_REASON, ledger, Gate(ledger, simulate=True))
    with pytest.raises(StepFailure, match="judge has no `assuming`"):
        await run.ask(Ask(name="judge", model="test:small", returns=Mood), "How?")
    assert ledger.records[-1]["outcome"] == "runtime"


async def test_a_failure_is_recorded_and_names_its_step() -> None:
    ledger, _, gate = live(ProviderError("the provider is down"))
    with pytest.raises(StepFailure) as caught:
        await run_of(MAY_REASON, ledger, gate).ask(JUDGE, "How?")
    assert (caught.value.type, caught.value.step) == ("provider", "judge")
    ended = ledger.records[-1]
    assert (ended["outcome"], ended["tokens_in"]) == ("provider", 3)


async def test_nothing_leaves_that_the_ledger_cannot_keep() -> None:
    ledger, provider, gate = live(WARM)
    ledger.available = False
    with pytest.raises(LedgerUnavailable):
        await run_of(MAY_REASON, ledger, gate).ask(JUDGE, "How?")
    assert not provider.asked


class Slow(MemoryLedger):
    """A ledger whose records become durable when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[asyncio.Future[None]] = []

    def append(
        self, kind: str, fields: Mapping[str, Scalar], writes: Sequence[Write] = ()
    ) -> asyncio.Future[None]:
        super().append(kind, fields, writes)
        self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]


async def test_a_call_waits_for_its_record_and_may_be_cancelled_meanwhile() -> None:
    ledger = Slow()
    provider = Answering(ledger, WARM)
    gate = Gate(ledger, Reasoners({}, {"test": provider}))
    asking = asyncio.create_task(run_of(MAY_REASON, ledger, gate).ask(JUDGE, "How?"))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not provider.asked
    assert not any(future.cancelled() for future in ledger.waiting)
    assert ledger.records[-1]["outcome"] == "cancelled"


async def test_a_cancelled_call_is_recorded() -> None:
    ledger = MemoryLedger()
    asked = asyncio.Event()

    class Silent(Answering):
        async def answer(self, question: Question, meter: Meter) -> Reply:
            asked.set()
            return await asyncio.Future()

    gate = Gate(ledger, Reasoners({}, {"test": Silent(ledger, WARM)}))
    asking = asyncio.create_task(run_of(MAY_REASON, ledger, gate).ask(JUDGE, "How?"))
    await asked.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert ledger.records[-1]["outcome"] == "cancelled"


async def test_a_defect_behind_the_door_is_recorded_as_ours() -> None:
    ledger = MemoryLedger()
    gate = Gate(ledger, Reasoners({}))
    step = Ask(name="judge", model="nobody:small", returns=Mood)
    with pytest.raises(KeyError):
        await run_of(MAY_REASON, ledger, gate).ask(step, "How?")
    assert ledger.records[-1]["outcome"] == "internal"


async def test_closing_the_gate_closes_what_was_opened() -> None:
    _, provider, gate = live(WARM)
    await gate.aclose()
    assert provider.closed


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_clients_of_the_outside_are_imported_behind_the_gate_only() -> None:
    root = Path(kanvas_runtime.__file__).parent
    clients = ("anthropic", "httpcore2", "httpx", "httpx2", "aiohttp", "requests")
    adapters = (root / "reasoning" / "anthropic.py", root / "outside" / "client.py")
    keys = root / "auth" / "issuer.py"  # of those who issue tokens: no step of a run leads there
    doors = (root / "gate.py", root / "testing" / "rehearsal.py", keys)
    harmless = (
        "kanvas_runtime.reasoning",
        "kanvas_runtime.reasoning.missing",
        "kanvas_runtime.outside.targets",
        "kanvas_runtime.outside.request",
        "kanvas_runtime.outside.url",
        "kanvas_runtime.reasoning.prompt",
    )
    for path in root.rglob("*.py"):
        inside = {root / "reasoning", root / "outside"} & set(path.parents)
        for name in imports(path):
            if name.startswith(("kanvas_runtime.reasoning", "kanvas_runtime.outside")):
                known = name in harmless or name.rpartition(".")[0] in harmless[2:]
                assert inside or path in doors or known, path
            if name.split(".")[0] in clients or name.startswith("urllib.request"):
                assert path in adapters, path
