"""A limit of a socket that another limit of it makes pointless."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.types.program import SurfaceSpec


def socket_limits(context: Context) -> Iterator[Diagnostic]:
    for machine in context.program.machines:
        for surface in machine.surfaces:
            one = surface.options.get("max_connections_per_client")
            all_ = surface.options.get("max_connections")
            if isinstance(one, int) and isinstance(all_, int) and one > all_:
                yield _beyond(surface, one, all_)


def _beyond(surface: SurfaceSpec, one: int, all_: int) -> Diagnostic:
    spans = surface.option_spans
    return report(
        "K5007",
        spans["max_connections_per_client"],
        "This socket allows one client more connections than all clients together",
        label=f"{one} of {all_}",
        related=(Related(spans["max_connections"], "all of them"),),
        why="The smaller limit decides, so this one does nothing.",
        help=f"raise `max_connections`, or write `max_connections_per_client: {all_}`",
    )
