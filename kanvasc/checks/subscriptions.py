"""What a socket says of its subscriptions, where they could never hear of anything."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.checks.walk import nodes
from kanvasc.diagnostics import Diagnostic, report
from kanvasc.syntax import tree
from kanvasc.types.principal import principal_readers
from kanvasc.types.program import SurfaceSpec, TypedMachine

_ABOUT = ("shared", "max_subscriptions", "max_keys")
_SOURCES = (tree.Push, tree.Schedules, tree.Subscribes)


def subscriptions(context: Context) -> Iterator[Diagnostic]:
    sockets = [
        (machine, surface)
        for machine in context.program.machines
        for surface in machine.surfaces
        if surface.kind == "websocket"
    ]
    if not any(surface.options.keys() & set(_ABOUT) for _, surface in sockets):
        return
    readers = principal_readers(context.machines)
    told = _told(context)
    for machine, surface in sockets:
        if surface.options.get("shared") and machine.name in readers:
            yield _nothing_to_share(machine, surface)
        elif machine.name not in told and not {"every", "on"} & surface.options.keys():
            yield from _requests_only(surface)


def _told(context: Context) -> set[str]:
    """The machines that give results which no client has asked for at that moment."""
    return {
        machine.name.text
        for machine in context.file.machines
        if any(isinstance(node, _SOURCES) for node in nodes(machine))
    }


def _nothing_to_share(machine: TypedMachine, surface: SurfaceSpec) -> Diagnostic:
    return report(
        "K5007",
        surface.option_spans["shared"],
        "The results of this machine cannot be shared",
        label=f"what `{machine.name}` answers depends on who asks",
        why="Where a run reads `context.principal`, itself or by a machine that it calls, each "
        "principal has results of its own, and nobody gets another's.",
        help="leave `shared` out, or do not read `context.principal`",
    )


def _requests_only(surface: SurfaceSpec) -> Iterator[Diagnostic]:
    for name in _ABOUT:
        if surface.options.get(name):
            yield report(
                "K5009",
                surface.option_spans[name],
                "Subscribers of this socket hear of nothing but what others ask for",
                help='add `every: "10s"` or `on: "some.event"` for results that come by themselves',
            )
            return
