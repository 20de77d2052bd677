"""One machine, typed: its contract, its steps, its permissions, surfaces and tests."""

from __future__ import annotations

from typing import TypeVar

from kanvasc.records import replace
from kanvasc.syntax import tree
from kanvasc.types import (
    configuration,
    contract,
    enclosed,
    events,
    flows,
    guards,
    limits,
    permissions,
    secrets,
    state,
)
from kanvasc.types.elaborate import Elaborator
from kanvasc.types.fields import Declarations
from kanvasc.types.inside import every, outermost
from kanvasc.types.program import (
    TypedAsk,
    TypedBody,
    TypedLet,
    TypedMachine,
    TypedStep,
)
from kanvasc.types.scope import Scope
from kanvasc.types.steps import Steps
from kanvasc.types.surfaces import Surfaces
from kanvasc.types.typed import Local, Symbol, TypedExpr, faulty
from kanvasc.types.types import Type
from kanvasc.types.verify import Outside, tests

S = TypeVar("S", bound=tree.Section)


def section(machine: tree.Machine, kind: type[S]) -> S | None:
    """The machine's first section of a kind; a second one is reported elsewhere."""
    return next((found for found in machine.sections if isinstance(found, kind)), None)


def typed_machine(
    at: Elaborator, declarations: Declarations, surfaces: Surfaces, machine: tree.Machine
) -> TypedMachine:
    """Types the whole machine; findings go to `at`. What its steps may do is judged where all
    machines are known (`reach.py`)."""
    at.lets.clear()
    at.enclosed.clear()
    at.machine = machine
    responds = section(machine, tree.RespondsWith)
    implements = section(machine, tree.Implements)
    contract_ = declarations.signature(machine)
    input_, output = contract_.input, contract_.output
    typer = Steps(at, declarations, contract.hints(responds, output, implements))
    kept = state.declared(declarations, machine, implements)
    needed = secrets.read(at, machine)
    scope = Scope(
        input_.type,
        state=None if kept is None else kept.type,
        secrets=frozenset(secret.name for secret in needed),
    )
    typer.implements, typer.output = implements, output
    typer.published = events.published(declarations, machine.name.text, implements)
    body, after = _body(typer, implements, scope, contract.whole(responds, output))
    steps = body.steps
    answer = _answer(body)
    result: tuple[tuple[str, TypedExpr], ...] = ()
    if responds is not None and not _is_cut(at, declarations, machine, implements):
        result = contract.Result(at, after, body.value, steps, answer).fields(responds, output)
    called = tuple(typer.typed_flows.values())
    outside = every(outermost(steps, called))
    leaving = {s.symbol.name: s for s in outside if isinstance(s, Outside)}
    return TypedMachine(
        source=at.source,
        name=machine.name.text,
        span=machine.name.span,
        title=_title(at, machine),
        goal=_goal(machine),
        input=input_,
        output=output,
        steps=steps,
        result=result,
        answer=answer,
        permissions=permissions.read(at, machine),
        surfaces=surfaces.read(section(machine, tree.Expresses), input_, output),
        tests=tests(at, machine, input_, output, leaving),
        flows=called,
        state=kept,
        schedules=configuration.schedules(at, implements, input_),
        runtime=configuration.runtime(at, implements),
        publishes=tuple(typer.published.values()),
        subscribes=events.subscriptions(typer, implements),
        guards=guards.read(at, machine, input_, output),
        limits=limits.read(at, machine),
        secrets=needed,
    )


def _is_cut(
    at: Elaborator,
    declarations: Declarations,
    machine: tree.Machine,
    implements: tree.Implements | None,
) -> bool:
    """Whether the text where the outputs come from could not be read: in the last step, behind it,
    or anywhere in a machine that seems to have no steps."""
    if not at.faults:
        return False
    start = machine.span.start
    if implements is not None:
        last = implements.value or next(reversed(implements.steps), implements)
        start = last.span.start
    heads = [*declarations.types.values(), *declarations.machines.values()]
    if implements is not None:
        heads += machine.sections
    end = min((node.span.start for node in heads if node.span.start > start), default=None)
    return any(start <= fault.start and (end is None or fault.start < end) for fault in at.faults)


def _body(
    typer: Steps, implements: tree.Implements | None, scope: Scope, wanted: Type | None
) -> tuple[TypedBody, Scope]:
    """What runs: the steps outside flows, or the first flow where there are none. All flows are
    typed, those that nothing runs too."""
    if implements is None:
        return TypedBody((), None), scope
    typer.flows = flows.declared(typer.at, implements.flows)
    for flow in implements.flows:
        enclosed.note_flow(typer.at, flow)
    written = tree.Body(implements.span, implements.steps, implements.value, implements.on_failure)
    if not written.steps and written.value is None and implements.flows:
        written = _first_flow(typer, implements, written, scope)
    body, after = typer.body(written, scope, wanted)
    for name in typer.flows:
        flows.of(typer, name, scope, None)
    return body, after


def _first_flow(
    typer: Steps, implements: tree.Implements, around: tree.Body, scope: Scope
) -> tree.Body:
    """What the first flow does, where that is what the machine does: its steps are the machine's,
    which `from` may name, unless something else runs the flow too."""
    first = implements.flows[0]
    events = [block for block in implements.blocks if isinstance(block, tree.Subscribes)]
    heard = [
        item.flow.text for block in events for item in block.subscriptions if item.flow is not None
    ]
    for name in typer.flows:
        if name != first.name.text:
            flows.of(typer, name, scope, None)
    if first.name.text in (*typer.typed_flows, *heard) or around.on_failure is not None:
        return replace(around, steps=(tree.RunFlow(first.span, first.name),))
    del typer.flows[first.name.text]
    return first.body


def _answer(body: TypedBody) -> TypedLet | None:
    """The value that the machine ends with, where it is written behind the steps: it is worked
    out once, however many outputs are taken from it."""
    value = body.value
    if value is None or faulty(value) or isinstance(value, Local):
        return None
    return TypedLet(Symbol("answer", value.type, value.span, "let", used=True), value)


def asks(steps: tuple[TypedStep, ...]) -> tuple[TypedAsk, ...]:
    """All `ask` steps, those inside arms included, in source order."""
    return tuple(step for step in every(steps) if isinstance(step, TypedAsk))


def _title(at: Elaborator, machine: tree.Machine) -> str | None:
    if machine.title is None or isinstance(machine.title, tree.Missing):
        return None
    plain = machine.title.plain if isinstance(machine.title, tree.TextLit) else None
    if plain is None:
        at.report(
            "K2001",
            machine.title.span,
            "A title is a plain text",
            why="The title is shown before any message comes in, so it holds no values.",
            help="leave `${…}` out of it",
        )
    return plain


def _goal(machine: tree.Machine) -> str:
    achieves = section(machine, tree.Achieves)
    for item in achieves.items if achieves is not None else ():
        if isinstance(item, tree.Statement) and item.word.text == "goal":
            if isinstance(item.text, tree.TextLit):
                return item.text.plain or ""
            if isinstance(item.text, tree.NameRef):
                return item.text.text.replace("_", " ")
    return ""
