"""Events that lead to each other without end: each run that one begins publishes the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.source import Source, Span
from kanvasc.types.control import TypedRetry, TypedRunFlow, TypedTogether
from kanvasc.types.messages import SubscriptionSpec, TypedPublish
from kanvasc.types.program import TypedCall, TypedMachine, TypedStep


class _Leads(NamedTuple):
    """What takes an event publishes the next one: where the first is taken, and where the other is
    published."""

    source: Source
    taken: Span
    event: str
    at: Source
    published: Span


_Graph: TypeAlias = dict[str, list[_Leads]]


def event_circles(context: Context) -> Iterator[Diagnostic]:
    graph = _graph(context.machines)
    reported: set[frozenset[str]] = set()
    for event in graph:
        circle = _circle(graph, event)
        events = frozenset(one.event for one in circle)
        if not circle or events in reported:
            continue
        reported.add(events)
        if circle[-1].at is context.source:  # of several files, one tells of it
            yield _found(event, circle)


def _graph(machines: Iterable[TypedMachine]) -> _Graph:
    """Event → what certainly follows from it."""
    by_name = {machine.name: machine for machine in machines}
    graph: _Graph = {}
    for machine in by_name.values():
        if any(guard.action == "block" for guard in machine.guards):
            continue  # which may end it
        for taken in machine.subscribes:
            for at, step in _certain(_begun(machine, taken), machine, by_name, set()):
                leads = _Leads(machine.source, taken.span, step.event, at, step.span)
                graph.setdefault(taken.event, []).append(leads)
    return graph


def _begun(machine: TypedMachine, taken: SubscriptionSpec) -> tuple[TypedStep, ...]:
    """The steps that the event runs."""
    flows = (flow.body.steps for flow in machine.flows if flow.name == taken.flow)
    return machine.steps if taken.flow is None else next(flows, ())


def _certain(
    steps: tuple[TypedStep, ...],
    machine: TypedMachine,
    by_name: dict[str, TypedMachine],
    seen: set[str],
) -> Iterator[tuple[Source, TypedPublish]]:
    """The steps that publish in every run that succeeds, whatever it finds; `seen`: the machines
    that were called on the way."""
    for step in steps:
        match step:
            case TypedPublish():
                yield machine.source, step
            case TypedTogether(children=inner):
                yield from _certain(inner, machine, by_name, seen)
            case TypedRetry(body=body):
                yield from _certain(body.steps, machine, by_name, seen)
            case TypedRunFlow(flow=flow):
                yield from _certain(flow.body.steps, machine, by_name, seen)
            case TypedCall(machine=name) if name in by_name and name not in seen:
                below = by_name[name]
                yield from _certain(below.steps, below, by_name, {*seen, name})


def _circle(graph: _Graph, start: str) -> tuple[_Leads, ...]:
    """The shortest way from an event back to itself; none is empty."""
    ways: list[tuple[_Leads, ...]] = [(one,) for one in graph[start]]
    seen: set[str] = set()
    for way in ways:
        last = way[-1].event
        if last == start:
            return way
        if last not in seen:
            seen.add(last)
            ways += [(*way, one) for one in graph.get(last, ())]
    return ()


def _found(event: str, circle: tuple[_Leads, ...]) -> Diagnostic:
    last = circle[-1]
    names = " → ".join(f"`{name}`" for name in (event, *(one.event for one in circle)))
    related = tuple(
        Related(one.taken, f"`{name}` is taken here", _elsewhere(one.source, last.at))
        for name, one in zip((event, *(one.event for one in circle)), circle, strict=False)
    )
    return report(
        "K7008",
        last.published,
        f"The event `{event}` leads to itself again and again",
        label=names if len(circle) > 1 else "published by every run that it begins",
        related=related,
        help="publish it under a `decide`, where something has changed, or take it in a flow that "
        "does not publish it",
    )


def _elsewhere(source: Source, at: Source) -> Source | None:
    return None if source is at else source
