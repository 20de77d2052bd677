"""Runs that may wait for a person, and what cannot wait so long: a turn at state, a timer."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.source import Span
from kanvasc.syntax import tree
from kanvasc.types.program import TypedMachine
from kanvasc.types.reach import calls
from kanvasc.types.waiting import Machines, waits

_TIMERS = {"every": "this interval runs it again and again", "on": "this event runs it"}
_UNASKED: dict[type[tree.Node], str] = {
    tree.Schedules: "a schedule runs it",
    tree.Subscribes: "events run it",
}


def impatient(context: Context) -> Iterator[Diagnostic]:
    """State, timers and events of a machine whose runs may wait for a person."""
    machines = {machine.name: machine for machine in reversed(context.program.machines)}
    typed = {m.name: m for m in context.program.machines if m.source is context.source}
    for written in context.file.machines:
        machine = typed.get(written.name.text)
        cause = None if machine is None else waits(machine, machines)
        if machine is not None and cause is not None:
            yield from _blocks(written, cause)
            yield from _state_below(machine, machines, cause)
            yield from _surfaces(machine, cause)


def _blocks(written: tree.Machine, cause: Related) -> Iterator[Diagnostic]:
    blocks = [
        block
        for section in written.sections
        if isinstance(section, tree.Implements)
        for block in section.blocks
    ]
    for block in blocks:
        if isinstance(block, tree.State):
            word = Span(block.span.start, block.span.start + len("state"))
            yield _state(word, f"the state of `{written.name.text}`", cause)
        elif type(block) in _UNASKED:
            end = block.span.start + len(type(block).__name__)
            yield _unasked(Span(block.span.start, end), _UNASKED[type(block)], cause)


def _state_below(machine: TypedMachine, machines: Machines, cause: Related) -> Iterator[Diagnostic]:
    """A turn at the state of a called machine lasts until the whole run has ended."""
    for step in calls(machine):
        below = machines.get(step.machine)
        if below is None or waits(below, machines) is not None:
            continue  # there it is reported
        keeper = _keeper(step.machine, machines, set())
        if keeper is not None:
            yield _state(step.callee, f"the state of `{keeper}`", cause)


def _keeper(name: str, machines: Machines, seen: set[str]) -> str | None:
    """A machine with state, where calls of this one lead to one."""
    machine = machines.get(name)
    if machine is None or name in seen:
        return None
    seen.add(name)
    if machine.state is not None:
        return name
    below = (_keeper(step.machine, machines, seen) for step in calls(machine))
    return next((keeper for keeper in below if keeper is not None), None)


def _surfaces(machine: TypedMachine, cause: Related) -> Iterator[Diagnostic]:
    for surface in machine.surfaces:
        for option, label in _TIMERS.items():
            if option in surface.option_spans:
                yield _unasked(surface.option_spans[option], label, cause)


def _state(span: Span, what: str, cause: Related) -> Diagnostic:
    return report(
        "K4030",
        span,
        f"While a person is waited for, nobody else could use {what}",
        label="a run keeps its turn until it has ended",
        related=() if cause.span == span else (cause,),
        help="publish an event instead, and keep the state in a machine that subscribes to it",
    )


def _unasked(span: Span, label: str, cause: Related) -> Diagnostic:
    return report(
        "K4030",
        span,
        "A run that nobody asked for would wait for a person",
        label=label,
        related=(cause,),
        help="leave it out, so that such a run begins when somebody asks for it; or grant the"
        " capability without approval",
    )
