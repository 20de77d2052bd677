"""A socket that is found idle before its heartbeat could show that it lives."""

from __future__ import annotations

from collections.abc import Iterator

from kanvasc.checks.context import Context
from kanvasc.diagnostics import Diagnostic, Related, report
from kanvasc.types.program import SurfaceSpec

IDLE, HEARTBEAT = 300.0, 20.0
"""What the runtime does when nothing is said, in seconds."""


def heartbeats(context: Context) -> Iterator[Diagnostic]:
    for machine in context.program.machines:
        for surface in machine.surfaces:
            idle = surface.options.get("idle_timeout", IDLE)
            beat = surface.options.get("heartbeat", HEARTBEAT)
            said = surface.options.keys() & {"idle_timeout", "heartbeat"}
            if surface.kind != "websocket" or not said:
                continue
            if isinstance(idle, float) and isinstance(beat, float) and beat > idle:
                yield _slow(surface, idle, beat)


def _slow(surface: SurfaceSpec, idle: float, beat: float) -> Diagnostic:
    spans = surface.option_spans
    first, *rest = (spans[name] for name in ("heartbeat", "idle_timeout") if name in spans)
    unsaid = "" if rest else " (where nothing is said)"
    return report(
        "K5007",
        first,
        "This socket is closed as idle before its heartbeat could show that it lives",
        label=f"a heartbeat each {beat:g} s, idle after {idle:g} s{unsaid}",
        related=tuple(Related(span, "the idle timeout") for span in rest),
        help=f'make the heartbeat shorter, such as `heartbeat: "{max(idle / 3, 0.001):.2g}s"`',
    )
